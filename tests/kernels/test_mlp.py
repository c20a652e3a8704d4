"""Gradients and measures of multi-layer perceptrons."""

from __future__ import annotations

import hashlib
import math

import numba
import numpy as np
import pytest
import twins
from processes import AVX2, UNCOMPILED, compiled, elsewhere, misses, needs_avx2

from kernels import decay, matmul, mlp, scratch, softmax, squared, transpose
from kernels.contract import GRADIENT_FUNCTION

WIDTHS = [
    (64, 10),  # softmax regression
    (64, 128, 64, 10),  # the digits MLP
    (1, 2),
    (3, 1, 2),
    (17, 5, 33, 7),
    (20, 48, 3),
    (31, 32, 33, 40),
    (5, 9, 8, 7, 65, 4),
]
BATCHES = [1, 2, 7, 8, 32, 100]
# One output: regression.
REGRESSIONS = [(64, 1), (10, 32, 1), (17, 5, 33, 1)]
KINDS = [("tanh", "cross_entropy"), ("relu", "squared_error"), ("tanh", "squared_error")]


def scratch_of(widths, batch):
    """Scratch that no result may depend on."""
    return np.full(mlp.scratch_size(widths, batch), np.nan, dtype=np.float32)


def gradient(case, index=None, decay=0.0, spare=0, kind=()):
    """The gradient of a case; `spare` elements of x and out beyond the parameters are nan."""
    index = case.index if index is None else np.asarray(index)
    x = np.append(case.x, np.full(spare, np.nan, dtype=np.float32))
    out = np.full(len(x), np.nan, dtype=np.float32)
    mlp.gradient(
        x,
        out,
        index,
        np.uint64(0),
        case.inputs,
        case.labels.astype(np.float32),
        np.array(case.widths),
        mlp.settings(decay, *kind),
        scratch_of(case.widths, len(index)),
        np.full_like(x, np.nan),
    )
    return out


def evaluate(case, x=None, samples=None, decay=0.0, kind=()):
    """Loss, and accuracy or RMSE, of a case on its first samples."""
    measures = np.full(2, np.nan)
    mlp.evaluate(
        case.x if x is None else x,
        case.inputs[:samples],
        case.labels[:samples].astype(np.float32),
        np.array(case.widths),
        mlp.settings(decay, *kind),
        scratch_of(case.widths, 1),
        measures,
    )
    return measures


def error(case, found, decay=0.0, kind=()):
    """Largest error of a gradient, relative to its largest element."""
    inputs, labels = case.inputs[case.index], case.labels[case.index]
    exact = twins.gradient(case.x, inputs, labels, case.widths, decay, *kind)
    return np.abs(found - exact).max() / np.abs(exact).max()


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("widths", WIDTHS)
def test_gradient_matches_its_twin(widths, batch):
    # Sums of up to 128 products in float32, three layers up and down: measured at most 1.1e-6.
    case = twins.case(widths, batch)
    assert error(case, gradient(case)) <= 2e-6


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("kind", KINDS, ids=" ".join)
def test_gradient_of_other_activations_and_losses_matches_its_twin(kind, batch):
    for widths in REGRESSIONS if kind[1] == "squared_error" else WIDTHS:
        case = twins.case(widths, batch)
        assert error(case, gradient(case, kind=kind), kind=kind) <= 2e-6


@pytest.mark.parametrize("kind", [("relu", "cross_entropy"), *KINDS], ids=" ".join)
def test_the_twin_is_the_derivative_of_the_loss(kind):
    # Central differences of the float64 loss: error h^2 / 6 times a third derivative, plus 1e-16 / h of cancellation.
    case = twins.case((4, 6, 5, 3) if kind[1] == "cross_entropy" else (4, 6, 5, 1), 20)
    data = case.inputs[case.index], case.labels[case.index], case.widths, 0.1, *kind
    x, h = case.x.astype(np.float64), 1e-5
    steps = h * np.eye(len(x))
    slopes = [(twins.loss(x + step, *data) - twins.loss(x - step, *data)) / (2 * h) for step in steps]
    np.testing.assert_allclose(twins.gradient(x, *data), slopes, atol=1e-8)


def test_gradient_is_the_derivative_of_what_evaluate_measures():
    # Along one direction v of length 1. Each loss is good to about 1e-6, so a difference over 2h = 0.02 to 1e-4.
    case = twins.case((20, 48, 3), 150)
    v = np.random.default_rng(5).standard_normal(len(case.x))
    v /= np.linalg.norm(v)
    ahead, behind = (evaluate(case, (case.x + step * v).astype(np.float32))[0] for step in (0.01, -0.01))
    slope = gradient(case, np.arange(150)).astype(np.float64) @ v
    assert slope == pytest.approx((ahead - behind) / 0.02, abs=3e-4)


