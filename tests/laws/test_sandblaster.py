"""Laws of Sandblaster L-BFGS (Dean et al. 2012, section 4.2): what it learns, how long a batch takes, what is sent."""

import numpy as np
import pytest
from experiments import EVERY_UPDATE, option, simulated
from on_the_clock import CLOCK
from same_events import assert_same_events

from sim.streams import stream


def run(updates=20, *, history=10, portions=None, **fields):
    common = {
        "protocol": f"sandblaster history={history} portions={portions}",
        "optimizer": "sgd lr=1",
        "until": f"updates={updates}",
        "record": EVERY_UPDATE,
    }
    return simulated(**common | fields)


# -- what is learned


def softmax_gradient(parameters, inputs, targets):
    """Of the mean cross-entropy of softmax regression, in double precision."""
    weights, bias = parameters[:640].reshape(64, 10), parameters[640:]
    logits = inputs @ weights + bias
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    p[np.arange(len(targets)), targets.astype(int)] -= 1
    return np.concatenate([(inputs.T @ p).ravel(), p.sum(axis=0)]) / len(targets)


def textbook_lbfgs(x, gradient, updates, history, lr):
    """Nocedal and Wright, Algorithm 7.5 with steps of length lr."""
    models, pairs = [x], []
    g = gradient(x)
    for _ in range(updates):
        q, alphas = g, []
        for s, y in reversed(pairs):
            alphas.append(s @ q / (s @ y))
            q = q - alphas[-1] * y
        r = q * (pairs[-1][0] @ pairs[-1][1] / (pairs[-1][1] @ pairs[-1][1]) if pairs else min(1, 1 / abs(q).sum()))
        for (s, y), alpha in zip(pairs, reversed(alphas), strict=True):
            r = r + s * (alpha - y @ r / (s @ y))
        new = x - lr * r
        new_g = gradient(new)
        if (new - x) @ (new_g - g) > 0:
            pairs = [*pairs, (new - x, new_g - g)][-history:]
        x, g = new, new_g
        models.append(x)
    return np.array(models)


@pytest.mark.parametrize(("history", "lr"), [(10, 1.0), (3, 0.6)])
def test_it_is_lbfgs_with_the_gradient_of_the_training_set(history, lr):
    problem = option("problem", "digits_softmax")
    train, _ = problem.load()
    inputs, targets = train.inputs.astype(np.float64), train.targets
    start = problem.task(stream(0, "initial")).initial.astype(np.float64)
    expected = textbook_lbfgs(start, lambda x: softmax_gradient(x, inputs, targets), 12, history, lr)
    learned = run(12, history=history, workers=5, problem=problem, optimizer=f"sgd lr={lr}").trajectory.x
    # Single precision: some 1e-7 of the gradient, which the differences y of twelve steps amplify about a hundredfold.
    np.testing.assert_allclose(learned, expected, rtol=0, atol=2e-5 * abs(expected).max())


def test_a_quadratic_bowl_is_left_after_two_steps():
    # y = h s on a round bowl, so s.y / y.y = 1 / h: the second step is Newton's.
    result = run(40, problem="quadratic dim=7 curvature=0.3 noise=0 start=5", workers=3)
    assert result.metrics[1].train_loss > 0.1
    assert all(metric.train_loss < 1e-28 for metric in result.metrics[2:])


def least_squares():
    """The best weights and bias for the patients, and the loss that they leave."""
    train, _ = option("problem", "diabetes").load()
    matrix = np.column_stack([train.inputs, np.ones(len(train.targets))]).astype(np.float64)
    solution, (squares,), *_ = np.linalg.lstsq(matrix, train.targets.astype(np.float64))
    return solution, squares / len(train.targets) / 2


def test_a_linear_regression_ends_at_the_least_squares_solution():
    solution, _ = least_squares()
    learned = run(40, problem="diabetes").trajectory.x[-1]
    np.testing.assert_allclose(learned, solution, rtol=0, atol=1e-5)


@pytest.mark.parametrize("lr", [0.03, 0.1, 0.2])
def test_it_needs_fewer_epochs_than_sgd(lr):
    # Twenty epochs take L-BFGS to 1e-7 of the least-squares loss, SGD with any learning rate to some 3e-3.
    _, least = least_squares()
    fields = {"problem": "diabetes", "workers": 1, "until": "epochs=20"}
    newton = run(**fields).metrics[-1].train_loss - least
    plain = run(**fields, protocol="local", optimizer=f"sgd lr={lr}").metrics[-1].train_loss - least
    assert 100 * newton < plain


