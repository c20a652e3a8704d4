"""A simulation leaves nothing to Python's garbage collector, so that it need not look."""

from __future__ import annotations

import gc

import pytest
from experiments import cluster_of

from sim.garbage import seldom_collected


@pytest.mark.parametrize("problem", ["none", "digits_softmax"])
@pytest.mark.parametrize("protocol", ["async_ps", "allreduce", "dpsgd"])
def test_what_a_run_makes_is_not_tied_into_cycles(protocol: str, problem: str) -> None:
    cluster = cluster_of(protocol, workers=4, problem=problem, until="updates=100")
    gc.freeze()  # what other tests have left is not looked at
    gc.disable()
    try:
        cluster.run()
        left = gc.collect()
    finally:
        gc.enable()
        gc.unfreeze()
    assert left < 100  # fewer objects than updates: what remains is made once


def test_python_collects_as_before_afterwards() -> None:
    usual = gc.get_threshold()
    gc.set_threshold(701)
    try:
        with seldom_collected():
            assert gc.get_threshold()[0] > 701
        assert gc.get_threshold()[0] == 701
    finally:
        gc.set_threshold(*usual)