def test_decay_adds_its_share_of_every_parameter():
    case = twins.case((17, 5, 33, 7), 8)
    assert error(case, gradient(case, decay=0.3), decay=0.3) <= 2e-6


def test_a_repeated_sample_counts_twice():
    # mean(g_3, g_3, g_8) = (2 g_3 + g_8) / 3
    case = twins.case((20, 48, 3), 1)
    expected = (2 * gradient(case, [3]).astype(np.float64) + gradient(case, [8])) / 3
    np.testing.assert_allclose(gradient(case, [3, 3, 8]), expected, atol=2e-6 * np.abs(expected).max())


@compiled
@pytest.mark.parametrize("widths", WIDTHS)
def test_equal_arguments_give_equal_bits(widths):
    case = twins.case(widths, 32)
    np.testing.assert_array_equal(gradient(case), gradient(case))


@compiled
@pytest.mark.parametrize("widths", WIDTHS)
def test_bits_do_not_depend_on_where_the_arrays_lie(widths):
    case = twins.case(widths, 7)
    plain, batch = gradient(case), case.index
    moved = twins.Case(widths, case.x, case.inputs[batch], case.labels[batch], batch)
    np.testing.assert_array_equal(gradient(moved, np.arange(7)), plain)
    for shift in range(1, 4):  # a row that begins anywhere in a cache line
        moved.x = np.append(np.zeros(shift, dtype=np.float32), case.x)[shift:]
        np.testing.assert_array_equal(gradient(moved, np.arange(7)), plain)


@pytest.mark.parametrize("widths", WIDTHS)
def test_what_lies_beyond_the_parameters_is_neither_read_nor_written(widths):
    case = twins.case(widths, 9)
    out = gradient(case, decay=0.1, spare=16)
    assert np.isfinite(out[:-16]).all()
    assert np.isnan(out[-16:]).all()


@pytest.mark.parametrize("samples", [1, 31, 32, 33, 64, 150])
@pytest.mark.parametrize("widths", [(64, 10), (17, 5, 33, 7)])
def test_evaluate_matches_its_twin(widths, samples):
    case = twins.case(widths, 1)
    inputs, labels = case.inputs[:samples], case.labels[:samples]
    z, _ = twins.logits(case.x, inputs, widths)
    measures = evaluate(case, samples=samples, decay=0.01)
    assert measures[0] == pytest.approx(twins.loss(case.x, inputs, labels, widths, 0.01), rel=2e-6)
    assert measures[1] == (z.argmax(axis=1) == labels).mean()


@pytest.mark.parametrize("samples", [1, 32, 33, 150])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_evaluate_of_a_regression_measures_half_the_mean_square_and_its_root(activation, samples):
    case, kind = twins.case((17, 5, 33, 1), 1), (activation, "squared_error")
    outputs, _ = twins.logits(case.x, case.inputs[:samples], case.widths, activation)
    mean = np.square(outputs[:, 0] - case.labels[:samples]).mean()
    measures = evaluate(case, samples=samples, kind=kind)
    assert measures[0] == pytest.approx(mean / 2, rel=2e-6)
    assert measures[1] == pytest.approx(math.sqrt(mean), rel=2e-6)


def test_linear_regression_has_the_gradient_of_the_normal_equations():
    # x = (w, b) = (2, -1, 0.5), inputs (1, 0), (0, 2), (1, 1) and targets 1, 0, 1: the predictions are 2.5, -1.5 and
    # 1.5, the errors 1.5, -1.5 and 0.5. So dL/dw = ((1.5 + 0.5) / 3, (-3 + 0.5) / 3), dL/db = 0.5 / 3.
    case = twins.Case(
        (2, 1),
        np.array([2, -1, 0.5], dtype=np.float32),
        np.array([[1, 0], [0, 2], [1, 1]], dtype=np.float32),
        np.array([1, 0, 1]),
        np.arange(3),
    )
    expected = [2 / 3, -2.5 / 3, 0.5 / 3]
    np.testing.assert_allclose(gradient(case, kind=("relu", "squared_error")), expected, rtol=1e-6)


def test_settings_that_leave_out_the_codes_mean_relu_and_cross_entropy():
    case = twins.case((17, 5, 33, 7), 8)
    out, labels = np.zeros_like(case.x), case.labels.astype(np.float32)
    layout, scratch = np.array(case.widths), scratch_of(case.widths, 8)
    mlp.gradient(case.x, out, case.index, np.uint64(0), case.inputs, labels, layout, np.array([0.1]), scratch, case.x)
    np.testing.assert_array_equal(out, gradient(case, decay=0.1))