@pytest.mark.parametrize("server", ["", "shards=3 sharding=per_tensor apply_rate=1e6"])
@pytest.mark.parametrize("workers", [1, 2, 8, 60])
def test_the_bits_depend_on_the_portions_alone(workers, server):
    # Who computes a portion, how often and when: nothing of it matters.
    alone = run(10, portions=37, workers=1, problem="digits_softmax", network="ideal").trajectory.x
    many = run(10, portions=37, workers=workers, problem="digits_softmax", straggler="exponential", server=server)
    np.testing.assert_array_equal(many.trajectory.x, alone)


def test_without_a_training_set_every_portion_has_the_noise_of_a_mini_batch():
    # From the optimum the first step is -g, as |g|_1 < 1: of each coordinate the variance is s^2 / (portions batch).
    # 4000 coordinates give its root to 1 / sqrt(8000) = 1.1 %.
    problem = "quadratic dim=4000 noise=1e-3 start=0"
    x = run(1, portions=4, batch=25, problem=problem).trajectory.x[1]
    assert np.std(x) == pytest.approx(1e-3 / np.sqrt(4 * 25), rel=0.05)


def test_a_schedule_counts_an_epoch_for_every_batch():
    # 353 samples are 11.03 mini-batches of 32; who computes a portion twice does not count.
    fields = {"problem": "diabetes", "lr_schedule": "step milestones=[2,4] gamma=0.5", "workers": 6}
    halved = run(5, portions=6, straggler="slow_node count=3 factor=50", **fields)
    assert [metric.learning_rate for metric in halved.metrics] == [1.0, 1.0, 0.5, 0.5, 0.25, 0.25]
    steps = np.diff(halved.trajectory.x, axis=0)
    full = np.diff(run(5, portions=6, problem="diabetes").trajectory.x, axis=0)
    np.testing.assert_array_equal(steps[:2], full[:2])
    np.testing.assert_allclose(steps[2], 0.5 * full[2], rtol=1e-3, atol=1e-6)


def test_the_workers_latest_portions_can_be_compared_with_the_full_gradient():
    metrics = run(5, problem="diabetes", record="every_updates=1 gradients=true").metrics
    assert all(metric.gradient_variance > 0.0 for metric in metrics[1:])


# -- how long a batch takes


def seconds_per_batch(workers, portions, straggler="none"):
    """Where a portion takes one second and the network nothing."""
    fields = CLOCK | {"problem": "none samples=100000", "straggler": straggler, "record": ""}
    return run(5, portions=portions, workers=workers, **fields).summary.virtual_seconds / 5


def test_equal_workers_share_the_portions():
    assert seconds_per_batch(8, 64) == 8.0
    assert seconds_per_batch(8, 65) == 9.0


