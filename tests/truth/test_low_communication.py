"""Runs that average seldom: the closed form is what a simulation says, and published runs are within the bars."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from experiments import simulated

from sim.calibration.rounds import USUAL, timers
from sim.command.validate import main
from sim.transports.timeouts import waiting
from sim.truth.low_communication import Model, Rounds, read_low_communication
from sim.validation.low_communication import analytic, judge, utilisation

#: A row as the public ones are.
ROW = {
    "run": "cu_grid-diloco-30m-h8-bw1g-r0", "algorithm": "diloco", "H": 8, "measured_bps": 9.926e8, "steps": 150,
    "warmup": 10, "workers": 4, "compute_s": 3.62, "cu_measured": 0.1235,
}  # fmt: skip


def rounds(**changed: object) -> Rounds:
    usual = Rounds("a run", "diloco", 4, 1e9, 40, 0, 4, 1.0, Model(1_000_000, 1), 0.5)
    return usual._replace(**changed)


def written(folder: Path, *rows: object) -> str:
    path = folder / "runs.json"
    path.write_text(json.dumps({"rows": rows}))
    return str(path)


@pytest.mark.parametrize(("name", "protocol"), [("diloco", "diloco"), ("localsgd", "local_sgd")])
@pytest.mark.parametrize("rate", [5e7, 1e9])
@pytest.mark.parametrize("slowest", [0.0, 0.08])
def test_a_simulation_says_the_same(name: str, protocol: str, rate: float, slowest: float) -> None:
    # 40 steps with an averaging after every 4th: 10 rounds, each as long as the slowest computes and the ring takes. Of
    # that the workers that are not slow compute 1 s in all.
    run = rounds(algorithm=name, rate=rate)
    assumed = USUAL._replace(slowest=slowest, opening=0.0)  # a simulation has its connections from the start
    efficiency = 1.0 / (1.0 + assumed.exposed * timers(rate))
    result = simulated(
        f"{protocol} period=4",
        workers=4,
        problem="none",
        workload=f"synthetic seconds={run.step} bytes=4e6",
        straggler=f"slow_node factor={1.0 + slowest} ranks=[3]",
        collective="ring",
        network=f"single_switch bandwidth_gbps={rate / 1e9}",
        transport=f"tcp efficiency={efficiency}",
        until="updates=40",
    )
    assert result.summary.virtual_seconds is not None
    assert utilisation(run, assumed) == pytest.approx(1.0 / result.summary.virtual_seconds, rel=1e-6)


def test_only_synchronisations_inside_the_window_count() -> None:
    # Of 200 steps with a round of 128, those from the 21st on have the one after the 128th; of 12 with a round of one
    # those from the 3rd on have 10; from the 129th to the 200th there is none, and nobody waits.
    assert rounds(period=128, steps=200, warm_up=20).synchronisations == 1
    assert rounds(period=1, steps=12, warm_up=2).synchronisations == 10
    assert utilisation(rounds(period=128, steps=200, warm_up=128), USUAL) == 1.0


def test_the_first_synchronisation_of_a_run_opens_connections() -> None:
    # 40 steps take 1 s in all, and of wall time it adds 3 s once, however many synchronisations follow. A warm-up of a
    # round has opened them before, and a run without a whole round never does.
    before, after = (1.0 / utilisation(rounds(), USUAL._replace(opening=seconds)) for seconds in (0.0, 3.0))
    assert after - before == pytest.approx(3.0)
    assert rounds(period=4, warm_up=3).opens
    assert not rounds(period=4, warm_up=4).opens
    assert not rounds(period=41, warm_up=0).opens


def test_one_worker_waits_for_nobody() -> None:
    assert utilisation(rounds(workers=1), USUAL) == 1.0


def test_the_analytic_curve_sends_a_model_once_at_the_rate() -> None:
    # A round computes 4 x 1 / 40 s = 0.1 s, and 4 MB at 1 Gb/s take 0.032 s.
    assert analytic(rounds()) == pytest.approx(0.1 / 0.132)


def test_timers_matter_where_windows_are_a_few_segments() -> None:
    # Windows of 8 segments: 3 / (4 x 64) are lost, 3 / 8 of that waits 0.2 s, and a segment takes 0.1 / 8 s.
    assert waiting(4, 32_000.0, 1000.0, 0.1) == pytest.approx(0.75 / 64 * 3 / 8 * 0.2 * 8 / 0.1)
    # Windows of 2: every loss waits.
    assert waiting(16, 32_000.0, 1000.0, 0.1) == pytest.approx(0.75 / 4 * 0.2 * 2 / 0.1)
    # As the square of the queue from there on.
    assert waiting(4, 320_000.0, 1000.0, 0.1) == pytest.approx(waiting(4, 32_000.0, 1000.0, 0.1) / 100.0)


def test_published_utilisation_is_predicted_within_the_bars(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["low_communication", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    summary = found["summary"]
    assert summary["mape"]["predicted"] <= 6.0
    assert summary["mape"]["analytic"] >= 40.0
    assert 0.7 <= summary["coverage80"] <= 0.9
    assert summary["above_half"] == {"agree": len(found["rows"]), "rows": len(found["rows"])}
    assert not any(row["algorithm"] == "ddp" for row in found["rows"])
    assert len(found["rows"]) + len(summary["left_out"]) == 56


def test_a_prediction_does_not_look_at_what_was_measured() -> None:
    (one,), (other,) = (list(judge([rounds(utilisation=share)])) for share in (0.1, 0.9))
    assert (one.predicted, one.low, one.high) == (other.predicted, other.low, other.high)


def test_a_row_may_say_how_many_parameters_there_are(tmp_path: Path) -> None:
    (run,) = read_low_communication(Path(written(tmp_path, {**ROW, "parameters": 5, "warmup": 0}))).runs
    assert (run.model, run.warm_up) == (Model(5, 1), 0)
    (run,) = read_low_communication(Path(written(tmp_path, ROW))).runs
    assert run.model == Model(30_846_720, 57)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"run": "a-run"}, "parameters: expected how many there are, or one of 30m, 130m, 500m, 1b"),
        ({"algorithm": "fedavg"}, "algorithm: expected ddp or one of diloco"),
        ({"warmup": 150}, "warmup: expected fewer than its 150 steps, got 150"),
        ({"cu_measured": 1.5}, "cu_measured: expected a share of at most 1, got 1.5"),
        ({"H": 0}, "H: expected a count"),
        ({"measured_bps": None}, "has no run of rounds with measured_bps"),
    ],
)
def test_a_mistake_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changed: dict[str, object], said: str
) -> None:
    assert main(["low_communication", "--on", written(tmp_path, {**ROW, **changed})]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("flag", [("--given-up-to", "8"), ("--calibrate-on", "theirs.json")])
def test_what_has_no_use_is_refused(capsys: pytest.CaptureFixture[str], flag: tuple[str, str]) -> None:
    assert main(["low_communication", *flag]) == 2
    assert flag[0] in capsys.readouterr().err


def test_a_model_that_the_run_does_not_name_has_the_bytes_of_the_source_s_formula(tmp_path: Path) -> None:
    # 8 steps of 0.025 s, and 100 MB once at 1 Gb/s: 0.2 of 1.0 s
    row = {
        "run": "somebody-h8", "algorithm": "diloco", "H": 8, "measured_bps": 1e9, "steps": 90, "warmup": 10,
        "workers": 4, "compute_s": 2.0, "cu_measured": 0.2, "cu_analytic_link": 0.2,
    }  # fmt: skip
    path = tmp_path / "rows.json"
    path.write_text(json.dumps({"rows": [row]}))
    (run,) = read_low_communication(path).runs
    assert run.model.parameters == 25_000_000
