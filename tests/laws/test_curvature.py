"""The largest eigenvalue of the Hessian along a run: known ones, and those of NumPy; measuring it changes nothing."""

import sys
from pathlib import Path

import numpy as np
import pytest
from experiments import names, simulated

from sim.problems.diabetes import Diabetes
from sim.problems.digits_mlp import DigitsMLP
from sim.streams import stream

sys.path.append(str(Path(__file__).parents[1] / "kernels"))
from hessian_twin import hessian_twin  # the folder of the kernels' tests

RECORD = "every_updates=5 curvature=true trajectory=true"


def run(protocol="dpsgd", record=RECORD, **fields):
    return simulated(protocol, **{"workers": 4, "until": "updates=10", "record": record} | fields)


def eigenvalues(result):
    return [row.largest_eigenvalue for row in result.metrics]


@pytest.mark.parametrize("protocol", ["hardsync", "async_ps", "dpsgd", "local_sgd"])
def test_of_a_noisy_quadratic_it_is_the_curvature(protocol):
    # Without the noise of gradients; differences in float64 are off by 1e-9.
    found = eigenvalues(run(protocol, problem="quadratic dim=20 curvature=3 noise=2"))
    assert found == pytest.approx([3.0] * 3, rel=1e-8)


def test_of_a_linear_regression_it_is_that_of_the_second_moments_of_the_inputs():
    inputs = Diabetes().task(stream(0, "initial")).train.inputs.astype(np.float64)
    inputs = np.hstack([inputs, np.ones((len(inputs), 1))])
    expected = np.linalg.eigvalsh(inputs.T @ inputs / len(inputs))[-1]
    assert eigenvalues(run(problem="diabetes", optimizer="sgd lr=0.1")) == pytest.approx([expected] * 3, rel=1e-5)


@pytest.mark.parametrize("l2", [0.0, 0.3])
def test_of_a_perceptron_it_is_numpys_at_every_model(l2):
    problem = DigitsMLP(hidden=[2], l2=l2)
    task = problem.task(stream(0, "initial"))
    result = run("allreduce", problem=problem, optimizer="sgd lr=0.3")
    model = task.layout, task.settings, *(each.astype(np.float64) for each in task.train)
    expected = [np.linalg.eigvalsh(hessian_twin(x, *model))[-1] for x in result.trajectory.x[[0, -1]]]
    found = eigenvalues(result)
    assert [found[0], found[-1]] == pytest.approx(expected, rel=0.01)
    assert expected[0] != pytest.approx(expected[1], rel=1e-3)


def test_it_is_of_the_model_that_is_evaluated():
    """A worker's own is another than that of the mean of all."""
    mean, own = (
        run(problem="digits_mlp hidden=[4]", partition="by_label", optimizer="sgd lr=0.3", record=f"{RECORD} of={of}")
        for of in ("mean", "worker")
    )
    assert eigenvalues(mean)[0] == eigenvalues(own)[0]
    assert eigenvalues(mean)[1] != pytest.approx(eigenvalues(own)[1], rel=1e-3)


def test_it_depends_on_the_model_and_not_on_how_often_it_is_measured():
    fields = {"problem": "digits_mlp hidden=[4]"}
    often, seldom = (run(record=f"every_updates={n} curvature=true", **fields) for n in (2, 10))
    assert eigenvalues(often)[::5] == eigenvalues(seldom)


@pytest.mark.parametrize("problem", ["quadratic", "digits_mlp hidden=[4]"])
@pytest.mark.parametrize("protocol", ["async_ps", "dpsgd"])
def test_measuring_it_changes_nothing_else(problem, protocol):
    plain = run(protocol, problem=problem, record="every_updates=5 trajectory=true")
    recorded = run(protocol, problem=problem)
    np.testing.assert_array_equal(recorded.trajectory.x, plain.trajectory.x)
    assert recorded.summary.config_hash == plain.summary.config_hash
    assert recorded.summary.events == plain.summary.events
    assert eigenvalues(plain) == [None] * 3
    for row in recorded.metrics:
        row.largest_eigenvalue = None
    assert recorded.metrics == plain.metrics


@pytest.mark.slow
@pytest.mark.parametrize("protocol", names("protocol"))
def test_every_protocol_has_it_reproducibly(protocol):
    fields = {"problem": "digits_mlp hidden=[9]", "server": "shards=2", "straggler": "exponential"}
    first, again = run(protocol, **fields), run(protocol, **fields)
    assert first.metrics == again.metrics
    assert all(found > 0.0 for found in eigenvalues(first))


@pytest.mark.slow
def test_of_a_recurrent_network_two_beginnings_find_the_same(monkeypatch):
    fields = {"problem": "digits_lstm", "workers": 1, "until": "updates=4", "record": "every_updates=4 curvature=true"}
    first = eigenvalues(run("local", **fields))
    monkeypatch.setattr("sim.cluster.player.draw_key", lambda generator: 12345)
    assert eigenvalues(run("local", **fields)) == pytest.approx(first, rel=0.01)


@pytest.mark.parametrize(
    ("problem", "message"),
    [
        ("none", "problem=none has no Hessian; choose a problem"),
        ("digits_cnn", "the gradients of problem=digits_cnn jump where a unit is rectified, and a difference of them"),
    ],
)
def test_what_has_no_hessian_that_can_be_measured_is_refused(problem, message):
    with pytest.raises(ValueError, match=rf"^record\.curvature: {message}"):
        run("hardsync", problem=problem)


def test_metrics_csv_has_the_column_where_it_was_recorded(tmp_path):
    for record, has in ((RECORD, True), ("every_updates=5", False)):
        run("async_ps", record=record, network="ideal", problem="quadratic").write(tmp_path)
        header = (tmp_path / "metrics.csv").read_text().splitlines()[0]
        assert header.endswith(",learning_rate,bytes_sent,largest_eigenvalue" if has else ",learning_rate,bytes_sent")
