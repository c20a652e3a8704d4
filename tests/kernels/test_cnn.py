"""Gradients and measures of convolutional networks."""

from __future__ import annotations

import hashlib
import math

import cnn_twin
import numpy as np
import pytest
import twins
from processes import AVX2, UNCOMPILED, compiled, elsewhere, misses, needs_avx2

from kernels import cnn, convolution, decay, layer, scratch, softmax, tensordot, transpose

# Image, (kernel, filters, pool) of each convolution, dense widths.
DIGITS = (8, 8, 1), ((3, 16, 1), (3, 32, 1)), (10,)
FASHION = (28, 28, 1), ((3, 16, 1), (3, 32, 1)), (10,)
NETWORKS = [
    DIGITS,
    ((8, 8, 1), ((3, 16, 0), (3, 32, 0)), (10,)),  # nothing pooled
    ((8, 8, 3), ((5, 17, 1), (3, 5, 1)), (16, 10)),
    ((7, 9, 3), ((5, 5, 1), (3, 17, 0)), (12, 4)),  # odd sizes: pooling drops a row and a column
    ((5, 5, 16), ((3, 32, 0),), (3,)),
    ((9, 11, 5), ((3, 33, 1), (5, 16, 1), (3, 1, 0)), (8,)),  # deep: 9 x 11, 4 x 5, 2 x 2
    ((3, 3, 2), ((5, 3, 1),), (2,)),  # a window larger than the image
    ((2, 7, 32), ((3, 8, 0), (5, 8, 0), (3, 40, 1)), (33, 20, 17)),
    ((4, 6, 1), (), (7, 3)),  # no convolution
    ((4, 1, 3), ((3, 4, 0), (5, 6, 0)), (3,)),  # a single column
]
BATCHES = [1, 2, 7, 32, 100]


def layout_of(network):
    image, convolutions, dense = network
    blocks = [cnn.Convolution(filters, kernel, bool(pool)) for kernel, filters, pool in convolutions]
    return cnn.layout(image, blocks, dense)


def scratch_of(network, batch):
    """Scratch that no result may depend on."""
    return np.full(cnn.scratch_size(layout_of(network), batch), np.nan, dtype=np.float32)


def gradient(case, index=None, decay=0.0, spare=0):
    """The gradient of a case; `spare` elements of x and out beyond the parameters are nan."""
    index = case.index if index is None else np.asarray(index)
    x = np.append(case.x, np.full(spare, np.nan, dtype=np.float32))
    out = np.full(len(x), np.nan, dtype=np.float32)
    cnn.gradient(
        x,
        out,
        index,
        np.uint64(0),
        case.inputs,
        case.labels.astype(np.float32),
        layout_of(case.network),
        np.array([decay]),
        scratch_of(case.network, len(index)),
        np.full_like(x, np.nan),
    )
    return out


def evaluate(case, x=None, samples=None, decay=0.0):
    """Loss and accuracy of a case, on its first samples."""
    measures = np.full(2, np.nan)
    cnn.evaluate(
        case.x if x is None else x,
        case.inputs[:samples],
        case.labels[:samples].astype(np.float32),
        layout_of(case.network),
        np.array([decay]),
        scratch_of(case.network, 1),
        measures,
    )
    return measures


def error(case, found, decay=0.0):
    """Largest error of a gradient, relative to its largest element."""
    exact = cnn_twin.gradient(case.x, case.inputs[case.index], case.labels[case.index], case.network, decay)
    return np.abs(found - exact).max() / np.abs(exact).max()


@pytest.mark.parametrize("batch", BATCHES)
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_gradient_matches_its_twin(network, batch):
    # Float32 sums of up to some hundred products, then of the rows of an image: measured at most 1e-6.
    case = cnn_twin.case(network, batch)
    assert error(case, gradient(case)) <= 2e-6


def test_gradient_of_a_larger_image_matches_its_twin():
    case = cnn_twin.case(FASHION, 20)
    assert error(case, gradient(case)) <= 2e-6


