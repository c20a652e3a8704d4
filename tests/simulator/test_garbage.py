"""A simulation leaves nothing to Python's garbage collector, so that it need not look."""

from __future__ import annotations

import gc

import pytest

from sim.cluster.blueprint import Blueprint
from sim.cluster.cluster import Cluster
from sim.experiment import Experiment
from sim.garbage import seldom_collected
from sim.problems.digits_softmax import DigitsSoftmax
from sim.problems.none import NoProblem
from sim.protocols import Protocol
from sim.protocols.allreduce import AllReduce
from sim.protocols.async_ps import AsyncPS
from sim.protocols.dpsgd import DPSGD
from sim.until import Until


@pytest.mark.parametrize("problem", [NoProblem(), DigitsSoftmax()])
@pytest.mark.parametrize("protocol", [AsyncPS(), AllReduce(), DPSGD()])
def test_what_a_run_makes_is_not_tied_into_cycles(protocol: Protocol, problem: NoProblem | DigitsSoftmax) -> None:
    cluster = Cluster(Blueprint(Experiment(workers=4, protocol=protocol, problem=problem, until=Until(updates=100))), 0)
    gc.collect()
    gc.disable()
    try:
        cluster.run()
        left = gc.collect()
    finally:
        gc.enable()
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
