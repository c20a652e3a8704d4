"""Jobs in the words of the command, on this machine's own loopback: ``job("dpsgd", workers=4)``."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from experiments import experiment

from sim.lab.job.measured import Measured
from sim.lab.job.place import Loopback, Place
from sim.lab.job.run import run

#: Four processes, messages with room for the numbers of the digits perceptron, and a gradient that they can compute.
SMALL = {
    "workers": 4,
    "workload": "synthetic seconds=0.005 bytes=80000",
    "record": "every_updates=10 trajectory=true",
    "until": "updates=50",
}


def job(protocol: Any = "async_ps", place: Place | None = None, *, by_gloo: bool = False, **words: Any) -> Measured:
    """What becomes of an experiment, by its words, as a job."""
    with tempfile.TemporaryDirectory() as folder:
        return run(experiment(protocol, **words), place or Loopback(), Path(folder), by_gloo=by_gloo)