@pytest.mark.parametrize(("name", "value"), [("activation", "sigmoid"), ("loss", "hinge")])
def test_settings_refuse_an_unknown_name(name, value):
    with pytest.raises(ValueError, match=f"^{name}: must be one of .*, got '{value}'"):
        mlp.settings(**{name: value})


def test_zero_parameters_guess_at_random():
    # All classes equally likely: loss log 10; of equal logits the first counts, so class 0 is what is hit.
    case = twins.case((64, 10), 1)
    measures = evaluate(case, np.zeros_like(case.x))
    assert measures[0] == pytest.approx(math.log(10), rel=1e-7)
    assert measures[1] == (case.labels == 0).mean()


@pytest.mark.filterwarnings("ignore:invalid value")  # NumPy's, uncompiled
def test_divergence_stays_visible():
    case = twins.case((20, 48, 3), 8)
    case.x[5] = np.nan
    assert np.isnan(gradient(case)).any()
    assert np.isnan(evaluate(case)[0])


def test_parameters_counts_weights_and_biases():
    assert mlp.parameters([64, 128, 64, 10]) == 64 * 128 + 128 + 128 * 64 + 64 + 64 * 10 + 10


@pytest.mark.parametrize("layout", [[], [3], [3, 0, 2], [3, -1]])
def test_parameters_refuses_a_layout_without_layers(layout):
    with pytest.raises(ValueError, match="layout: needs two or more positive widths"):
        mlp.parameters(layout)


def test_initialise_draws_weights_of_he_s_variance_and_no_biases():
    x = mlp.initialise([200, 300, 10], np.random.default_rng(0))
    assert x.dtype == np.float32
    assert len(x) == mlp.parameters([200, 300, 10])
    first, bias = x[: 200 * 300], x[200 * 300 : 201 * 300]
    assert not bias.any()
    # The standard deviation of 60 000 draws has a relative error of 1 / sqrt(120 000) = 0.003.
    assert first.std() == pytest.approx(math.sqrt(2 / 200), rel=0.012)


def test_initialise_repeats_for_equal_generators():
    first, second = (mlp.initialise([5, 4, 3], np.random.default_rng(7)) for _ in range(2))
    np.testing.assert_array_equal(first, second)


@compiled
def test_a_kernel_can_be_handed_the_gradient():
    @numba.njit(numba.void(GRADIENT_FUNCTION["float32"], *GRADIENT_FUNCTION["float32"].signature.args))
    def play(function, x, out, index, key, inputs, targets, layout, settings, scratch, ahead):
        function(x, out, index, key, inputs, targets, layout, settings, scratch, ahead)

    case = twins.case((17, 5, 33, 7), 8)
    out, labels = np.zeros_like(case.x), case.labels.astype(np.float32)
    layout, scratch = np.array(case.widths), scratch_of(case.widths, 8)
    play(mlp.gradient, case.x, out, case.index, np.uint64(0), case.inputs, labels, layout, np.zeros(1), scratch, case.x)
    np.testing.assert_array_equal(out, gradient(case))


def digest():
    """Fingerprint of the bits of some gradients and measures."""
    bits = hashlib.sha256()
    for kind in [("relu", "cross_entropy"), *KINDS]:
        for widths in REGRESSIONS if kind[1] == "squared_error" else WIDTHS:
            case = twins.case(widths, 7)
            bits.update(gradient(case, decay=0.01, kind=kind).tobytes() + evaluate(case, kind=kind).tobytes())
    return bits.hexdigest()


def compilations():
    """Kernels of the family that this process had to compile."""
    return misses(mlp, matmul, softmax, squared, decay, scratch, transpose)


def error_of(widths, kind):
    """The error of one gradient, as computed here."""
    case = twins.case(widths, 7)
    return error(case, gradient(case, kind=kind), kind=kind)


@pytest.mark.slow
@compiled
def test_a_second_process_finds_everything_compiled():
    # This one has compiled the family if the cache was empty.
    assert elsewhere("test_mlp", "compilations()") == "[]"


@pytest.mark.slow
@compiled
@needs_avx2
def test_hosts_with_avx2_and_with_avx_512_agree_on_every_bit():
    assert elsewhere("test_mlp", "digest()", **AVX2) == digest()


@pytest.mark.slow
@compiled
def test_the_same_kernel_uncompiled_agrees_with_the_twin():
    found = elsewhere("test_mlp", "error_of((17, 5, 33, 1), ('tanh', 'squared_error'))", **UNCOMPILED)
    assert float(found) <= 2e-6
