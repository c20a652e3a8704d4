"""Compute utilisation of rounds of local steps: the formula is what the simulator does."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.collectives.ring import Ring
from sim.command.validate import main
from sim.experiment import Experiment
from sim.protocols.diloco import DiLoCo
from sim.protocols.local_sgd import LocalSGD
from sim.simulate import simulate
from sim.start import Start
from sim.stragglers.slow_node import SlowNode
from sim.transports.tcp import TCP
from sim.truth.low_communication import Cell, read_cells
from sim.until import Until
from sim.validation.low_communication import ACKNOWLEDGED, averaging, utilisation
from sim.workloads.synthetic import Synthetic
from topologies.networks.single_switch import SingleSwitch

CELL = Cell("a run", "localsgd", 8, 1e9, 0, 80, 4, 0.025, 0.5, 0.1 * 0.025 / (0.1 * 0.025 + 1.0))


@pytest.mark.parametrize("protocol", [LocalSGD(period=8), DiLoCo(period=8)])
def test_rounds_take_as_long_as_in_the_simulator(protocol: LocalSGD | DiLoCo) -> None:
    # 10 rounds of 8 steps, the slowest worker 12 % slower, each with an all-reduce of the model along a ring
    result = simulate(
        Experiment(
            workers=4,
            protocol=protocol,
            workload=Synthetic(seconds=0.025, bytes=CELL.nbytes),
            straggler=SlowNode(factor=1.12),
            collective=Ring(),
            network=SingleSwitch(bandwidth_gbps=1.0),
            transport=TCP(efficiency=TCP().efficiency / ACKNOWLEDGED),
            start=Start.together,
            until=Until(updates=80),
        )
    )
    assert result.summary.virtual_seconds is not None
    assert 80 * 0.025 / result.summary.virtual_seconds == pytest.approx(utilisation(CELL), rel=0.002)


def test_an_averaging_takes_the_bytes_of_a_ring_over_what_acknowledgements_leave() -> None:
    # 2 (n - 1) / n of the model at 1 Gb/s, of which 1448 of 1538 bytes are payload, and an answer for two frames
    rate = 1e9 / 8 * 1448 / 1538 / (1 + 90 / 3076)
    assert averaging(CELL) == pytest.approx(1.5 * CELL.nbytes / rate, rel=0.002)


@pytest.mark.parametrize(
    ("warmup", "steps", "period", "rounds"),
    [(20, 200, 128, [108]), (8, 80, 8, [8] * 9), (2, 12, 1, [1] * 10), (5, 7, 4, [])],
)
def test_averagings_after_the_warm_up_are_counted(warmup: int, steps: int, period: int, rounds: list[int]) -> None:
    assert replace_cell(warmup=warmup, steps=steps, period=period).rounds == rounds


def replace_cell(**changes: int) -> Cell:
    return CELL._replace(**changes)


def test_the_size_of_the_model_is_what_the_analytic_curve_has() -> None:
    cells, _ = read_cells(None)
    for cell in cells:
        assert cell.nbytes == pytest.approx(123.387e6, rel=1e-4)


def test_published_cells_are_predicted_within_the_bar(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["low_communication", "--json"]) == 0
    summary = json.loads(capsys.readouterr().out)["summary"]
    assert summary["mape"]["predicted"] <= 6.6
    assert summary["mape"]["analytic"] > 40.0
    assert summary["wrong_side_of_half"] == []


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"warmup": 200}, "warmup: expected a count below its 200 steps, got 200"),
        ({"cu_measured": 1.5}, "cu_measured: expected a share above 0 and below 1, got 1.5"),
        ({"workers": 1}, "workers: expected at least 2, got 1"),
        ({"H": None}, "H: expected a count"),
        ({"algorithm": "ddp"}, "has no run of local SGD or DiLoCo with a measured rate"),
        ({"measured_bps": None}, "has no run of local SGD or DiLoCo with a measured rate"),
    ],
)
def test_a_mistake_is_one_line(
    tmp_path: Path, changes: dict[str, object], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    row = {
        "run": "a", "algorithm": "diloco", "H": 8, "measured_bps": 1e9, "steps": 200, "warmup": 20, "workers": 4,
        "cu_measured": 0.5, "cu_analytic_link": 0.6, "compute_s": 4.0,
    }  # fmt: skip
    path = tmp_path / "rows.json"
    path.write_text(json.dumps({"rows": [row | changes]}))
    assert main(["low_communication", "--on", str(path)]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
