"""Tyurin and Richtarik 2023, Maranjyan et al. 2025: how long SGD takes at best where workers are unequally fast.

Worker i takes tau_i for a gradient of variance sigma^2, f is L-smooth and Delta above its minimum. Whatever a method
does, there is an f on which E|grad f|^2 <= eps takes, but for a constant,

    B = min_m (1/m sum_{i<=m} 1/tau_i)^-1 (L Delta / eps) (1 + sigma^2 / (m eps)),

the m fastest workers at work. With S = R = sigma^2 / eps it is L Delta / eps times b = `least_seconds(tau, S)`.
"""

import heapq
import math

import numpy as np
import pytest
from on_the_clock import seconds_of_an_update
from unequal_workers import at_fixed_speeds, least_seconds

N, S = 16, 8
RANKS = np.arange(1, N + 1)
PROFILES = {
    "equal": np.ones(N),
    "roots": np.sqrt(RANKS),
    "ranks": 1.0 * RANKS,
    "squares": 1.0 * RANKS**2,
    "one slow": np.where(RANKS < N, 1.0, 1000.0),
    "half slow": np.where(RANKS <= N // 2, 1.0, 1000.0),
    "one fast": np.where(RANKS == 1, 1.0, 1000.0),
}
#: No two of these workers are ever done at one instant.
INCOMMENSURABLE = [
    np.sqrt([2.0, 3.0, 5.0, 7.0, 11.0]),
    np.random.default_rng(1).uniform(1.0, 2.0, 12),
    np.random.default_rng(2).uniform(0.1, 1.0, 9) ** 3,
]
RINGMASTERS = [f"ringmaster threshold={S}", f"ringmaster threshold={S} late=abandon"]


# -- the schedules, exactly


@pytest.mark.parametrize("tau", INCOMMENSURABLE, ids=len)
@pytest.mark.parametrize("k", [1, 4, 23])
def test_rennala_updates_when_so_many_gradients_have_been_begun_at_the_model_and_are_complete(tau, k):
    # Nobody ever pauses, so worker i is done at the multiples of tau_i. At the model of t it begins at the first of
    # them from t on, t_i, and the update comes at the least time with sum_i floor((time - t_i) / tau_i) >= k: the k-th
    # of all t_i + tau_i, t_i + 2 tau_i, ...
    updates = [0.0]
    for _ in range(60):
        begun = np.ceil(updates[-1] / tau - 1e-9) * tau
        updates.append(np.sort(begun + np.arange(1, k + 1)[:, None] * tau, axis=None)[k - 1])
    result = at_fixed_speeds(f"rennala k={k}", tau, 60)
    np.testing.assert_allclose(result.trajectory.seconds, updates, rtol=0, atol=1e-9)
    assert result.staleness == {0: 60 * k}
    # Without noise an update is x - lr x, whoever's gradients it is made of.
    np.testing.assert_allclose(result.trajectory.x[:, 0], 0.9 ** np.arange(61), rtol=1e-12)


def ringmaster(tau, threshold, updates, abandons):
    """Algorithms 4 and 5 of Maranjyan et al. on x^2 / 2 from x = 1 with lr = 0.1: times, models, stalenesses."""
    seconds, x, stalenesses = [0.0], [1.0], []
    under_way = [(tau[i], i, 0) for i in range(len(tau))]  # done when, whose, taken at which version
    heapq.heapify(under_way)
    while len(x) <= updates:
        now, i, version = heapq.heappop(under_way)
        delay = len(x) - 1 - version
        if delay < threshold:
            x.append(x[-1] - 0.1 * x[version])
            seconds.append(now)
            stalenesses.append(delay)
        k = len(x) - 1
        heapq.heappush(under_way, (now + tau[i], i, k))
        if abandons:
            under_way = [
                (now + tau[j], j, k) if k - taken >= threshold else (done, j, taken) for done, j, taken in under_way
            ]
            heapq.heapify(under_way)
    return seconds, x, stalenesses


@pytest.mark.parametrize("tau", INCOMMENSURABLE, ids=len)
@pytest.mark.parametrize("threshold", [1, 3, 10, 1000])
@pytest.mark.parametrize("late", ["finish", "abandon"])
def test_ringmaster_is_its_algorithms_update_by_update(tau, threshold, late):
    seconds, x, stalenesses = ringmaster(tau, threshold, 150, late == "abandon")
    result = at_fixed_speeds(f"ringmaster threshold={threshold} late={late}", tau, 150)
    np.testing.assert_allclose(result.trajectory.seconds, seconds, rtol=0, atol=1e-9)
    np.testing.assert_allclose(result.trajectory.x[:, 0], x, rtol=1e-12)
    assert result.staleness == {delay: stalenesses.count(delay) for delay in sorted(set(stalenesses))}


@pytest.mark.parametrize("k", [1, 5, 16])
def test_equal_workers_of_rennala_waste_what_they_have_begun_at_the_model_before(k):
    # They take turns, one each 1/P s. After an update all but one are computing at the old model: P - 1 gradients are
    # dropped, and the k that follow count. With K-batch-sync they would begin anew: ceil(k / P).
    workers = 8
    seconds = seconds_of_an_update(f"rennala k={k}", workers, 400, straggler="none")
    assert seconds == pytest.approx((workers - 1 + k) / workers, rel=0.01)


@pytest.mark.parametrize("threshold", [1, 5, 8, 20])
def test_of_equal_workers_ringmaster_applies_as_many_gradients_of_each_turn_as_its_threshold(threshold):
    # A gradient is as stale as gradients have been applied among the P - 1 before it; it is applied where they are
    # fewer than R. So R of any P in a row are, or all.
    workers = 8
    seconds = seconds_of_an_update(f"ringmaster threshold={threshold}", workers, 800, straggler="none")
    assert seconds == pytest.approx(1 / min(threshold, workers), rel=0.02)


def test_a_worker_whose_gradient_is_too_stale_begins_anew_when_a_model_reaches_it():
    # A gradient takes worker 0 one second and worker 1 ten; a model or a gradient of 2.5e8 B takes 0.25 s through a
    # link of 1e9 B/s, two models through the server's 0.5 s. Two at the start, worker 0's gradient, its push, the
    # answer, another gradient and its push: at 3.25 s there are two updates, worker 1's gradient has become as stale as
    # the threshold, and both are sent a model. So it goes on: two pushes and three models for two updates, and worker 1
    # never finishes.
    result = at_fixed_speeds(
        "ringmaster threshold=2 late=abandon",
        [1.0, 10.0],
        200,
        problem="none",
        network="single_switch bandwidth_gbps=8 latency_us=0",
        workload="synthetic seconds=5.5 bytes=2.5e8",
        record="trajectory=false",
    )
    assert result.summary.virtual_seconds == pytest.approx(100 * 3.25)
    assert result.summary.gradients == 200
    assert result.staleness == {0: 200}
    assert result.summary.bytes_sent == pytest.approx(100 * 5 * 2.5e8, rel=0.01)


# -- the bounds of the papers, at every update


@pytest.mark.parametrize("profile", PROFILES)
def test_every_update_of_rennala_takes_half_to_twice_a_step_of_the_lower_bound(profile):
    # Worker i is done with what is stale within tau_i, so after t it has given floor((t - tau_i) / tau_i) > t / tau_i -
    # 2 at least. The m fastest have given S when t sum 1/tau_i - 2 m >= S, which is so at 2 (S + m) / sum_{i<=m}
    # 1/tau_i, for any m: at 2 b (their theorem). Nor can it be before sum_i floor(t / tau_i) >= S: let m workers
    # have tau_i <= t, then t >= S / sum_{i<=m} 1/tau_i, and t >= tau_m >= m / sum_{i<=m} 1/tau_i, together t >= b / 2.
    tau = PROFILES[profile]
    b = least_seconds(tau, S)
    taken = np.diff(at_fixed_speeds(f"rennala k={S}", tau, 40).trajectory.seconds)
    assert taken.min() >= b / 2 - 1e-9
    assert taken.max() <= 2 * b + 1e-9


@pytest.mark.slow
@pytest.mark.parametrize("protocol", RINGMASTERS)
@pytest.mark.parametrize("profile", PROFILES)
def test_as_many_updates_of_ringmaster_as_its_threshold_take_at_most_twice_a_step_of_the_lower_bound(profile, protocol):
    # While there have been fewer than R updates, what was begun after the first of them is not too stale: as above R of
    # those are complete within 2 b. The gradients of the second half of 2 R updates have been begun after
    # the first of them, so that in that time sum_i floor(t / tau_i) >= R: at least b / 2, as above.
    tau = PROFILES[profile]
    b = least_seconds(tau, S)
    at = np.asarray(at_fixed_speeds(protocol, tau, 40 * S).trajectory.seconds)
    assert (at[S:] - at[:-S]).max() <= 2 * b + 1e-9
    assert (at[2 * S :] - at[: -2 * S]).min() >= b / 2 - 1e-9


# -- the theorem: seconds to an accuracy

DIM = 4000
#: eps is 1 a coordinate, so that sigma^2 / eps = S, and L Delta / eps = 4^2 / 2 = 8.
BOWL = f"quadratic dim={DIM} noise={math.sqrt(S)!r} start=4"
STEPS_OF_THE_BOUND = 8


def seconds_to_eps(protocol, tau, lr, updates):
    """When the gradient is first so small: |x|^2 / dim of 4000 coordinates is E x^2 within 2 %."""
    fields = {"problem": BOWL, "optimizer": f"sgd lr={lr!r}"}
    trajectory = at_fixed_speeds(protocol, tau, updates, **fields).trajectory
    squares = (trajectory.x**2).mean(axis=1)
    first = int(np.argmax(squares <= 1.0))
    assert squares[first] <= 1.0, "the run ended before"
    return first, float(trajectory.seconds[first])


def updates_to_eps(lr, gradients):
    """How many updates that takes, of so many fresh gradients each."""
    square, updates = 16.0, 0
    while square > 1.0:  # E (x - lr g)^2 = (1 - lr)^2 E x^2 + lr^2 sigma^2 / gradients
        square, updates = (1 - lr) ** 2 * square + lr**2 * S / gradients, updates + 1
    return updates


@pytest.mark.parametrize("profile", PROFILES)
def test_rennala_reaches_an_accuracy_within_a_constant_of_the_lower_bound_whatever_the_speeds(profile):
    # Their step is min(1, eps S / (2 sigma^2)) / L = 1/2, and 16 / 4^k + (1 - 4^-k) / 3 <= 1 at k = 3: on this bowl,
    # which is easier than the worst f, three updates of b / 2 to 2 b where B = 8 b. They promise 96 B.
    tau = PROFILES[profile]
    bound = STEPS_OF_THE_BOUND * least_seconds(tau, S)
    updates, seconds = seconds_to_eps(f"rennala k={S}", tau, 0.5, 6)
    assert updates == updates_to_eps(0.5, S) == 3
    assert 3 / 16 <= seconds / bound <= 3 / 4


@pytest.mark.parametrize("protocol", RINGMASTERS)
@pytest.mark.parametrize("profile", PROFILES)
def test_ringmaster_reaches_an_accuracy_within_a_constant_of_the_lower_bound_whatever_the_speeds(profile, protocol):
    # Their step is lr = min(1 / (2 R), eps / (4 sigma^2)) / L = 1 / (4 R). Fresh gradients would take 46 updates, less
    # than 6 R. By stale ones E x falls faster, to no less than r E x with r = 1 - lr r^-(R-1), since one R - 1 updates
    # old is r^-(R-1) times as long: r = 0.9577, and 4 r^k <= 1 from k = 33 on, more than 4 R. So it takes between 2
    # times b / 2 and 6 times 2 b, of B = 8 b.
    tau = PROFILES[profile]
    bound = STEPS_OF_THE_BOUND * least_seconds(tau, S)
    updates, seconds = seconds_to_eps(protocol, tau, 1 / (4 * S), 10 * S)
    assert 4 * S < updates <= updates_to_eps(1 / (4 * S), 1) < 6 * S
    assert 1 / 8 <= seconds / bound <= 3 / 2


@pytest.mark.parametrize("slow", [1, 8])
def test_the_slowest_decide_for_hardsync_and_for_neither_of_the_two(slow):
    # Hardsync takes as many updates as its N gradients ask for, each as long as the slowest worker takes. The others
    # have reached the accuracy long before that is done, so that it might as well take for ever.
    found = {}
    runs = [(f"rennala k={S}", 0.5, 6), *((each, 1 / (4 * S), 10 * S) for each in RINGMASTERS)]
    for factor in (1000.0, 4000.0):
        tau = np.array([1.0] * (N - slow) + [factor] * slow)
        updates, seconds = seconds_to_eps("hardsync", tau, 0.5, 6)
        assert updates == updates_to_eps(0.5, N)
        assert seconds == pytest.approx(updates * factor, rel=1e-12)
        found[factor] = [seconds_to_eps(protocol, tau, lr, updates)[1] for protocol, lr, updates in runs]
        bound = STEPS_OF_THE_BOUND * least_seconds(tau, S)
        assert seconds > 100 * bound
        assert max(found[factor]) < 2 * bound
    assert found[1000.0] == pytest.approx(found[4000.0], rel=1e-12)


def test_asynchronous_sgd_at_the_step_that_is_safe_for_it_is_slower_by_workers_over_threshold():
    # One fast worker among P: all updates but the last are its own in either protocol. For P gradients under way steps
    # of the order of 1 / (P L) are proved (Mishchenko et al. 2022, Koloskova et al. 2022), which makes L Delta / eps
    # times (1/n sum 1/tau_i)^-1 = P of the bound; here 1 / (4 P), as Ringmaster's is 1 / (4 R). E x^2 falls from 16 to
    # 1, of which noise is 1/8 with Ringmaster and R / (8 P) with Downpour SGD: in 2 R ln(16 / 0.875) = 5.8 R updates
    # and in 2 P ln(16 / 0.992) = 5.56 P.
    workers, threshold = 128, S
    tau = np.array([1.0, *[1e5] * (workers - 1)])
    _, safe = seconds_to_eps("async_ps", tau, 1 / (4 * workers), 7 * workers)
    _, ringed = seconds_to_eps(f"ringmaster threshold={threshold}", tau, 1 / (4 * threshold), 10 * threshold)
    assert safe / ringed == pytest.approx(5.56 / 5.8 * workers / threshold, rel=0.1)


def test_what_the_slow_send_throws_asynchronous_sgd_back_and_not_ringmaster():
    # At Ringmaster's step, without noise: the fast worker has come to the optimum, when 99 others send gradients that
    # were taken at the start, 99 updates of lr x_0: x is 0.1 * 99 times as far away as it was, on the other side.
    tau = np.array([1.0, *np.linspace(400.25, 400.75, 99)])
    thrown, kept = (
        at_fixed_speeds(protocol, tau, updates).trajectory.x[-1, 0]
        for protocol, updates in (("async_ps", 400 + 99), ("ringmaster threshold=8", 401))
    )
    assert thrown == pytest.approx(-9.9, rel=1e-12)
    assert abs(kept) < 1e-12