@pytest.mark.parametrize("convolutions", [((3, 2, 1), (3, 3, 0)), ((5, 2, 0), (3, 2, 1)), ()])
def test_the_twin_is_the_derivative_of_the_loss(convolutions):
    # Central differences of the float64 loss: error h^2 / 6 times a third derivative, plus 1e-16 / h of cancellation.
    case = cnn_twin.case(((5, 4, 2), convolutions, (4, 3)), 6)
    data = case.inputs[case.index], case.labels[case.index], case.network, 0.1
    x, h = case.x.astype(np.float64), 1e-6
    steps = h * np.eye(len(x))
    slopes = [(cnn_twin.loss(x + step, *data) - cnn_twin.loss(x - step, *data)) / (2 * h) for step in steps]
    np.testing.assert_allclose(cnn_twin.gradient(x, *data), slopes, atol=1e-8)


def test_gradient_is_the_derivative_of_what_evaluate_measures():
    # Along one direction v of length 1. Each loss is good to about 1e-6, so a difference over 2h = 0.02 to 1e-4.
    case = cnn_twin.case(NETWORKS[3], 1)
    v = np.random.default_rng(5).standard_normal(len(case.x))
    v /= np.linalg.norm(v)
    ahead, behind = (evaluate(case, (case.x + step * v).astype(np.float32))[0] for step in (0.01, -0.01))
    slope = gradient(case, np.arange(120)).astype(np.float64) @ v
    assert slope == pytest.approx((ahead - behind) / 0.02, abs=1e-3)


def test_decay_adds_its_share_of_every_parameter():
    case = cnn_twin.case(DIGITS, 8)
    assert error(case, gradient(case, decay=0.3), decay=0.3) <= 2e-6


def test_a_repeated_sample_counts_twice():
    # mean(g_3, g_3, g_8) = (2 g_3 + g_8) / 3
    case = cnn_twin.case(DIGITS, 1)
    expected = (2 * gradient(case, [3]).astype(np.float64) + gradient(case, [8])) / 3
    np.testing.assert_allclose(gradient(case, [3, 3, 8]), expected, atol=2e-6 * np.abs(expected).max())


def test_a_batch_of_several_groups_is_the_mean_of_its_parts():
    # 100 samples of 28 x 28 pixels are 12 groups of 8 and one of 4.
    case = cnn_twin.case(FASHION, 100)
    halves = [gradient(case, case.index[part]).astype(np.float64) for part in (slice(0, 50), slice(50, 100))]
    expected = (halves[0] + halves[1]) / 2
    np.testing.assert_allclose(gradient(case), expected, atol=2e-6 * np.abs(expected).max())


def test_the_scratch_does_not_grow_with_the_batch():
    assert cnn.scratch_size(layout_of(FASHION), 10_000) == cnn.scratch_size(layout_of(FASHION), 1)


def identity(image):
    """One image, and a network that pools its very pixels; its logits are the pooled value and the opposite of it."""
    window = np.zeros((3, 3), dtype=np.float32)
    window[1, 1] = 1
    x = np.concatenate([window.ravel(), [0], [1, -1], [0, 0]]).astype(np.float32)
    pixels = np.array(image, dtype=np.float32)
    network = (*pixels.shape, 1), ((3, 1, 1),), (2,)
    return cnn_twin.Case(network, x, pixels.reshape(1, -1), np.array([0]), np.array([0]))


def test_pooling_drops_an_odd_last_row_and_column():
    # The largest of the upper left square is 2: logits 2 and -2. Float32 rounds 1 + exp(-4) by up to 2^-24.
    measures = evaluate(identity([[1, 2, 9], [1, 1, 9], [9, 9, 9]]))
    assert measures[0] == pytest.approx(math.log(1 + math.exp(-4)), abs=2.0**-23)


