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
NUMBER = 2
DIGESTS = {
    "adpsgd": "2cf00b0a3ed55834",
    "allreduce": "a95cbe6c384fc52d",
    "async_easgd": "eb8f0ff2f457b7d6",
    "async_ps": "a831f2cfb81bc876",
    "backup_sync": "181c5768d6934122",
    "diloco": "8b0cf281a524717e",
    "dpsgd": "e2407b1e61a8199f",
    "easgd": "fbcb128c30957e61",
    "easgd_tree": "11e83e24443b41fd",
    "gossip_pull": "8b4a104f7cc5f2b9",
    "hardsync": "dec03f635ced1ce6",
    "k_async": "c932c54c7428dd2a",
    "local_sgd": "9eef922164fd200e",
    "sgp": "b08b57cd70a15bbd",
    "softsync": "10790ff40760e622",
    "ssp": "c36a6f645bebee5e",
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
