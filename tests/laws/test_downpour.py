"""Downpour SGD with seldom pushes and fetches, and its warm start (Dean et al. 2012)."""

import numpy as np
import pytest
from on_the_clock import on_the_clock

from sim.experiment import Experiment
from sim.optimizers.sgd import SGD
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.quadratic import Quadratic
from sim.protocols.async_ps import AsyncPS
from sim.protocols.local import Local
from sim.record import Record
from sim.server import Server
from sim.simulate import simulate
from sim.stragglers.none import NoStragglers
from sim.until import Until
from sim.workloads.synthetic import Synthetic
from topologies.networks.ideal import Ideal
from topologies.networks.single_switch import SingleSwitch

WORKERS = 5


def trajectory(protocol, **fields):
    fields = {"problem": DigitsMLP(hidden=[16]), "optimizer": SGD(0.1), "until": Until(updates=24)} | fields
    experiment = Experiment(protocol=protocol, record=Record(every_updates=1, trajectory=True), **fields)
    return simulate(experiment).trajectory.x


@pytest.mark.parametrize("n_fetch", [2, 5])
@pytest.mark.parametrize("shards", [1, 2])
def test_the_local_steps_of_one_worker_are_those_of_the_server(n_fetch, shards):
    fields = {"workers": 1, "network": SingleSwitch(), "server": Server(shards=shards)}
    np.testing.assert_array_equal(
        trajectory(AsyncPS(n_fetch=n_fetch), **fields), trajectory(Local(), workers=1, network=SingleSwitch())
    )


def test_the_general_loop_is_the_plain_one_where_it_must_be():
    # A warm start of one update that one worker alone makes anyhow.
    np.testing.assert_array_equal(trajectory(AsyncPS(warm_start=1), workers=1), trajectory(AsyncPS(), workers=1))


def test_pushes_are_sums_of_gradients_at_local_models():
    # f = x^2 / 2, lr = 1/2: a worker that begins at w has gradients w, w/2, w/4 and pushes 7/4 w after 3 steps, so that
    # the server's w becomes w - 7/8 w = w/8.
    x = trajectory(
        AsyncPS(n_push=3, n_fetch=3),
        workers=1,
        problem=Quadratic(dim=1, noise=0.0),
        optimizer=SGD(0.5),
        until=Until(updates=4),
    )
    assert x[:, 0].tolist() == [1.0, 1 / 8, 1 / 64, 1 / 512, 1 / 4096]


def test_gradients_since_the_last_push_may_be_of_several_fetches():
    # n_fetch = 1, n_push = 2: both gradients are taken at the server's w, which has not changed: 2 w, lr 1/4: w/2.
    x = trajectory(
        AsyncPS(n_push=2, n_fetch=1),
        workers=1,
        problem=Quadratic(dim=1, noise=0.0),
        optimizer=SGD(0.25),
        until=Until(updates=3),
    )
    assert x[:, 0].tolist() == [1.0, 1 / 2, 1 / 4, 1 / 8]


def test_seldom_pushes_and_fetches_send_fewer_bytes_for_a_gradient():
    def bytes_of_a_gradient(protocol, updates):
        summary = on_the_clock(protocol, WORKERS, updates, network=SingleSwitch(), straggler=NoStragglers()).summary
        return summary.bytes_sent / summary.gradients / 1e6

    # n_push pushes and n_fetch fetches of 1e6 B each; what is under way at the end is some of 2 x 5 messages.
    assert bytes_of_a_gradient(AsyncPS(), 1000) == pytest.approx(2, abs=0.01)
    assert bytes_of_a_gradient(AsyncPS(n_push=4, n_fetch=4), 250) == pytest.approx(2 / 4, abs=0.01)
    assert bytes_of_a_gradient(AsyncPS(n_push=4), 250) == pytest.approx(1 + 1 / 4, abs=0.01)
    assert bytes_of_a_gradient(AsyncPS(n_fetch=4), 1000) == pytest.approx(1 + 1 / 4, abs=0.01)


@pytest.mark.parametrize("n", [2, 7])
def test_mean_staleness_in_pushes_is_the_number_of_other_workers(n):
    # A push that is answered is Rudra's transaction, however many gradients are in it.
    mean = on_the_clock(AsyncPS(n_push=n, n_fetch=n), WORKERS, 2000).summary.mean_staleness
    assert mean == pytest.approx(WORKERS - 1, abs=2 * WORKERS**2 / 2000)


def test_a_push_that_is_not_waited_for_costs_the_worker_no_time():
    # 1e9 B take 1 s each way, a gradient 1 s: the first pull and ten gradients take 1 + 10 s, nine pushes overlap with
    # the next gradient, the tenth is answered after 2 s. The eleventh update comes a gradient and a push later.
    fields = {
        "network": SingleSwitch(bandwidth_gbps=8.0, latency_us=0.0),
        "workload": Synthetic(seconds=1.0, bytes=1e9),
        "straggler": NoStragglers(),
        "record": Record(spans=True),
    }
    result = on_the_clock(AsyncPS(n_fetch=10), 1, 11, **fields)
    spans = result.spans
    computing = [spans.kinds[kind] == "compute" for kind in spans.kind]
    assert result.summary.virtual_seconds == pytest.approx(1 + 10 + 2 + 1 + 1)
    assert (spans.end - spans.start)[computing].sum() == pytest.approx(12)


def first_gradients(warm_start, **fields):
    """When each worker begins to compute, and when worker 0 ends each of its gradients (s)."""
    spans = on_the_clock(
        AsyncPS(warm_start=warm_start), WORKERS, warm_start + 20, record=Record(spans=True), **fields
    ).spans
    computing = np.array([spans.kinds[kind] == "compute" for kind in spans.kind])
    starts = [spans.start[computing & (spans.worker == rank)].min() for rank in range(WORKERS)]
    return starts, np.sort(spans.end[computing & (spans.worker == 0)])


@pytest.mark.parametrize("fields", [{"network": Ideal()}, {"network": SingleSwitch()}, {"server": Server(shards=2)}])
def test_worker_0_makes_the_first_updates_alone(fields):
    starts, ends = first_gradients(7, **fields)
    assert starts[0] < ends[0]
    assert all(ends[6] <= start < ends[7] for start in starts[1:])


def test_without_a_warm_start_all_begin_together():
    starts, _ = first_gradients(0)
    assert starts == [0.0] * WORKERS


def test_the_first_updates_of_a_warm_start_are_plain_sgd():
    fields = {"problem": DigitsMLP(hidden=[16])}
    warm = trajectory(AsyncPS(warm_start=10), workers=WORKERS, **fields)
    alone = trajectory(AsyncPS(), workers=1, **fields)
    np.testing.assert_array_equal(warm[:11], alone[:11])
    assert (warm[-1] != alone[-1]).any()


@pytest.mark.parametrize(("field", "least"), [("n_push", 1), ("n_fetch", 1), ("warm_start", 0)])
def test_fields_out_of_range_are_refused(field, least):
    with pytest.raises(ValueError, match=rf"^{field}: must be at least {least}, got {least - 1}"):
        AsyncPS(**{field: least - 1})
