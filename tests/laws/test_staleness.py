"""Laws of the asynchronous parameter server."""

import pytest
from options import options_of

from sim.experiment import Experiment
from sim.problems.none import NoProblem
from sim.protocols.async_ps import AsyncPS
from sim.protocols.hardsync import HardSync
from sim.server import Server
from sim.simulate import simulate
from sim.stragglers import StragglerLaw
from sim.stragglers.lognormal import Lognormal
from sim.stragglers.trace import Trace
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal
from topologies.networks.leaf_spine import LeafSpine

UPDATES = 6000


def run(protocol, workers, **fields):
    fields = {"straggler": Lognormal(0.5), "network": Ideal(), "workload": Synthetic(seconds=1.0, bytes=1e6)} | fields
    experiment = Experiment(
        workers=workers, protocol=protocol, problem=NoProblem(), until=Until(updates=UPDATES), **fields
    )
    return simulate(experiment)


@pytest.mark.parametrize("law", options_of("sim.stragglers", StragglerLaw), ids=lambda law: law.__name__)
@pytest.mark.parametrize("workers", [1, 2, 30])
def test_mean_staleness_is_the_number_of_other_workers(law, workers, tmp_path):
    # Between two applies of one worker there are, on average over gradients, lambda applies. Exactly: the
    # staleness of all gradients applied plus what those under way have gathered is updates * (lambda - 1) less the
    # head start at the first round; both ends are below lambda^2.
    (tmp_path / "steps.csv").write_text("0.9\n1.0\n1.3\n4.0\n")
    fields = {"file": str(tmp_path / "steps.csv")} if law is Trace else {}
    mean = run(AsyncPS(), workers, straggler=law(**fields)).summary.mean_staleness
    assert mean == pytest.approx(workers - 1, abs=workers**2 / UPDATES)


@pytest.mark.parametrize("fields", [{"network": LeafSpine()}, {"server": Server(cores=2, apply_rate=2e7)}])
def test_neither_network_nor_queue_changes_the_mean_staleness(fields):
    assert run(AsyncPS(), 16, **fields).summary.mean_staleness == pytest.approx(15, abs=16**2 / UPDATES)


def test_hardsync_has_no_staleness():
    assert run(HardSync(), 8).staleness == {0: 8 * UPDATES}


def test_the_histogram_counts_every_applied_gradient():
    assert sum(run(AsyncPS(), 5).staleness.values()) == UPDATES


def test_throughput_of_one_busy_core_is_its_service_rate():
    # Z = 1 s of computing, S = 0.5 s of service: beyond N* = (Z + S) / S = 3 workers the core is the limit.
    summary = run(AsyncPS(), 8, straggler=Lognormal(0.0), server=Server(apply_rate=2e6)).summary
    assert summary.updates_per_second == pytest.approx(2.0, rel=1e-3)
    assert summary.server_utilisation == pytest.approx(1.0, rel=1e-3)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_deterministic_workers_below_the_limit_do_not_queue(workers):
    # X = N / (Z + S) and R = S once the first round has spread them out.
    summary = run(AsyncPS(), workers, straggler=Lognormal(0.0), server=Server(apply_rate=2e6)).summary
    assert summary.updates_per_second == pytest.approx(workers / 1.5, rel=2e-3)
    assert summary.server_mean_response_seconds == pytest.approx(0.5, rel=2e-3)


@pytest.mark.parametrize("cores", [1, 3])
def test_littles_law_holds_in_the_closed_loop(cores):
    # N = X (R + Z): workers = updates per second * (response at the server + 1 s of computing on average).
    law = Lognormal(0.7)
    summary = run(AsyncPS(), 12, straggler=law, server=Server(cores=cores, apply_rate=4e6)).summary
    cycle = summary.server_mean_response_seconds + 1.0
    # The mean of 6000 draws of cv 0.7 is off by 0.7 / sqrt(6000) = 0.9 %.
    assert summary.updates_per_second * cycle == pytest.approx(12, rel=0.03)
