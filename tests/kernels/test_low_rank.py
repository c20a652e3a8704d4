"""Low-rank products against NumPy's QR decomposition, and what they promise of a matrix."""

import numpy as np
import pytest

from kernels.low_rank import low_rank

# 64-bit hashes wrap around; uncompiled, NumPy warns that they do.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")

TOLERANCES = [(np.float32, 2e-5), (np.float64, 1e-12)]


def powered(matrix, start):
    """``P Q^T``, P and Q as matrices, from the rank columns of `start`."""
    (rows, columns), rank = matrix.shape, start.shape[1]
    out = np.full(rows * columns, 7.0, matrix.dtype)
    factors = np.full(rank * (rows + columns), 7.0, matrix.dtype)
    low_rank(matrix.ravel(), out, np.ascontiguousarray(start.T).ravel(), factors, rows, columns, rank)
    q, p = factors[: rank * columns].reshape(rank, columns).T, factors[rank * columns :].reshape(rank, rows).T
    return out.reshape(rows, columns), p, q


def case(rows, columns, rank, dtype, of_rank=None):
    generator = np.random.default_rng([rows, columns, rank])
    matrix = generator.standard_normal((rows, columns))
    if of_rank is not None:
        matrix = generator.standard_normal((rows, of_rank)) @ generator.standard_normal((of_rank, columns))
    return matrix.astype(dtype), generator.standard_normal((columns, rank)).astype(dtype)


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize("shape", [(8, 5), (5, 8), (30, 20)])
@pytest.mark.parametrize("rank", [1, 2, 3])
def test_a_product_equals_its_twin(dtype, tolerance, shape, rank):
    matrix, start = case(*shape, rank, dtype)
    wide = matrix.astype(np.float64)
    p = np.linalg.qr(wide @ start)[0]  # another sign of a column changes neither P P^T nor P Q^T
    out, mine, q = powered(matrix, start)
    np.testing.assert_allclose(out, p @ (p.T @ wide), atol=tolerance * 10)
    np.testing.assert_allclose(mine @ mine.T, p @ p.T, atol=tolerance)
    np.testing.assert_allclose(q, wide.T @ mine, atol=tolerance * 10)
    np.testing.assert_allclose(mine.T @ mine, np.eye(rank), atol=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), TOLERANCES)
@pytest.mark.parametrize(("of_rank", "rank"), [(1, 1), (1, 3), (2, 2), (2, 4), (0, 2)])
def test_a_matrix_of_no_higher_rank_is_kept_as_it_is(dtype, tolerance, of_rank, rank):
    matrix, start = case(12, 9, rank, dtype, of_rank)
    out, p, q = powered(matrix, start)
    np.testing.assert_allclose(out, matrix, atol=20 * tolerance)
    lost = ~p.any(axis=0)
    assert lost.sum() == rank - of_rank
    orthonormal = np.linalg.qr(start.astype(np.float64))[0]
    q, orthonormal = q[:, lost], orthonormal[:, lost]  # and the next step may find a direction there
    np.testing.assert_allclose(abs((q * orthonormal).sum(axis=0)), 1.0, rtol=20 * tolerance)


def test_a_start_without_directions_is_given_some():
    matrix, start = case(30, 20, 4, np.float64)
    start[:, 1], start[:, 2] = 0.0, 3.0 * start[:, 0]
    _, p, q = powered(matrix, start)
    np.testing.assert_allclose(p.T @ p, np.eye(4), atol=1e-12)
    assert np.linalg.matrix_rank(q) == 4


def test_repeated_on_one_matrix_it_finds_the_best_approximation():
    # The power method: errors fall like (s_3 / s_2)^(2 steps) to what the singular values beyond the second leave.
    matrix, start = case(15, 10, 2, np.float64)
    for _ in range(300):
        out, _, start = powered(matrix, start)
    rest = np.linalg.svd(matrix, compute_uv=False)[2:]
    assert np.linalg.norm(matrix - out) == pytest.approx(np.sqrt((rest**2).sum()), rel=1e-6)


@pytest.mark.filterwarnings("ignore:invalid value")  # NumPy's, uncompiled
def test_what_is_not_a_number_shows():
    matrix, start = case(4, 3, 1, np.float64)
    matrix[1, 1] = np.nan
    assert np.isnan(powered(matrix, start)[0]).any()
    matrix[1, 1] = np.inf
    assert np.isnan(powered(matrix, start)[0]).any()