@pytest.mark.parametrize("portions", [8, 64, 400])
@pytest.mark.parametrize(("slow", "factor"), [(1, 3.5), (1, 1e6), (4, 20.0), (7, 9.5)])
def test_a_batch_takes_the_work_by_the_sum_of_the_speeds_and_two_portions_at_most(slow, factor, portions):
    # While portions are left everybody works. When none is left, the fast end theirs within a portion's time; what the
    # slow still hold is then copied, and takes a portion's time once more for every so many as there are fast workers.
    speeds = (8 - slow) + slow / factor
    seconds = seconds_per_batch(8, portions, f"slow_node count={slow} factor={factor}")
    assert portions / speeds <= seconds * (1 + 1e-9)
    assert seconds <= portions / speeds + 1 + -(-slow // (8 - slow)) + 1e-9


def test_a_backup_saves_the_batch_from_its_slowest_worker():
    # One portion each: without backups the slow one would hold the batch up for 100 s; its copy is done after 2.
    assert seconds_per_batch(8, 8, "slow_node factor=100") == 2.0


def test_the_advantage_over_equal_shares_grows_with_the_stragglers():
    # Equal shares end when the slowest has computed its eighth of the portions. At best 10 f (7 + 1/f) / 80 = 7.1 for
    # f = 8; of 11.2 s of work, the whole portions of equal workers make 12.
    gains = []
    for factor in (1.0, 2.0, 4.0, 8.0):
        equal_shares = 10 * factor
        gains.append(equal_shares / seconds_per_batch(8, 80, f"slow_node factor={factor}"))
    assert gains == sorted(gains)
    assert gains[0] == 1.0
    assert gains[-1] == pytest.approx(80 / 12)


def test_workers_beyond_the_portions_are_backups():
    # Eight slow workers come first and get all the portions; the eight others compute them, too, and are faster.
    assert seconds_per_batch(16, 8, "slow_node count=8 factor=5") == 1.0


LATENCY = 8e-6  # s, over two links
BANDWIDTH = 1.25e9  # B/s
WIRES = {
    "network": "single_switch bandwidth_gbps=10 latency_us=4",
    "workload": "synthetic seconds=1 bytes=1e7",
    "problem": "none samples=1000",
    "record": "",
}


def test_one_worker_takes_its_closed_form():
    # A command; the fetch: a request and 1e7 B; ten portions with a report and a command each; a push. The coordinator
    # and the one shard share a host.
    seconds = run(4, workers=1, portions=10, **WIRES).summary.virtual_seconds
    batch = LATENCY + (2 * LATENCY + 1e7 / BANDWIDTH) + 10 * (1 + 2 * LATENCY) + (LATENCY + 1e7 / BANDWIDTH)
    assert seconds == pytest.approx(4 * batch, rel=1e-12)


def test_the_shards_take_a_round_trip_for_every_sum_of_the_step():
    # 1 sum at first, then 1 + 2 min(t, history); one round trip more for the update; the second shard tells the
    # coordinator of every push. On each shard every one of these is a pass over 5e6 B. The run ends with the last
    # update, before the shards have answered.
    server = "shards=2 apply_rate=1e8"
    seconds = run(4, history=2, workers=1, portions=10, server=server, **WIRES).summary.virtual_seconds
    batch = LATENCY + (2 * LATENCY + 1e7 / BANDWIDTH) + 10 * (1 + 2 * LATENCY) + (LATENCY + 1e7 / BANDWIDTH)
    rounds = sum(sums + 1 for sums in (1, 3, 5, 5))
    expected = 4 * (batch + LATENCY + 0.05) + rounds * (2 * LATENCY + 0.05) - LATENCY
    assert seconds == pytest.approx(expected, rel=1e-12)


# -- what is counted


@pytest.mark.parametrize("server", ["shards=1", "shards=3"])
@pytest.mark.parametrize("workers", [1, 4, 10])
def test_every_worker_fetches_the_model_and_pushes_a_gradient_once_a_batch(workers, server):
    summary = run(6, workers=workers, portions=20, server=server, **WIRES).summary
    assert summary.bytes_sent == pytest.approx(6 * 2 * workers * 1e7, rel=1e-12)


def test_who_was_never_first_has_nothing_to_push():
    # Sixteen workers fetch; the eight fast ones push.
    fields = WIRES | {"network": "ideal", "straggler": "slow_node count=8 factor=5"}
    assert run(6, workers=16, portions=8, **fields).summary.bytes_sent == 6 * (16 + 8) * 1e7


def test_samples_are_those_of_the_portions():
    # 1440 samples in 7 portions of 205 or 206; one worker computes each once.
    result = run(5, portions=7, workers=1, batch=32, problem="digits_softmax")
    assert (result.summary.gradients, result.summary.samples, result.summary.epochs) == (35, 5 * 1440, 5.0)
    assert [metric.epochs for metric in result.metrics] == [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]


def test_a_run_ends_after_its_epochs():
    assert run(portions=7, workers=1, problem="digits_softmax", until="epochs=3").summary.updates == 3


def test_what_is_called_off_is_not_counted():
    # The copy of the slow worker's portion is the eighth gradient of every batch.
    fields = {"workers": 8, "portions": 8, "network": "ideal", "problem": "digits_softmax"}
    summary = run(5, straggler="slow_node factor=100", **fields).summary
    assert (summary.gradients, summary.samples) == (40, 5 * 1440)


def test_nothing_is_stale():
    result = run(9, workers=6, problem="digits_softmax", straggler="exponential")
    assert set(result.staleness) == {0}
    assert result.summary.mean_staleness == 0.0


def test_nothing_learned_gives_the_same_events_on_shards():
    fields = {"workers": 5, "straggler": "exponential", "server": "shards=3", "optimizer": "sgd lr=1"}
    fields |= {"workload": "synthetic seconds=0.01 bytes=1e6", "until": "updates=30"}
    assert_same_events("sandblaster history=10 portions=30", "digits_softmax", "none sizes=[640,10]", **fields)


# -- what is refused


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"optimizer": "momentum"}, "optimizer: momentum .* use optimizer=sgd"),
        ({"partition": "sharded"}, "partition: sharded .* use partition=shared"),
        ({"partition": "sharded", "problem": "none"}, "partition: sharded .* use partition=shared"),
        ({"portions": 1441}, "protocol.portions: 1441 .* 1440 samples .* give at most 1440"),
    ],
)
def test_what_does_not_fit_is_refused(fields, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        run(1, **fields)


def test_a_history_that_does_not_fit_the_memory_is_refused(monkeypatch):
    monkeypatch.setattr("os.sysconf", lambda name: 1000)  # a page of 1000 B, a thousand of them
    with pytest.raises(ValueError, match=r"^protocol.history: 500 pairs need"):
        run(history=500, workers=1, problem="digits_softmax")
