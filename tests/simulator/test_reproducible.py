"""Same experiment and seed, same bytes."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from options import options_of

from sim.experiment import Experiment
from sim.problems.digits_mlp import DigitsMLP
from sim.protocols import Protocol
from sim.record import Record
from sim.server import Server
from sim.simulate import simulate
from sim.stragglers.lognormal import Lognormal
from sim.until import Until

PROGRAM = """
import sys
from pathlib import Path
from sim.stragglers.lognormal import Lognormal
from sim.experiment import Experiment
from sim.protocols.{module} import {protocol}
from sim.record import Record
from sim.simulate import simulate
from sim.until import Until
from topologies.networks.leaf_spine import LeafSpine

experiment = Experiment(
    workers=6, seed=11, protocol={protocol}(), straggler=Lognormal(), network=LeafSpine(hosts_per_leaf=2),
    until=Until(epochs=5), record=Record(spans=True, trajectory=True),
)
simulate(experiment).write(Path(sys.argv[1]))
"""


def result_files(directory, program, threads):
    environment = dict(os.environ, PYTHONHASHSEED=str(threads), OMP_NUM_THREADS=str(threads))
    environment |= {"NUMBA_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads)}
    subprocess.run([sys.executable, "-c", program, str(directory)], env=environment, check=True, timeout=120)
    summary = json.loads((directory / "summary.json").read_text())
    assert summary.pop("wall_seconds") > 0
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.iterdir()
        if path.name != "summary.json"
    }
    return digests, summary


@pytest.mark.parametrize(("module", "protocol"), [("async_ps", "AsyncPS"), ("dpsgd", "DPSGD")])
def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(tmp_path, module, protocol):
    program = PROGRAM.format(module=module, protocol=protocol)
    first = result_files(tmp_path / "first", program, threads=1)
    again = result_files(tmp_path / "again", program, threads=2)
    assert first == again
    assert set(first[0]) == {
        "metrics.csv",
        "staleness.csv",
        "links.csv",
        "curve.png",
        "spans.npz",
        "trace.json",
        "trajectory.npz",
    }


@pytest.mark.parametrize("protocol", options_of("sim.protocols", Protocol), ids=lambda option: option.__name__)
def test_every_protocol_learns_the_same_bits_on_any_number_of_tape_threads(protocol, monkeypatch):
    def learned(cores):  # one of them is SimPy's
        monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(cores))
        experiment = Experiment(
            workers=7,
            batch=5,
            protocol=protocol(),
            problem=DigitsMLP(hidden=[11]),
            straggler=Lognormal(cv=1.0),
            server=Server(shards=2),
            until=Until(updates=20),
            record=Record(every_updates=4, trajectory=True, gradients=True),
        )
        return simulate(experiment)

    one, two, three = (learned(cores) for cores in (2, 3, 4))
    assert one.metrics == two.metrics == three.metrics
    np.testing.assert_array_equal(one.trajectory.x, two.trajectory.x)
    np.testing.assert_array_equal(one.trajectory.x, three.trajectory.x)
