"""A cluster that paceline simulates, measured, calibrated, written and simulated again, takes as long as before."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from experiments import experiment
from made_up_tables import record

from sim.calibration.evidence import Evidence, Repeats, Timing
from sim.calibration.fit import Calibration
from sim.calibration.largest import largest_of
from sim.calibration.own import timing
from sim.calibration.points import Collective
from sim.command.calibrate import main
from sim.experiment import Experiment
from sim.simulate import simulate
from sim.truth.scaling import read_tables
from sim.truth.table import Table, Transport

#: ResNet-50 on 25 Gb/s of which software moves 6: a gradient of 102 MB takes up to 0.27 s, beside 0.2 s of computing.
TRUTH = {
    "workload": "resnet50",
    "device": "cpu_core peak_flops=3.5e12 efficiency=1.0 overhead_seconds=0.0",
    "collective": "ring",
    "transport": "tcp efficiency=1.0 flow_cap_gbps=None nic_cap_gbps=6.0 overhead_seconds=3e-5 overlap=true "
    "interference=0.1",
    "straggler": "lognormal cv=0.02",
    "until": "updates=50",
    "batch": 28,
}
SIZES = (1, 2, 4, 8)


def trained(experiment: Experiment) -> float:
    said = simulate(experiment).summary.samples_per_second
    assert said is not None
    return said


def written_again(folder: Path, words: Sequence[str], rates: Sequence[float], sizes: Sequence[int]) -> list[float]:
    """What the written experiment trains on at the sizes that were measured (1/s)."""
    file = folder / "measured.csv"
    lines = (f"{size},{rate!r}" for size, rate in zip(sizes, rates, strict=True))
    file.write_text("\n".join(["devices,throughput", *lines]))
    assert main([str(file), *words, "--batch", "28", "--out", str(folder / "mine" / "transport" / "ours.yaml")]) == 0
    command = [sys.executable, "-m", "sim", "--config-dir", str(folder / "mine"), "-m", "experiment=ours"]
    workers = ",".join(str(size) for size in sizes[1:])
    subprocess.run([*command, f"workers={workers}", f"hydra.sweep.dir={folder / 'runs'}"], check=True)

    runs = [json.loads(path.read_text()) for path in (folder / "runs").rglob("summary.json")]
    found = {run["workers"]: run["samples_per_second"] for run in runs}
    return [found[size] for size in sizes[1:]]


@pytest.mark.slow
def test_what_is_simulated_is_learned_and_simulated_again(tmp_path: Path) -> None:
    network = "single_switch bandwidth_gbps=25.0 latency_us=0.0"
    rates = [trained(experiment("allreduce", network=network, workers=size, **TRUTH)) for size in SIZES]
    words = ("--model", "ResNet-50", "--transport", "tcp", "--line-gbps", "25")
    np.testing.assert_allclose(written_again(tmp_path, words, rates, SIZES), rates[1:], rtol=0.05)


@pytest.mark.slow
def test_the_same_with_several_devices_and_cards_in_a_machine(tmp_path: Path) -> None:
    network = "gpu_pod gpus_per_machine=4 rails=2 bandwidth_gbps=25.0 intra_bandwidth_gbps=1e5"
    sizes = tuple(4 * size for size in SIZES)
    truth = TRUTH | {"transport": TRUTH["transport"].replace("cap_gbps=6.0", "cap_gbps=3.0")}
    rates = [trained(experiment("allreduce", network=network, workers=size, **truth)) for size in sizes]
    words = ("--model", "ResNet-50", "--transport", "tcp", "--line-gbps", "50", "--nics", "2")
    again = written_again(tmp_path, (*words, "--devices-per-node", "4"), rates, sizes)
    np.testing.assert_allclose(again, rates[1:], rtol=0.06)


@pytest.mark.slow
def test_the_same_with_servers(tmp_path: Path) -> None:
    # what servers answer sets out when they have all gradients, in the calibrated model as in a simulation
    network = "single_switch bandwidth_gbps=10.0 latency_us=0.0"
    truth = TRUTH | {"transport": TRUTH["transport"].replace("tcp", "grpc").replace("cap_gbps=6.0", "cap_gbps=3.0")}
    rates = [
        trained(
            experiment(
                "hardsync",
                network=network,
                workers=size,
                server=f"shards={size} sharding=per_tensor colocated=true",
                **truth | {"until": "updates=20"},
            )
        )
        for size in SIZES
    ]
    words = ("--model", "ResNet-50", "--transport", "grpc", "--line-gbps", "10")
    np.testing.assert_allclose(written_again(tmp_path, words, rates, SIZES), rates[1:], rtol=0.08)


@pytest.fixture
def table(tmp_path: Path) -> Table:

    path = tmp_path / "tables.json"
    path.write_text(json.dumps([record()]))
    return read_tables(path).tables[0]


def learned(table: Table, **more: tuple[Repeats | Timing, ...]) -> Calibration:
    return Calibration(Evidence(Transport.tcp, ((table, ()),), **more))  # type: ignore[arg-type]


def test_steps_that_scatter_teach_the_scatter(table: Table) -> None:
    # of computing alone, the slowest of N scatters by largest_of(N).spread of what one does: of one by all of it
    one = next(point for point in table.points if point.devices == 8)
    found = learned(table, repeats=(Repeats(table, one, 0.1, 400),)).unknowns(table, table.beyond()[-1])
    assert np.median(found["scatter"]) == pytest.approx(0.1, rel=0.1)
    free = replace(table, gradient_bytes=1e-9)
    four = free.beyond()[1]
    spread = 0.1 * largest_of(4).spread
    found = learned(free, repeats=(Repeats(free, four, spread, 400),)).unknowns(free, four)
    assert np.median(found["scatter"]) == pytest.approx(0.1, rel=0.1)


def test_collectives_by_themselves_teach_what_a_card_carries(table: Table) -> None:
    # 16 ranks: 2 x 15/16 of 1 GB at 3 Gb/s take 5 s, of 2 GB 10 s; an all-gather takes half as long
    sweep = [("all_reduce", 1e9, 5.0), ("all_reduce", 2e9, 10.0), ("all_gather", 1e9, 2.5)]
    timings = tuple(timing(table, Collective(what, nbytes, 16, 4, seconds)) for what, nbytes, seconds in sweep)
    both = learned(table), learned(table, timings=timings)
    believed, now = (each.unknowns(table, table.beyond()[1])["card"] for each in both)
    assert np.median(now) == pytest.approx(3.0, rel=0.15)
    wide, narrow = (np.subtract(*np.quantile(np.log(card), (0.9, 0.1))) for card in (believed, now))
    assert narrow < 0.6 * wide
    np.testing.assert_allclose(both[1].fitted(table, (), timings), [0.2, 0.1, 0.4], rtol=0.15)
