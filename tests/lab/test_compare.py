"""Both sides of a lab: the same figures of both, and what speaks against believing them."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from experiments import experiment
from html_page import Page
from refusals import refused
from sides import load, side, survey

from sim.cluster.blueprint import Blueprint
from sim.lab.compare.document import as_document, write
from sim.lab.compare.doubt import doubts, most_workers, refuse
from sim.lab.compare.lab import Lab
from sim.lab.compare.page import render
from sim.lab.compare.prediction import predicting, words_of
from sim.lab.compare.reducer import Reducer
from sim.lab.compare.refusals import check
from sim.lab.compare.rows import compared, total_variation
from sim.lab.compare.side import of_run
from sim.lab.compare.survey import Flow, kinds_of_routes
from sim.lab.compare.told import lines, measured_of
from sim.lab.wires.wired import Measurement
from sim.simulate import simulate
from sim.until import Until
from topologies.networks.leaf_spine import LeafSpine

TARGET = Until(target_accuracy=0.9)
LAB = {"network": "single_switch bandwidth_gbps=0.05", "workload": "synthetic seconds=0.02 bytes=100000"}


def test_a_figure_is_compared_by_pairs_of_seeds() -> None:
    measured = {seed: side(3.0 + 0.1 * seed) for seed in range(4)}
    predicted = {seed: side(2.7 + 0.1 * seed) for seed in range(4)}
    rows = {row.what: row for row in compared(measured, predicted, Until()).rows}
    assert [*rows] == ["seconds_per_update", "updates_per_second", "mean_staleness", "bytes_sent"]
    row = rows["seconds_per_update"]
    assert (row.measured, row.predicted) == (pytest.approx(3.15 / 60), pytest.approx(2.85 / 60))
    # Every pair differs by 0.3 / 60: so does the interval, although seeds differ among themselves.
    assert (row.low95, row.high95) == (pytest.approx(0.005), pytest.approx(0.005))
    assert row.off == pytest.approx(2.85 / 3.15 - 1.0)


def test_of_one_seed_there_is_no_interval() -> None:
    [row, *_] = compared({0: side()}, {0: side()}, Until()).rows
    assert (row.low95, row.high95, row.n) == (None, None, 1)


def test_a_target_is_looked_for_in_what_both_have_evaluated() -> None:
    rows = compared({0: side(6.0)}, {0: side(3.0)}, TARGET).rows
    [row] = [each for each in rows if each.what == "seconds_to_target"]
    assert (row.measured, row.predicted) == (4.0, 2.0)
    assert side().seconds_to(Until(target_loss=0.5)) == 3.0
    assert side().seconds_to(Until(target_accuracy=0.9, smoothed_over=2)) == 3.0
    assert side().seconds_to(Until(target_accuracy=0.96)) is None


def test_where_a_seed_lacks_the_target_times_are_not_compared() -> None:
    never = side(metrics=np.zeros(4))
    found = compared({0: side(), 1: never}, {0: side(), 1: side()}, TARGET)
    assert "seconds_to_target" not in {row.what for row in found.rows}
    assert found.remarks == ["the target was reached by 1 of 2 jobs and 2 predictions: their times are not compared"]


def test_total_variation_is_between_zero_and_one() -> None:
    assert total_variation(Counter({0: 3}), Counter({0: 7})) == 0.0
    assert total_variation(Counter({0: 3}), Counter({1: 7})) == 1.0
    assert total_variation(Counter(), Counter({1: 7})) is None


def test_a_side_is_read_from_the_files_of_a_run(tmp_path: Path) -> None:
    result = simulate(
        experiment("async_ps", **LAB, workers=3, until="updates=30", record="every_updates=10 spans=true")
    )
    result.write(tmp_path, curve=False)
    found = of_run(tmp_path)
    assert found.updates == 30
    assert found.seconds == result.summary.virtual_seconds
    assert found.staleness.total() == 30
    assert found.learns
    # A worker's next gradient begins when it has pushed and has the model: 20 ms of computing, and the messages.
    assert (found.steps >= 0.02).all()
    assert len(found.steps) >= 30 - 3


def test_the_prediction_has_the_wires_as_they_were_measured() -> None:
    asked = ["workers=3", "until.target_accuracy=0.9", "network.latency_us=5", "until.updates=9"]
    own = words_of(survey(), experiment(until="target_accuracy=0.9"))
    assert own == [
        *("transport=tcp", "transport.efficiency=0.9415", "transport.overhead_seconds=3e-05"),
        *("transport.flow_cap_gbps=null", "record.spans=true", "network.latency_us=0"),
        *("until.target_accuracy=null", "until.target_loss=null"),
    ]
    assert predicting(asked, own) == ["workers=3", "until.updates=9", *own]


def test_where_wires_have_latencies_the_rest_of_the_round_trip_is_the_message_s() -> None:
    found = survey(delays=True, flows=[Flow(0, 1, 2, 50e6, 20e-6, Measurement(47e6, 60e-6, 0.94))])
    assert found.overhead == pytest.approx(10e-6)
    assert "network.latency_us=0" not in words_of(found, experiment())


def test_where_another_program_reduces_the_prediction_has_what_it_makes_of_the_wires() -> None:
    # Six steps of a quarter each: 0.9 of 50 Mb/s and 0.2 ms a message, by construction, of which 10 us are the links'.
    sizes = (50_000, 200_000)
    smaller, larger = (6 * (size / 4 * 8 / (0.9 * 50e6) + 2e-4) for size in sizes)
    reducer = Reducer(4, 50e6, 10e-6, sizes, (smaller, larger))
    found = words_of(survey(reducer=reducer), experiment())
    assert {"transport.efficiency=0.9", "transport.overhead_seconds=0.00019"} <= {*found}
    assert any("gloo's all-reduce of 4 takes" in line for line in measured_of(survey(reducer=reducer)))
    assert as_document(made_up(survey=survey(reducer=reducer)))["wires"]["gloo"]["bytes"] == [50_000, 200_000]


def test_a_reducer_s_figures_are_some_that_a_prediction_can_have() -> None:
    assert Reducer(4, 50e6, 0.0, (4, 8), (2e-3, 1e-3)).efficiency == 1.0
    assert Reducer(4, 50e6, 1.0, (50_000, 200_000), (1e-3, 2e-3)).overhead == 0.0


def test_one_pair_of_hosts_stands_for_each_kind_of_route() -> None:
    network = LeafSpine(hosts_per_leaf=2, spines=1, bandwidth_gbps=0.05, oversubscription=4.0, latency_us=0.0)
    found = kinds_of_routes(network.graph(4), range(4))
    assert found == {(50e6, 2, 0.0): (0, 1), (25e6, 4, 0.0): (0, 2)}


def test_a_machine_that_keeps_up_is_not_doubted() -> None:
    assert doubts(load(), survey(), {0: side()}) == []


@pytest.mark.parametrize(
    ("took", "measured", "predicted", "said"),
    [
        ({"busy": 0.9}, {}, {}, "90% of the 2 cores were busy during the job, above 80%"),
        ({}, {"others": 0.5}, {}, "others kept 50% of the cores busy before the job"),
        ({"overrun": 0.06}, {}, {}, "6.0% of the gradients took longer than the device model says, above 5%"),
        ({"late": 5e-4}, {}, {}, "sleeps lasted 0.5 ms too long (median), 2.5% of a gradient, above 2%"),
        ({"late": None}, {"oversleeping": 5e-4}, {}, "sleeps lasted 0.5 ms too long"),
        ({}, {"got": 40e6}, {}, "one flow from host 0 to 1 got 80.0% of its link, and TCP leaves 94.2%"),
        ({}, {"kinds": 3}, {}, "2 of 3 kinds of routes were not measured"),
        ({}, {}, {"diverged": True}, "1 of 1 predictions diverged and ended early"),
    ],
)
def test_what_speaks_against_it_is_said(took: dict, measured: dict, predicted: dict, said: str) -> None:
    [doubt] = doubts(load(**took), survey(**measured), {0: side(**predicted)})
    assert doubt.startswith(said)


def test_the_size_that_can_be_believed_is_by_what_the_job_takes() -> None:
    # Four workers take a tenth of the cores, so that 32 take the 80 % from which on processes wait.
    assert most_workers(load()) == 32
    assert most_workers(load(taken=1e-4)) is None


def test_what_the_machine_cannot_carry_is_refused_before_the_job() -> None:
    refuse(survey(), 4, 0.02)
    with refused(
        "workload: a gradient takes 0.01 s of a core here and 0.02 s in the config, so 4 workers would keep 100% of 2 "
        "cores busy; give a smaller problem or batch, fewer workers, or workload=synthetic workload.seconds=0.025 or "
        "more"
    ):
        refuse(survey(gradient=0.01), 4, 0.02)
    with refused(
        "network: one flow gets 0.02 Gb/s of a link of 0.05 Gb/s from host 0 to 1: this machine carries no more; give "
        "slower links, such as network.bandwidth_gbps=0.005"
    ):
        refuse(survey(20e6), 4, 0.02)


@pytest.mark.parametrize(
    ("words", "allreduce", "said"),
    [
        ({"transport": "tcp"}, None, "transport: the lab's wires carry TCP, and what that leaves of them is measured; "
         "leave it out"),
        ({}, "ring", "lab.allreduce: protocol=async_ps has no all-reduce; leave it out"),
        ({"workload": "native"}, None, "workload: a gradient of 0.000"),
        ({"network": "single_switch bandwidth_gbps=20"}, None, "network: its fastest link has 20 Gb/s, more than "),
        ({"network": "ideal"}, None, "network: an ideal one has no links to lay; choose single_switch"),
    ],
)  # fmt: skip
def test_what_cannot_be_a_lab_is_refused(words: dict, allreduce: str | None, said: str) -> None:
    with pytest.raises(ValueError, match=f"^{said}"):
        check(Blueprint(experiment(**LAB | words)), allreduce, delays=False)


def test_latencies_that_the_wires_would_lack_are_refused(tmp_path: Path) -> None:
    link = {"source": 0, "target": 1, "bandwidth_gbps": 0.05, "latency_us": 3}
    (tmp_path / "pair.json").write_text(json.dumps({"nodes": [{"id": 0}, {"id": 1}], "edges": [link]}))
    words = LAB | {"network": f"file path={tmp_path}/pair.json"}
    asked = Blueprint(experiment("dpsgd", **words, workers=2))
    check(asked, None, delays=True)
    with refused(
        "network: links have latencies of their own, which wires lack, as this kernel has no netem; give them 0"
    ):
        check(asked, None, delays=False)


def made_up(**fields: object) -> Lab:
    measured, predicted = {seed: side(3.1) for seed in (7, 8)}, {seed: side() for seed in (7, 8)}
    usual = {
        "command": "paceline lab <workers>",
        "experiment": experiment("async_ps", workers=4),
        "config": {"workers": 4},
        "allreduce": None,
        "words": ["transport=tcp"],
        "survey": survey(),
        "predicted_at": "2026-01-01T00:00:00+00:00",
        "began_at": "2026-01-01T00:00:01+00:00",
        "measured": measured,
        "predicted": predicted,
        "compared": compared(measured, predicted, Until()),
        "load": load(),
        "doubts": ["it is <full>"],
        "remarks": [],
        "most_workers": 32,
    }
    return Lab(**usual | fields)  # type: ignore[arg-type]


def test_lab_json_is_strict_and_has_the_rows(tmp_path: Path) -> None:
    def nothing(word: str) -> None:
        raise AssertionError(word)

    write(made_up(load=load(late=None, per_message=float("nan"))), tmp_path)
    found = json.loads((tmp_path / "lab.json").read_text(), parse_constant=nothing)
    assert {"what", "measured", "predicted", "low95", "high95"} <= {*found["rows"][0]}
    assert found["seeds"] == [7, 8]
    assert found["staleness"]["total_variation"] == 0.0
    assert found["machine"]["message_core_seconds"] is None
    assert found["step_seconds"]["measured"]["n"] == 100


def test_the_page_is_complete_in_itself() -> None:
    page = Page(render(made_up()))
    assert not page.open
    assert {"script", "link"}.isdisjoint(page.tags)
    sources = [value or "" for _, name, value in page.attributes if name == "src"]
    assert len(sources) == 2
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    assert "it is <full>" in page.words["li"]
    assert page.rows[1][:2] == ["time per update", "51.7 ms"]


def test_where_nothing_is_learned_and_nobody_serves_there_is_a_page_too() -> None:
    bare = {"losses": np.full(4, np.nan), "staleness": Counter(), "mean_staleness": None, "bytes_sent": None}
    sides = {0: side(**bare)}
    lab = made_up(measured=sides, predicted=sides, compared=compared(sides, sides, Until()))
    assert not Page(render(lab)).open
    assert as_document(lab)["staleness"] is None
    assert [row["what"] for row in as_document(lab)["rows"]] == ["seconds_per_update", "updates_per_second"]


def test_the_terminal_has_the_table_and_the_doubts() -> None:
    said = [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines(made_up())]
    assert said[1].split() == ["time", "per", "update", "51.7", "ms", "50", "ms", "−3.2", "%", "+1.67", "ms", "to",
                               "+1.67", "ms", "(2", "seeds)"]  # fmt: skip
    assert "doubt: it is <full>" in said
    assert said[-1].endswith("up to about 32 such workers can be believed here when it is quiet")
