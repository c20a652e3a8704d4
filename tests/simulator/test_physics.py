"""What a run computes changes in no byte unless the number of the physics is raised: finished runs stay what they are.

After a change that is meant, raise `PHYSICS` in sim/physics.py, and take the digests that the failing test names.
"""

from __future__ import annotations

import hashlib
import json

import pytest
from experiments import simulated

from sim.physics import PHYSICS
from sim.results.result import Result
from sim.results.rows import links_csv, metrics_csv

#: What no run computes, or what names the question or the program.
BESIDE = {"wall_seconds", "events", "version", "config_hash", "ci95"}

#: Of the physics with this number: protocol -> its digest, on a clock that straggles, over wires, and learning.
NUMBER = 3
DIGESTS = {
    "adpsgd": "561cc16fb572e293",
    "allreduce": "277f1c51cabe4d30",
    "async_easgd": "34bdc0249d4a9540",
    "async_ps": "0408d428a84c0eb1",
    "backup_sync": "abbcd336889aeec5",
    "diloco": "ad3e45ccb13b755a",
    "dpsgd": "9b478b5c12221321",
    "easgd": "68df6d37895d8ba3",
    "easgd_tree": "762c812427036611",
    "gossip_pull": "e1e7ccd8fac7bf43",
    "gradient_tracking": "e10ea6b3ba3dbc32",
    "hardsync": "2936afe73ed774e8",
    "k_async": "222fe7a48e0d03d4",
    "local_sgd": "fda8909b7dcb7565",
    "sgp": "4d64812f21b8ac82",
    "softsync": "88c50e0c676202be",
    "ssp": "0584876481109d2f",
}
SETTING = {
    "workers": 4,
    "problem": "quadratic",
    "straggler": "lognormal cv=0.5",
    "network": "leaf_spine",
    "until": "updates=12",
    "seed": 3,
}


def digest(result: Result) -> str:
    """Digest of every figure of a run."""
    flat = {name: value for name, value in result.summary.flat().items() if name not in BESIDE}
    text = [json.dumps(flat), metrics_csv(result.metrics), links_csv(result.links), json.dumps(result.staleness)]
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:16]


@pytest.mark.parametrize("protocol", sorted(DIGESTS))
def test_no_byte_has_changed_since_the_number_was_raised(protocol: str) -> None:
    assert (PHYSICS, digest(simulated(protocol, **SETTING))) == (NUMBER, DIGESTS[protocol])
