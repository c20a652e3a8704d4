"""Gradients and measures of long short-term memory."""

from __future__ import annotations

import hashlib
from typing import Any

import lstm_twin
import numpy as np
import pytest
from lstm_twin import Case, Network
from processes import AVX2, UNCOMPILED, compiled, elsewhere, needs_avx2

from kernels import lstm

Array = np.ndarray[Any, Any]

DIGITS: Network = (8, 8, 10, (32,))
NETWORKS: list[Network] = [
    DIGITS,
    (1, 5, 3, (4,)),  # a single step
    (5, 1, 2, (1,)),  # one unit
    (6, 3, 4, (16, 16)),
    (4, 7, 17, (5, 33, 3)),  # three layers of odd widths
    (3, 40, 2, (20,)),
]


def layout(network: Network) -> Array:
    steps, features, classes, widths = network
    return lstm.layout(steps, features, classes, widths)


def scratch(network: Network, batch: int) -> Array:
    """Scratch that no result may depend on."""
    return np.full(lstm.scratch_size(layout(network), batch), np.nan, np.float32)


def gradient(case: Case, index: Any = None, decay: float = 0.0, spare: int = 0) -> Array:
    """The gradient of a case; `spare` elements of x and out beyond the parameters are nan."""
    index = case.index if index is None else np.asarray(index)
    x = np.append(case.x, np.full(spare, np.nan, np.float32))
    out = np.full(len(x), np.nan, np.float32)
    labels, work = case.labels.astype(np.float32), scratch(case.network, len(index))
    ahead, settings = np.full_like(x, np.nan), np.array([decay])
    lstm.gradient(x, out, index, np.uint64(0), case.inputs, labels, layout(case.network), settings, work, ahead)
    return out


def evaluate(case: Case, x: Array | None = None, decay: float = 0.0) -> Array:
    measures, x = np.full(2, np.nan), case.x if x is None else x
    labels, work = case.labels.astype(np.float32), scratch(case.network, 1)
    lstm.evaluate(x, case.inputs, labels, layout(case.network), np.array([decay]), work, measures)
    return measures


def error(case: Case, found: Array, decay: float = 0.0) -> float:
    """Largest error of a gradient, relative to its largest element."""
    exact = lstm_twin.gradient(case.x, case.inputs[case.index], case.labels[case.index], case.network, decay)
    return float(np.abs(found - exact).max() / np.abs(exact).max())


def error_of(number: int) -> float:
    case = lstm_twin.case(NETWORKS[number], 7)
    return error(case, gradient(case))


def digest() -> str:
    case = lstm_twin.case(NETWORKS[4], 19)
    return hashlib.sha256(gradient(case).tobytes() + evaluate(case).tobytes()).hexdigest()


@pytest.mark.parametrize("batch", [1, 7, 33])
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_gradient_matches_its_twin(network: Network, batch: int) -> None:
    case = lstm_twin.case(network, batch)
    assert error(case, gradient(case, decay=0.1), decay=0.1) <= 5e-6


@pytest.mark.parametrize("network", NETWORKS[1:4], ids=str)
def test_the_twin_is_the_derivative_of_the_loss(network: Network) -> None:
    # Central differences of the float64 loss: error h^2 / 6 times a third derivative, plus 1e-16 / h of cancellation.
    case = lstm_twin.case(network, 3)
    data = case.inputs[case.index], case.labels[case.index], case.network, 0.1
    x, h = case.x.astype(np.float64), 1e-5
    found = lstm_twin.gradient(x, *data)
    for place in range(0, len(x), max(1, len(x) // 60)):
        step = h * (np.arange(len(x)) == place)
        slope = (lstm_twin.loss(x + step, *data) - lstm_twin.loss(x - step, *data)) / (2 * h)
        assert found[place] == pytest.approx(slope, abs=1e-8)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_measures_match_their_twin(network: Network) -> None:
    case = lstm_twin.case(network, 1)
    loss, right = evaluate(case, decay=0.2)
    logits = np.array([lstm_twin.logits(case.x, sample, network)[0] for sample in case.inputs])
    assert loss == pytest.approx(lstm_twin.loss(case.x, case.inputs, case.labels, network, 0.2), rel=1e-5)
    assert right == np.mean(logits.argmax(axis=1) == case.labels)


def test_what_lies_beyond_the_parameters_is_left_alone() -> None:
    case = lstm_twin.case(DIGITS, 4)
    padded = gradient(case, spare=5)
    assert np.isnan(padded[-5:]).all()
    assert (padded[:-5] == gradient(case)).all()


def test_a_repeated_sample_counts_twice() -> None:
    case = lstm_twin.case(DIGITS, 1)
    expected = (2 * gradient(case, [3]).astype(np.float64) + gradient(case, [8])) / 3
    np.testing.assert_allclose(gradient(case, [3, 3, 8]), expected, atol=5e-6 * np.abs(expected).max())


def test_it_starts_with_open_forget_gates() -> None:
    x = lstm.initialise(layout(NETWORKS[3]), np.random.default_rng(0))
    assert len(x) == lstm.parameters(layout(NETWORKS[3]))
    first, second, dense = lstm_twin.arrays(x, NETWORKS[3])
    for w in (first, second):
        assert (w[-1].reshape(4, -1) == [[0.0], [1.0], [0.0], [0.0]]).all()
        assert w[:-1].std() == pytest.approx((len(w) - 1) ** -0.5, rel=0.1)
    assert (dense[-1] == 0.0).all()


@pytest.mark.parametrize("numbers", [(0, 8, 10, (4,)), (8, 8, 10, ()), (8, 8, 10, (4, 0))])
def test_what_is_no_network_is_refused(numbers: Network) -> None:
    with pytest.raises(ValueError, match="layout: needs positive numbers and a layer"):
        layout(numbers)


@compiled
@needs_avx2
@pytest.mark.slow
def test_bits_do_not_depend_on_the_width_of_the_registers() -> None:
    assert elsewhere("test_lstm", "digest()", **AVX2) == digest()


@pytest.mark.slow
def test_uncompiled_code_computes_the_same() -> None:
    assert float(elsewhere("test_lstm", "error_of(4)", **UNCOMPILED)) <= 5e-6