def test_of_equal_pixels_the_first_gets_the_gradient():
    # All four sums are 1, and the first is taken. Its window sees, from its middle on, the pixels on the right and
    # below: those places get a gradient. Had the last been taken, they would be the places on the left and above.
    case = identity([[1, 1], [1, 1]])
    # Logits 1 and -1, class 0: d loss / d logits = (-p, p), which through the weights (1, -1) is -2 p.
    p = math.exp(-1) / (math.exp(1) + math.exp(-1))
    expected = -2 * p * np.array([[0, 0, 0], [0, 1, 1], [0, 1, 1]])
    np.testing.assert_allclose(gradient(case)[:9].reshape(3, 3), expected, rtol=1e-6)


@compiled
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_equal_arguments_give_equal_bits(network):
    case = cnn_twin.case(network, 32)
    np.testing.assert_array_equal(gradient(case), gradient(case))


@compiled
@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_bits_do_not_depend_on_where_the_arrays_lie(network):
    case = cnn_twin.case(network, 7)
    plain, batch = gradient(case), case.index
    moved = cnn_twin.Case(network, case.x, case.inputs[batch], case.labels[batch], batch)
    for shift in range(4):  # a row that begins anywhere in a cache line
        moved.x = np.append(np.zeros(shift, dtype=np.float32), case.x)[shift:]
        np.testing.assert_array_equal(gradient(moved, np.arange(7)), plain)


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_what_lies_beyond_the_parameters_is_neither_read_nor_written(network):
    out = gradient(cnn_twin.case(network, 9), decay=0.1, spare=16)
    assert np.isfinite(out[:-16]).all()
    assert np.isnan(out[-16:]).all()


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_nothing_is_written_beyond_the_scratch(network):
    case, layout = cnn_twin.case(network, 100), layout_of(network)
    size, measures = cnn.scratch_size(layout, 100), np.zeros(2)
    work, labels = np.full(size + 64, 7, dtype=np.float32), case.labels.astype(np.float32)
    for shift in (0, 1):
        part = work[shift : shift + size]
        out = np.zeros_like(case.x)
        cnn.gradient(case.x, out, case.index, np.uint64(0), case.inputs, labels, layout, np.zeros(1), part, case.x)
        cnn.evaluate(case.x, case.inputs, labels, layout, np.zeros(1), part, measures)
        assert (work[shift + size :] == 7).all()


@pytest.mark.parametrize("samples", [1, 7, 64, 120])
@pytest.mark.parametrize("network", NETWORKS[:4], ids=str)
def test_evaluate_matches_its_twin(network, samples):
    case = cnn_twin.case(network, 1)
    inputs, labels = case.inputs[:samples], case.labels[:samples]
    z, _ = cnn_twin.forward(case.x, inputs, network)
    measures = evaluate(case, samples=samples, decay=0.01)
    assert measures[0] == pytest.approx(cnn_twin.loss(case.x, inputs, labels, network, 0.01), rel=2e-6)
    assert measures[1] == (z.argmax(axis=1) == labels).mean()


def test_zero_parameters_guess_at_random():
    # All classes equally likely: loss log 10; of equal logits the first counts, so class 0 is what is hit.
    case = cnn_twin.case(DIGITS, 1)
    measures = evaluate(case, np.zeros_like(case.x))
    assert measures[0] == pytest.approx(math.log(10), rel=1e-7)
    assert measures[1] == (case.labels == 0).mean()


@pytest.mark.filterwarnings("ignore:invalid value")  # NumPy's, uncompiled
def test_divergence_stays_visible():
    case = cnn_twin.case(DIGITS, 8)
    case.x[5] = np.nan
    assert np.isnan(gradient(case)).any()
    assert np.isnan(evaluate(case)[0])


def test_a_network_without_convolutions_is_a_perceptron():
    case = cnn_twin.case(((4, 6, 1), (), (7, 3)), 32)
    inputs, labels = case.inputs[case.index], case.labels[case.index]
    expected = twins.gradient(case.x, inputs, labels, (24, 7, 3))
    np.testing.assert_allclose(gradient(case), expected, atol=2e-6 * np.abs(expected).max())


