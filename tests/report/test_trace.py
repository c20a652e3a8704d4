"""trace.json: what Perfetto and chrome://tracing ask for, and nothing that overlaps on a track."""

from __future__ import annotations

import io
import json
from collections import defaultdict
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from experiments import names as names_of
from experiments import simulated
from hypothesis import given
from hypothesis import strategies as st

from sim.results.rows import Spans
from sim.results.trace import write_trace

Event = dict[str, Any]


def spans(*rows: tuple[int, int, float, float]) -> Spans:
    columns = list(zip(*rows, strict=True)) or [(), (), (), ()]
    types = (np.int32, np.int8, np.float64, np.float64)
    return Spans(*(np.array(column, kind) for column, kind in zip(columns, types, strict=True)))


def written(found: Spans) -> bytes:
    file = io.BytesIO()
    write_trace(found, file)
    return file.getvalue()


def events(found: Spans) -> list[Event]:
    """The events, times exact to the last decimal."""
    trace = json.loads(written(found), parse_float=Decimal, parse_constant=pytest.fail)
    assert sorted(trace) == ["displayTimeUnit", "traceEvents"]
    return list(trace["traceEvents"])


def complete(found: list[Event]) -> list[Event]:
    return [event for event in found if event["ph"] == "X"]


def names(found: list[Event]) -> dict[tuple[int, int], str]:
    """Track -> "process / thread"."""
    process = {event["pid"]: event["args"]["name"] for event in found if event["name"] == "process_name"}
    return {
        (event["pid"], event["tid"]): f"{process[event['pid']]} / {event['args']['name']}"
        for event in found
        if event["name"] == "thread_name"
    }


def assert_nothing_overlaps(found: list[Event]) -> None:
    until: dict[tuple[int, int], Decimal] = defaultdict(Decimal)
    for event in complete(found):
        track = event["pid"], event["tid"]
        assert event["ts"] >= until[track]
        until[track] = event["ts"] + event["dur"]


def spans_of(protocol: str, server: str) -> Spans:
    result = simulated(
        protocol,
        workers=6,
        problem="quadratic",
        server=server,
        straggler="exponential",
        network="leaf_spine hosts_per_leaf=2",
        until="updates=40",
        record="spans=true",
    )
    assert result.spans is not None
    return result.spans


def test_a_worker_and_a_shard_are_written_as_the_format_asks() -> None:
    assert written(spans((0, 0, 0.0, 0.25), (0, 2, 0.25, 0.2500000014), (-1, 3, 0.1, 0.2))).decode() == (
        '{"displayTimeUnit":"ms","traceEvents":[\n'
        '{"name":"process_name","ph":"M","pid":1,"args":{"name":"worker 0"}},\n'
        '{"name":"process_sort_index","ph":"M","pid":1,"args":{"sort_index":1}},\n'
        '{"name":"thread_name","ph":"M","pid":1,"tid":3,"args":{"name":"compute"}},\n'
        '{"name":"thread_sort_index","ph":"M","pid":1,"tid":3,"args":{"sort_index":0}},\n'
        '{"name":"thread_name","ph":"M","pid":1,"tid":4,"args":{"name":"wait"}},\n'
        '{"name":"thread_sort_index","ph":"M","pid":1,"tid":4,"args":{"sort_index":1}},\n'
        '{"name":"process_name","ph":"M","pid":2,"args":{"name":"shard 0"}},\n'
        '{"name":"process_sort_index","ph":"M","pid":2,"args":{"sort_index":2}},\n'
        '{"name":"thread_name","ph":"M","pid":2,"tid":5,"args":{"name":"apply"}},\n'
        '{"name":"thread_sort_index","ph":"M","pid":2,"tid":5,"args":{"sort_index":2}},\n'
        '{"name":"compute","ph":"X","pid":1,"tid":3,"ts":0.000,"dur":250000.000},\n'
        '{"name":"apply","ph":"X","pid":2,"tid":5,"ts":100000.000,"dur":100000.000},\n'
        '{"name":"wait","ph":"X","pid":1,"tid":4,"ts":250000.000,"dur":0.001}\n'
        "]}\n"
    )


