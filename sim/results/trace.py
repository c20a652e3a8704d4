"""trace.json: spans in the Trace Event Format, which ui.perfetto.dev and chrome://tracing open.

Source: "Trace Event Format", Google, sections "JSON Object Format", "Complete Events" and "Metadata Events".
"""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from sim.results.rows import Spans

#: Spans turned into text at a time: a long run's text is never in memory as a whole.
_CHUNK = 50_000


def write_trace(spans: Spans, file: BinaryIO) -> None:
    """Write a trace in which every worker and every server is a process, with one track for each kind of span.

    Times are whole nanoseconds, so that spans which meet do not overlap by a rounding error. Spans of one kind that do
    overlap, on a shard with several cores, are dealt to as many tracks as were busy at once, each to the lowest that is
    free. The events are sorted by their start; the same spans give the same bytes.

    Parameters
    ----------
    spans
        What each worker did when.
    file
        Written to as the text is made.
    """
    start, end = (np.rint(np.asarray(column) * 1e9) for column in (spans.start, spans.end))
    tracks, track = _tracks(spans, start, end)
    first_thread = max((each.process for each in tracks), default=0) + 1  # a thread with its process's number is "main"
    file.write(b'{"displayTimeUnit":"ms","traceEvents":[\n')
    file.write(",\n".join(_metadata(tracks, first_thread)).encode())
    order = np.lexsort((end, track, start))
    for begin in range(0, len(order), _CHUNK):
        chunk = order[begin : begin + _CHUNK]
        rows = zip(track[chunk].tolist(), start[chunk].tolist(), end[chunk].tolist(), strict=True)
        text = (_event(tracks[number], first_thread + number, int(since), int(until)) for number, since, until in rows)
        file.write("".join(f",\n{event}" for event in text).encode())
    file.write(b"\n]}\n")


@dataclass(frozen=True)
class _Track:
    process: int  # from 1: to Perfetto, process and thread 0 are the idle ones
    owner: str
    kind: str
    lane: int
    lanes: int

    @property
    def name(self) -> str:
        return self.kind if self.lanes == 1 else f"{self.kind}, core {self.lane}"


def _tracks(
    spans: Spans, start: NDArray[np.float64], end: NDArray[np.float64]
) -> tuple[list[_Track], NDArray[np.int64]]:
    """The tracks in order, workers first, and the number of each span's track."""
    worker, kind = np.asarray(spans.worker, np.int64), np.asarray(spans.kind, np.int64)
    workers = int(worker.max(initial=-1)) + 1
    process = np.where(worker >= 0, worker, workers - 1 - worker) + 1
    order = np.lexsort((end, start, kind, process))
    cuts = np.flatnonzero(np.diff(process[order]) | np.diff(kind[order])) + 1
    tracks: list[_Track] = []
    track = np.zeros(len(order), np.int64)
    for group in np.split(order, cuts) if len(order) else ():
        first = group[0]
        lane = _lanes(start[group], end[group])
        owner = _owner(int(worker[first]), spans.shards)
        track[group] = len(tracks) + lane
        lanes = int(lane.max()) + 1
        tracks += [
            _Track(int(process[first]), owner, str(spans.kinds[kind[first]]), each, lanes) for each in range(lanes)
        ]
    return tracks, track


def _owner(worker: int, shards: int | None) -> str:
    server = -1 - worker
    if server < 0:
        return f"worker {worker}"
    return f"shard {server}" if shards is None or server < shards else f"inner node {server - shards}"


def _lanes(start: NDArray[np.float64], end: NDArray[np.float64]) -> NDArray[np.int64]:
    """For spans in order of their starts, the lowest lane that is free when each begins."""
    lanes = np.zeros(len(start), np.int64)
    if np.all(start[1:] >= end[:-1]):
        return lanes
    busy: list[tuple[float, int]] = []  # until when, lane
    free: list[int] = []
    for number, (since, until) in enumerate(zip(start.tolist(), end.tolist(), strict=True)):
        while busy and busy[0][0] <= since:
            heapq.heappush(free, heapq.heappop(busy)[1])
        lane = heapq.heappop(free) if free else len(busy)
        heapq.heappush(busy, (until, lane))
        lanes[number] = lane
    return lanes


def _metadata(tracks: list[_Track], first_thread: int) -> Iterator[str]:
    """The names of processes and threads, and the order in which they are shown."""
    named: set[int] = set()
    for number, track in enumerate(tracks):
        pid, tid = {"pid": track.process}, {"pid": track.process, "tid": first_thread + number}
        if track.process not in named:
            named.add(track.process)
            yield _note("process_name", pid, {"name": track.owner})
            yield _note("process_sort_index", pid, {"sort_index": track.process})
        yield _note("thread_name", tid, {"name": track.name})
        yield _note("thread_sort_index", tid, {"sort_index": number})


def _note(name: str, where: dict[str, int], what: dict[str, Any]) -> str:
    return json.dumps({"name": name, "ph": "M", **where, "args": what}, separators=(",", ":"))


def _event(track: _Track, thread: int, start: int, end: int) -> str:
    """A complete event from `start` to `end` (ns), in microseconds."""
    return (
        f'{{"name":"{track.kind}","ph":"X","pid":{track.process},"tid":{thread},'
        f'"ts":{_microseconds(start)},"dur":{_microseconds(end - start)}}}'
    )


def _microseconds(nanoseconds: int) -> str:
    return f"{nanoseconds // 1000}.{nanoseconds % 1000:03d}"
