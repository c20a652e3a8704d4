"""Every rule of compression as the executor calls it: error feedback, ranges, and the law of what is sent."""

import numpy as np
import pytest

from kernels.compress import LOW_RANK, MAJORITY, QUANTISE, RANDOM_K, SCALED_SIGN, TOP_K, VOTE, compress
from kernels.hashing import mix
from kernels.top_k import BUCKETS

# 64-bit hashes wrap around; uncompiled, NumPy warns that they do.
pytestmark = pytest.mark.filterwarnings("ignore:overflow encountered")

WORK = np.empty(BUCKETS, np.int64)
LOW, HIGH = np.array([2, 20]), np.array([14, 44])  # 36 parameters
INSIDE = np.r_[2:14, 20:44]
#: Rule: its coefficients; the matrix of the last one lies in the second range.
RULES = {
    TOP_K: [5.0],
    RANDOM_K: [5.0, 1.0],
    QUANTISE: [7.0, 0.0],
    VOTE: [],
    MAJORITY: [],
    SCALED_SIGN: [],
    LOW_RANK: [1.0, 1.0, 20.0, 6.0, 4.0],
}
FEEDBACK = TOP_K, RANDOM_K, SCALED_SIGN, LOW_RANK


def run(store, rule, states, number=0):
    """Slot 0: the gradient; 1, 2: states; 3, 4: new states; 5: what is sent."""
    slots = [0, *range(1, 1 + states), *range(3, 3 + states)]
    coefficients = np.array(RULES[rule] + [0.0] * 8)
    compress(
        store, rule, 5, states, np.array(slots), coefficients, LOW, HIGH, mix(np.uint64(99), np.uint64(number)), WORK
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("rule", RULES)
def test_what_is_outside_the_ranges_and_what_is_read_is_left_alone(rule, dtype):
    store = np.random.default_rng(rule).standard_normal((6, 48)).astype(dtype)
    before = store.copy()
    run(store, rule, {LOW_RANK: 2}.get(rule, 1 if rule in FEEDBACK else 0))
    np.testing.assert_array_equal(store[:3], before[:3])
    np.testing.assert_array_equal(np.delete(store[3:], INSIDE, axis=1), np.delete(before[3:], INSIDE, axis=1))


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float32, 1e-5), (np.float64, 1e-13)])
@pytest.mark.parametrize("rule", FEEDBACK)
def test_what_is_sent_and_what_is_left_add_up_to_the_gradients(rule, dtype, tolerance):
    generator = np.random.default_rng(1)
    store = np.zeros((6, 48), dtype)
    store[2] = generator.standard_normal(48)
    states = 2 if rule == LOW_RANK else 1
    total, sent = np.zeros(48), np.zeros(48)
    for number in range(30):
        store[0] = generator.standard_normal(48)
        total += store[0]
        run(store, rule, states, number)
        sent += store[5]
        store[1:3] = store[3:5]
    np.testing.assert_allclose((sent + store[1])[INSIDE], total[INSIDE], atol=30 * tolerance)


@pytest.mark.parametrize("rule", [TOP_K, RANDOM_K])
def test_what_is_sent_and_what_is_left_are_the_gradient_bit_for_bit(rule):
    store = np.random.default_rng(2).standard_normal((6, 48)).astype(np.float32)
    run(store, rule, 1)
    p = store[0] + store[1]
    np.testing.assert_array_equal((store[5] + store[3])[INSIDE], p[INSIDE])
    assert np.count_nonzero(store[5][INSIDE]) == 5


def test_the_error_of_top_k_contracts():
    # |p - C(p)|^2 <= (1 - k / d) |p|^2 (Stich, Cordonnier and Jaggi 2018, Lemma A.1).
    store = np.random.default_rng(3).standard_normal((6, 48))
    run(store, TOP_K, 1)
    p = (store[0] + store[1])[INSIDE]
    assert (store[3][INSIDE] ** 2).sum() <= (1 - 5 / 36) * (p @ p)


def test_the_error_of_random_k_contracts_on_average():
    # The same holds for random elements, as an expectation and with equality.
    store = np.random.default_rng(4).standard_normal((6, 48))
    p, squares = (store[0] + store[1])[INSIDE], []
    for number in range(2000):
        run(store, RANDOM_K, 1, number)
        squares.append((store[3][INSIDE] ** 2).sum())
    assert np.mean(squares) == pytest.approx((1 - 5 / 36) * (p @ p), rel=0.02)


def test_the_error_of_scaled_signs_contracts():
    # |p - |p|_1/d sign p|^2 = |p|_2^2 - |p|_1^2/d (Karimireddy et al. 2019, Lemma 8).
    store = np.random.default_rng(5).standard_normal((6, 48))
    run(store, SCALED_SIGN, 1)
    p = (store[0] + store[1])[INSIDE]
    assert (store[3][INSIDE] ** 2).sum() == pytest.approx(p @ p - abs(p).sum() ** 2 / 36, rel=1e-12)


def test_a_vote_is_one_bit_and_a_tally_may_be_even():
    store = np.zeros((6, 48))
    run(store, VOTE, 0)
    assert (store[5][INSIDE] == 1.0).all()
    run(store, MAJORITY, 0)
    assert (store[5][INSIDE] == 0.0).all()


def test_low_rank_sends_what_is_no_matrix_as_it_is():
    store = np.random.default_rng(6).standard_normal((6, 48))
    run(store, LOW_RANK, 2)
    np.testing.assert_array_equal(store[5][2:14], (store[0] + store[1])[2:14])
    assert (store[3][2:14] == 0.0).all()
    assert np.linalg.matrix_rank(store[5][20:44].reshape(6, 4)) == 1


@pytest.mark.parametrize("rule", [RANDOM_K, QUANTISE])
def test_every_message_has_choices_of_its_own(rule):
    store = np.random.default_rng(7).standard_normal((6, 48))
    sent = []
    for number in (0, 0, 1):
        run(store, rule, 0, number)
        sent.append(store[5].copy())
    np.testing.assert_array_equal(sent[0], sent[1])
    assert (sent[0] != sent[2]).any()
