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
#: What faults have cost, which is nothing here, and was not said of runs of before.
COSTS = {
    "crashes",
    "downtime_seconds",
    "stalled_seconds",
    "recovery_seconds",
    "lost_seconds",
    "lost_updates",
    "goodput",
}

#: Of the physics with this number: protocol -> its digest, on a clock that straggles, over wires, and learning.
NUMBER = 4
DIGESTS = {
    "adpsgd": "b11f69d94f27a4b3",
    "allreduce": "9e8226b530162228",
    "async_easgd": "233bc3c776c75ac6",
    "async_ps": "f7373d1148d512f3",
    "backup_sync": "c38a1bdface984ca",
    "diloco": "c80893ce7e9977e5",
    "dpsgd": "a383febcb0d804f6",
    "easgd": "e744b67a91ea4cd2",
    "easgd_tree": "7ed5ba5b869f1d2c",
    "gossip_pull": "063b4689e3014d64",
    "gradient_tracking": "f3d52418ff24c08a",
    "hardsync": "e68bfb93881f522b",
    "k_async": "358fcdeb81a853b2",
    "local_sgd": "17461486479949d1",
    "sgp": "76f8c15293647f40",
    "softsync": "817dbe621d7d7af6",
    "ssp": "160c198a7eedbce5",
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
    flat = {name: value for name, value in result.summary.flat().items() if name not in BESIDE | COSTS}
    text = [json.dumps(flat), metrics_csv(result.metrics), links_csv(result.links), json.dumps(result.staleness)]
    return hashlib.sha256("\n".join(text).encode()).hexdigest()[:16]


@pytest.mark.parametrize("protocol", sorted(DIGESTS))
def test_no_byte_has_changed_since_the_number_was_raised(protocol: str) -> None:
    assert (PHYSICS, digest(simulated(protocol, **SETTING))) == (NUMBER, DIGESTS[protocol])


@pytest.mark.parametrize("protocol", sorted(DIGESTS))
def test_the_bytes_sent_until_an_evaluation_grow_to_those_of_the_run(protocol: str) -> None:
    result = simulated(protocol, **SETTING)
    sent = [row.bytes_sent for row in result.metrics]
    assert sent == sorted(sent)
    assert (sent[0], sent[-1]) == (0.0, result.summary.bytes_sent)