def test_layout_lists_image_convolutions_and_dense_widths():
    blocks = [cnn.Convolution(16), cnn.Convolution(32, kernel=5, pool=False)]
    assert cnn.layout((28, 28, 1), blocks, [64, 10]).tolist() == [28, 28, 1, 2, 3, 16, 1, 5, 32, 0, 64, 10]


def test_parameters_counts_weights_and_biases():
    # 8 x 8 pooled twice is 2 x 2.
    assert cnn.parameters(layout_of(DIGITS)) == 9 * 16 + 16 + 9 * 16 * 32 + 32 + 4 * 32 * 10 + 10
    assert cnn.parameters(layout_of(FASHION)) == 20_490


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (((8, 8, 1), [cnn.Convolution(16)], []), "too short"),
        (((8, 0, 1), [cnn.Convolution(16)], [10]), "must be positive"),
        (((8, 8, 1), [cnn.Convolution(0)], [10]), "must be positive"),
        (((8, 8, 1), [cnn.Convolution(16, kernel=4)], [10]), r"a kernel is 3 or 5, got \[4\]"),
        (((3, 8, 1), [cnn.Convolution(16), cnn.Convolution(16)], [10]), "a 3 x 8 image cannot be halved 2 times"),
    ],
)
def test_layout_refuses_what_is_no_network(arguments, message):
    with pytest.raises(ValueError, match=f"layout: .*{message}"):
        cnn.layout(*arguments)


def test_initialise_draws_weights_of_he_s_variance_and_no_biases():
    layout = cnn.layout((8, 8, 3), [cnn.Convolution(200, pool=False), cnn.Convolution(100)], [10])
    x = cnn.initialise(layout, np.random.default_rng(0))
    assert x.dtype == np.float32
    start = 27 * 200
    assert not x[start : start + 200].any()
    # The standard deviation of 180 000 draws has a relative error of 1 / sqrt(360 000) = 0.0017.
    second = x[start + 200 : start + 200 + 9 * 200 * 100]
    assert second.std() == pytest.approx(math.sqrt(2 / (9 * 200)), rel=0.007)


def digest():
    """Fingerprint of the bits of some gradients and measures."""
    bits = hashlib.sha256()
    for network in NETWORKS:
        case = cnn_twin.case(network, 9)
        bits.update(gradient(case, decay=0.01).tobytes() + evaluate(case).tobytes())
    return bits.hexdigest()


def compilations():
    """Kernels of the family that this process had to compile."""
    return misses(cnn, convolution, decay, layer, scratch, softmax, tensordot, transpose)


def error_of(number):
    """The error of one gradient, as computed here."""
    case = cnn_twin.case(NETWORKS[number], 7)
    return error(case, gradient(case))


@pytest.mark.slow
@compiled
def test_a_second_process_finds_everything_compiled():
    # This one has compiled the family if the cache was empty.
    assert elsewhere("test_cnn", "compilations()") == "[]"


@pytest.mark.slow
@compiled
@needs_avx2
def test_hosts_with_avx2_and_with_avx_512_agree_on_every_bit():
    assert elsewhere("test_cnn", "digest()", **AVX2) == digest()


@pytest.mark.slow
@compiled
def test_the_same_kernel_uncompiled_agrees_with_the_twin_even_on_images_of_a_single_column():
    # Of the five columns of a window about the only one, the two on either side see nothing.
    odd, column = elsewhere("test_cnn", "error_of(3), test_cnn.error_of(-1)", **UNCOMPILED).split()
    assert float(odd) <= 2e-6
    assert float(column) <= 2e-6


@pytest.mark.slow
@compiled
def test_perceptrons_do_not_wait_for_convolutions():
    modules = elsewhere("kernels.mlp", "__name__, 'kernels.cnn' in __import__('sys').modules")
    assert modules == "kernels.mlp False"
