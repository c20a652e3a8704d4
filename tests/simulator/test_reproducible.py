"""Same experiment and seed, same bytes."""

import hashlib
import json
import os
import subprocess
import sys

import numpy as np
import pytest
from experiments import names, simulated

PROTOCOLS = ["async_ps", "dpsgd"]
PROGRAM = f"""
import sys
from pathlib import Path
from experiments import simulated

for protocol in {PROTOCOLS}:
    simulated(
        protocol, workers=6, seed=11, straggler="lognormal", network="leaf_spine hosts_per_leaf=2",
        until="epochs=5", record="spans=true trajectory=true",
    ).write(Path(sys.argv[1]) / protocol)
"""


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """What a process with one thread and one with two have written, each of all protocols."""
    made = []
    for threads in "12":
        made.append(tmp_path_factory.mktemp(threads))
        numbers = ("PYTHONHASHSEED", "OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "OPENBLAS_NUM_THREADS")
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), **dict.fromkeys(numbers, threads)}
        command = [sys.executable, "-c", PROGRAM, str(made[-1])]
        subprocess.run(command, env=environment, check=True, timeout=120)
    return made


def result_files(directory):
    """Digests of the files, and what the summary says."""
    summary = json.loads((directory / "summary.json").read_text())
    assert summary.pop("wall_seconds") > 0
    digests = {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in directory.iterdir()
        if path.name != "summary.json"
    }
    return digests, summary


@pytest.mark.slow
@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(protocol, folders):
    first, again = (result_files(folder / protocol) for folder in folders)
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


@pytest.mark.slow
@pytest.mark.parametrize("protocol", names("protocol"))
def test_every_protocol_learns_the_same_bits_on_any_number_of_tape_threads(protocol, monkeypatch):
    def learned(cores):  # one of them is SimPy's
        monkeypatch.setattr(os, "sched_getaffinity", lambda process: range(cores))
        return simulated(
            protocol,
            workers=7,
            batch=5,
            problem="digits_mlp hidden=[11]",
            straggler="lognormal cv=1",
            server="shards=2",
            until="updates=20",
            record="every_updates=4 trajectory=true gradients=true curvature=true",
        )

    one, two, three = (learned(cores) for cores in (2, 3, 4))
    assert one.metrics == two.metrics == three.metrics
    np.testing.assert_array_equal(one.trajectory.x, two.trajectory.x)
    np.testing.assert_array_equal(one.trajectory.x, three.trajectory.x)
