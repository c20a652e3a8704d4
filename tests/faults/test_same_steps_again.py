"""A job that goes back to its last checkpoint takes the same steps again: its model ends as if nothing had failed."""

import numpy as np
import pytest
from experiments import experiment

from sim.simulate import simulate

GOES_BACK = "crash.repair_seconds=0.5 detection_seconds=0.1 recover=checkpoint"
WORDS = {
    "workers": 4,
    "optimizer": "momentum lr=0.05",
    "workload": "synthetic seconds=0.05 bytes=1e5",
    "until": "updates=60 seconds=400",
    "record": "every_updates=20 trajectory=true",
    "checkpoint": "every_updates=10 write_seconds=0.02",
}


@pytest.mark.parametrize(
    "protocol", ["allreduce", "local_sgd", "local_sgd switch_updates=30", "diloco period=10", "sharded stage=3"]
)
def test_it_ends_with_the_same_bytes(protocol):
    without, after = (
        simulate(
            experiment(
                protocol,
                faults=f"crash crash.rate_per_hour={rate} {GOES_BACK}",
                **WORDS,
            )
        )
        for rate in (0, 400)
    )
    assert after.summary.crashes > 0
    assert after.summary.lost_updates > 0
    np.testing.assert_array_equal(after.trajectory.x[-1], without.trajectory.x[-1])
    assert after.summary.virtual_seconds > without.summary.virtual_seconds