def test_no_spans_make_an_empty_trace() -> None:
    assert events(spans()) == []


def test_every_thread_has_a_number_of_its_own_that_is_no_process() -> None:
    found = events(spans(*((worker, kind, 0.0, 1.0) for worker in (-2, -1, 0, 1, 7) for kind in range(3))))
    threads = [event["tid"] for event in found if event["name"] == "thread_name"]
    assert len(set(threads)) == len(threads) == 15
    assert not set(threads) & {event["pid"] for event in found}
    assert min(event["pid"] for event in found) > 0


def test_overlapping_applies_get_the_lowest_core_that_is_free() -> None:
    # Three at once from 2 to 3; the one of 4 finds cores 0 (free since 3) and 2 (since 4) free.
    rows = [(0.0, 3.0), (1.0, 5.0), (2.0, 4.0), (4.0, 6.0)]
    found = events(spans(*((-1, 3, *row) for row in rows)))
    tracks = names(found)
    assert [tracks[event["pid"], event["tid"]] for event in complete(found)] == [
        "shard 0 / apply, core 0",
        "shard 0 / apply, core 1",
        "shard 0 / apply, core 2",
        "shard 0 / apply, core 0",
    ]


def test_spans_that_meet_between_two_nanoseconds_do_not_overlap() -> None:
    # In binary, 0.1 + 0.2 is above 0.3 by 4e-17 s; both ends become the same nanosecond.
    found = events(spans((0, 0, 0.1, 0.1 + 0.2), (0, 0, 0.3, 0.4)))
    assert [(event["tid"], event["ts"], event["dur"]) for event in complete(found)] == [
        (2, Decimal("100000.000"), Decimal("200000.000")),
        (2, Decimal("300000.000"), Decimal("100000.000")),
    ]


@given(
    st.lists(
        st.tuples(st.integers(-3, 3), st.integers(0, 3), st.floats(0, 1e9), st.floats(0, 1e3)), min_size=1, max_size=40
    )
)
def test_nothing_overlaps_whatever_the_spans(rows: list[tuple[int, int, float, float]]) -> None:
    found = events(spans(*((worker, kind, start, start + length) for worker, kind, start, length in rows)))
    assert len(complete(found)) == len(rows)
    assert_nothing_overlaps(found)


@pytest.mark.slow
@pytest.mark.parametrize("protocol", names_of("protocol"))
def test_nothing_overlaps_in_a_run_of_any_protocol(protocol: str) -> None:
    found_spans = spans_of(protocol, "apply_rate=1e6")
    found = events(found_spans)
    assert_nothing_overlaps(found)
    tracks = names(found)
    assert len(set(tracks.values())) == len(tracks)  # one track per worker and kind
    assert all(tracks[event["pid"], event["tid"]].endswith(f"/ {event['name']}") for event in complete(found))
    starts = [event["ts"] for event in complete(found)]
    assert starts == sorted(starts)
    assert len(starts) == len(found_spans.start)


def test_a_server_of_several_cores_and_shards_has_a_track_for_each_core() -> None:
    found = events(spans_of("async_ps", "shards=2 cores=3 apply_rate=2e4"))
    assert_nothing_overlaps(found)
    cores = {name for name in names(found).values() if name.startswith("shard")}
    assert cores == {f"shard {shard} / apply, core {core}" for shard in range(2) for core in range(3)}


def test_the_events_add_up_to_the_time_of_the_workers() -> None:
    # Six workers compute, send or wait all the time; every event is rounded to a nanosecond at both ends.
    run = spans_of("async_ps", "shards=1")
    found = complete(events(run))
    total = sum(event["dur"] for event in found)
    assert float(total) == pytest.approx(6 * run.end.max() * 1e6, abs=1e-3 * len(found))
