"""Gradients that take no time: what is left is communication, and the run must end all the same."""

import re

import pytest
from experiments import simulated
from on_the_clock import ring

from sim.cluster import instants
from topologies.field_error import FieldError


def run(protocol, until, **words):
    common = {"workers": 4, "problem": "none", "workload": "synthetic seconds=0 bytes=1e6"}
    return simulated(protocol, until=until, **common | words).summary


def test_a_ring_alone_takes_the_time_of_its_messages():
    summary = run("allreduce", "updates=20", collective="ring")
    assert summary.virtual_seconds == pytest.approx(20 * ring(4, 1e6, latency=10e-6), rel=1e-9)
    assert (summary.compute_fraction, summary.gradients) == (0.0, 80)


def test_stragglers_have_nothing_to_multiply():
    one, other = (run("hardsync", "updates=5", straggler=law).virtual_seconds for law in ("none", "exponential"))
    assert one == other


def test_local_steps_take_no_time_and_the_exchange_does():
    # An update is a local step: 40 of them, and after every eighth an all-reduce; the last has no step to wait for it.
    summary = run("local_sgd period=8", "updates=41", collective="ring")
    assert summary.virtual_seconds == pytest.approx(5 * ring(4, 1e6, latency=10e-6), rel=1e-9)


def test_where_messages_have_no_bytes_either_their_latencies_are_what_is_left():
    # A pull, then pushes and answers of two links of 10 us each; the last answer is at 201 * 40 us = 8.04 ms.
    words = {"workers": 1, "workload": "synthetic seconds=0 bytes=0", "network": "single_switch latency_us=10"}
    assert run("async_ps", "seconds=0.00803", **words).updates == 200
    with pytest.raises(FieldError, match=r"^until.seconds: makes about inf gradients of all workers"):
        run("async_ps", "seconds=1", **words | {"network": "single_switch latency_us=0"})


@pytest.mark.parametrize(
    ("protocol", "words", "why"),
    [
        ("hardsync", {"network": "ideal"}, "network=ideal takes none either"),
        ("local", {}, "nobody is sent anything"),
        ("adpsgd", {}, "no worker has waited for a message before the run was over"),
        ("allreduce", {"workers": 1}, "no worker has waited for a message before the run was over"),
    ],
)
def test_a_run_that_takes_no_time_is_refused(protocol, words, why):
    with pytest.raises(FieldError, match=rf"^workload.seconds: 0 takes no time, and {re.escape(why)}; give the sec"):
        run(protocol, "updates=4", **words)


@pytest.mark.parametrize("protocol", ["gossip_push", "adpsgd"])
def test_a_run_that_would_not_end_is_refused(protocol, monkeypatch):
    monkeypatch.setattr(instants, "MOST", 50)
    why = "worker 0 has computed 50 gradients at 0 s without waiting for anything"
    with pytest.raises(FieldError, match=rf"^workload.seconds: 0 takes no time, and {re.escape(why)}; give the sec"):
        run(protocol, "seconds=0.1")
