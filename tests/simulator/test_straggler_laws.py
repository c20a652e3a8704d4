"""Every straggler law against its own mean and quantiles; laws are found by themselves."""

import math
from itertools import islice

import numpy as np
import pytest
from experiments import OPTIONS, experiment, option
from refusals import refused
from scipy import stats

from sim.cluster.blueprint import Blueprint
from sim.stragglers import StragglerLaw
from sim.stragglers.bimodal import Bimodal
from sim.stragglers.exponential import Exponential
from sim.stragglers.gamma import Gamma
from sim.stragglers.lognormal import Lognormal
from sim.stragglers.markov import Markov
from sim.stragglers.none import NoStragglers
from sim.stragglers.pareto import Pareto
from sim.stragglers.shifted_exponential import ShiftedExponential
from sim.stragglers.slow_node import SlowNode
from sim.stragglers.step_times import CHOOSE, LARGEST, REMEDY, read_step_times
from sim.stragglers.trace import Scale, Trace
from sim.streams import stream

LAWS = [*OPTIONS["straggler"].values()]

#: Law, its mean and its variance, as derived in its own test below.
MOMENTS = [
    (Exponential(), 1.0, 1.0),
    (ShiftedExponential(0.75), 1.0, 0.25**2),
    (Gamma(0.5), 1.0, 0.5**2),
    (Gamma(3.0), 1.0, 3.0**2),
    (Lognormal(0.5), 1.0, 0.5**2),
    (Pareto(5.0), 1.0, 1 / 15),
    (Bimodal(0.1, 5.0), 1.4, 16 * 0.09),
]


@pytest.fixture
def trace(tmp_path):
    """The law of a file of this text."""

    def write(text):
        path = tmp_path / "steps.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return Trace(str(path))

    return write


def draws(law, count=100_000, rank=0):
    return np.array(list(islice(law.multipliers(rank, stream(0, "compute", rank)), count)))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
def test_a_law_gives_positive_numbers_and_the_same_ones_again(law, trace):
    assert issubclass(law, StragglerLaw)
    one, other = (trace("0.1\n0.3\n") if law is Trace else law() for _ in range(2))
    first, again = (np.array([list(islice(each, 1000)) for each in law.of_workers(3, 0)]) for law in (one, other))
    assert (first > 0).all()
    np.testing.assert_array_equal(first, again)


@pytest.mark.parametrize(("law", "mean", "variance"), MOMENTS, ids=lambda value: str(value))
def test_a_law_has_its_mean_and_variance(law, mean, variance):
    found = draws(law, 1_000_000)
    # 5 standard errors of the mean; the variance to 5 %: its own standard error is below 1 % but for Pareto's (2 %),
    # of which the fourth moment is barely finite.
    assert found.mean() == pytest.approx(mean, abs=5 * math.sqrt(variance / len(found)))
    assert found.var() == pytest.approx(variance, rel=0.05)


def test_without_stragglers_every_gradient_takes_its_mean():
    assert set(draws(NoStragglers(), 1000)) == {1.0}


def test_exponential_draws_follow_the_exponential_distribution():
    assert stats.kstest(draws(Exponential()), stats.expon.cdf).pvalue > 1e-3


@pytest.mark.parametrize("cv", [0.1, 0.5, 2.0])
def test_lognormal_draws_have_mean_1_and_the_coefficient_of_variation_asked_for(cv):
    # exp(m + s Z) has mean exp(m + s^2/2) = 1 and cv^2 = exp(s^2) - 1.
    s = math.sqrt(math.log(1 + cv**2))
    assert stats.kstest(draws(Lognormal(cv)), stats.lognorm(s, scale=math.exp(-(s**2) / 2)).cdf).pvalue > 1e-3


def test_a_lognormal_law_without_variation_is_no_stragglers():
    assert set(draws(Lognormal(0.0), 1000)) == {1.0}


@pytest.mark.parametrize("shift", [0.25, 0.9])
def test_shifted_exponential_draws_are_exponential_above_the_floor(shift):
    # Mean shift + (1 - shift) = 1, standard deviation 1 - shift.
    assert stats.kstest(draws(ShiftedExponential(shift)), stats.expon(shift, 1 - shift).cdf).pvalue > 1e-3


def test_without_a_floor_shifted_exponential_draws_are_exponential_ones():
    np.testing.assert_array_equal(draws(ShiftedExponential(0.0), 1000), draws(Exponential(), 1000))


@pytest.mark.parametrize("workers", [4, 16])
def test_the_slowest_of_p_shifted_exponential_workers_takes_the_harmonic_number_above_the_floor(workers):
    # E max of P exponential times of mean 1 is H_P, their variance sum 1/k^2; shift and scale carry over.
    law, rounds = ShiftedExponential(0.5), 50_000
    slowest = np.max([draws(law, rounds, rank) for rank in range(workers)], axis=0).mean()
    harmonic, squares = (sum(1 / k**power for k in range(1, workers + 1)) for power in (1, 2))
    assert slowest == pytest.approx(0.5 + 0.5 * harmonic, abs=5 * 0.5 * math.sqrt(squares / rounds))


@pytest.mark.parametrize("cv", [0.1, 0.5, 2.0])
def test_gamma_draws_have_mean_1_and_the_coefficient_of_variation_asked_for(cv):
    # Shape k and scale c: mean k c = 1, variance k c^2 = cv^2, so k = 1 / cv^2 and c = cv^2.
    assert stats.kstest(draws(Gamma(cv)), stats.gamma(1 / cv**2, scale=cv**2).cdf).pvalue > 1e-3


def test_gamma_draws_of_variation_1_are_exponential():
    assert stats.kstest(draws(Gamma(1.0)), stats.expon.cdf).pvalue > 1e-3


@pytest.mark.parametrize("cv", [0.0, 1e-200, 1e-150])
def test_a_gamma_law_without_variation_is_no_stragglers(cv):
    np.testing.assert_allclose(draws(Gamma(cv), 1000), 1.0, rtol=1e-12)


@pytest.mark.parametrize("shape", [1.1, 2.5, 10.0])
def test_pareto_draws_have_the_tail_asked_for_and_mean_1(shape):
    # P(X > t) = (m/t)^a from m on: mean m a / (a - 1) = 1, variance 1 / (a (a - 2)) where a > 2.
    assert stats.kstest(draws(Pareto(shape)), stats.pareto(shape, scale=(shape - 1) / shape).cdf).pvalue > 1e-3


def test_pareto_draws_exceed_their_quantiles_as_often_as_they_should():
    found = draws(Pareto(1.5), 1_000_000)
    for share in (0.5, 0.1, 0.01, 1e-3):
        quantile = (1 / 3) * share ** (-1 / 1.5)  # (m/t)^a = share, with m = 1/3
        error = math.sqrt(share * (1 - share) / len(found))
        assert (found > quantile).mean() == pytest.approx(share, abs=5 * error)


def test_the_share_of_slow_bimodal_draws_is_the_probability():
    # Mean 1 + p (f - 1), variance p (1 - p) (f - 1)^2.
    found = draws(Bimodal(0.2, 7.0))
    assert set(found) == {1.0, 7.0}
    assert stats.binomtest(int((found == 7.0).sum()), len(found), 0.2).pvalue > 1e-3


@pytest.mark.parametrize(("probability", "only"), [(0.0, 1.0), (1.0, 7.0)])
def test_a_bimodal_law_without_choice_has_one_value(probability, only):
    assert set(draws(Bimodal(probability, 7.0), 1000)) == {only}


def sojourns(found, state):
    """How long each visit to a state lasts, without the first and the last run, which are cut off."""
    cuts = np.flatnonzero(np.diff(found)) + 1
    return np.diff(cuts)[found[cuts[:-1]] == state]


def test_markov_states_last_geometric_times_of_the_means_asked_for():
    law = Markov(slow_share=0.25, factor=3.0, mean_steps=5.0)
    found = draws(law, 1_000_000)
    assert set(found) == {1.0, 3.0}
    for state, mean in ((3.0, 5.0), (1.0, 15.0)):  # slow share = 5 / (5 + 15)
        # Geometric with p = 1/mean: standard deviation sqrt(1 - p) / p; the shares of stays of 1, 2, 3 steps.
        lasted = sojourns(found, state)
        assert lasted.mean() == pytest.approx(mean, abs=5 * math.sqrt(1 - 1 / mean) * mean / math.sqrt(len(lasted)))
        for steps in (1, 2, 3):
            share = (1 - 1 / mean) ** (steps - 1) / mean
            assert stats.binomtest(int((lasted == steps).sum()), len(lasted), share).pvalue > 1e-3


def test_markov_draws_are_slow_for_the_share_asked_for():
    # Correlation of steps k apart is r^k, r = 1 - 1/5 - 1/15: the mean varies (1 + r) / (1 - r) = 6.5 times as much.
    found = draws(Markov(slow_share=0.25, factor=3.0, mean_steps=5.0), 1_000_000)
    assert found.mean() == pytest.approx(1 + 0.25 * 2, abs=5 * 2 * math.sqrt(0.25 * 0.75 * 6.5 / len(found)))


def test_markov_draws_are_correlated_as_the_chain_says():
    found = draws(Markov(slow_share=0.25, factor=3.0, mean_steps=5.0), 1_000_000)
    for lag in (1, 2, 5):
        correlation = np.corrcoef(found[:-lag], found[lag:])[0, 1]
        assert correlation == pytest.approx((1 - 1 / 5 - 1 / 15) ** lag, abs=0.01)


def test_the_first_markov_draw_is_slow_as_often_as_any_other():
    law = Markov(slow_share=0.25, factor=3.0, mean_steps=100.0)
    slow = sum(draws(law, 1, rank)[0] == 3.0 for rank in range(4000))
    assert stats.binomtest(slow, 4000, 0.25).pvalue > 1e-3


def test_markov_draws_are_independent_where_the_slow_state_lasts_as_chance_would_have_it():
    # Left with probability 1 - s per step and entered with s: the next state does not depend on this one.
    found = draws(Markov(slow_share=0.25, factor=3.0, mean_steps=4 / 3), 100_000)
    assert abs(np.corrcoef(found[:-1], found[1:])[0, 1]) < 5 / math.sqrt(len(found))


def test_the_shortest_markov_states_alternate():
    assert sorted(draws(Markov(slow_share=0.5, factor=3.0, mean_steps=1.0), 2)) == [1.0, 3.0]


@pytest.mark.parametrize("share", [0.0, 5e-324])
def test_a_markov_law_that_is_never_slow_is_no_stragglers(share):
    assert set(draws(Markov(slow_share=share), 1000)) == {1.0}


def test_a_markov_state_may_outlast_every_run():
    assert len(set(draws(Markov(slow_share=0.5, mean_steps=1e300), 1000))) == 1


def test_the_factor_of_a_markov_law_does_not_move_its_slow_steps():
    slow = [draws(Markov(factor=factor), 1000) == factor for factor in (2.0, 9.0)]
    np.testing.assert_array_equal(*slow)


def test_trace_draws_are_the_files_times_over_their_mean_each_as_often(trace):
    found = draws(trace("0.2\n0.2\n0.4\n0.8\n"))  # mean 0.4
    values, counts = np.unique(found, return_counts=True)
    np.testing.assert_allclose(values, [0.5, 1.0, 2.0], rtol=1e-15)
    assert stats.chisquare(counts, len(found) * np.array([0.5, 0.25, 0.25])).pvalue > 1e-3


def test_a_trace_has_mean_1(trace):
    times = np.random.default_rng(0).gamma(2.0, 0.03, 1000)
    assert trace("\n".join(map(str, times))).relative.mean() == pytest.approx(1.0, abs=1e-14)


def test_a_trace_of_one_step_is_no_stragglers(trace):
    assert set(draws(trace("0.07"), 1000)) == {1.0}


@pytest.mark.parametrize(
    "text",
    [
        "0.5\n1.5\n",
        "0.5\r\n\r\n 1.5 \r\n",
        "\ufeffwhatever\n0.5\n1.5",
        "step,seconds\n0,0.5\n1,1.5\n",
        '"who", Step_Seconds ,"note"\n0,5e-1,"a, b"\n,+1.5,\n',
        "step,rank,duration\n3,0,1.5\n2,0,0.5\n",
        ",time\n0,0.5\n1,1.5\n",
        "step;time\n0;0,5\n1;1,5\n",
        "step\ttime\n0\t0.5\n1\t1.5\n",
        "step_time_ms\n500\n1500",
        "Duration (µs),host\n500000,a\n1500000,b\n",
        "stepMs\n500\n1500\n",
    ],
    ids=[
        *("numbers alone", "blanks", "one column of any name", "seconds", "step_seconds"),
        *("one column of numbers", "pandas", "semicolons", "tabs", "ms", "us", "camel"),
    ],
)
def test_the_step_times_of_a_file_are_read(text, trace):
    times = read_step_times(trace(text).file).seconds
    assert (times.dtype, times.tolist()) == (np.float64, [[0.5], [1.5]])


def test_a_column_is_read_by_its_name(trace):
    file = trace("forward_ms,Backward (ms),seconds\n100,500,9\n200,1500,9\n").file
    assert read_step_times(file, " backward (MS)").seconds.tolist() == [[0.5], [1.5]]
    names = "forward_ms, Backward (ms), seconds"
    with refused(f"column: {file} has no column 'time', only {names}; give one that it has"):
        read_step_times(file, "time")
    trace("1")
    with refused(f"column: {file} has no column 'time', and no line that names any; give one that it has"):
        read_step_times(file, "time")


def test_ranks_stand_side_by_side_in_the_order_of_their_steps(trace):
    # Step 2 lacks rank 10, step 7 lacks rank 9; ranks by number, not by letter.
    text = "rank,step,seconds\n10,3,4\n9,3,3\n9,2,9\n9,1,1\n10,1,2\n10,7,9\n"
    times = read_step_times(trace(text).file)
    assert (times.seconds.tolist(), times.rows, times.left_out) == ([[1, 2], [3, 4]], 6, 2)


def test_without_steps_the_order_of_the_file_counts(trace):
    times = read_step_times(trace("worker,ms\nb,1000\na,3000\nb,2000\na,4000\nb,9000\n").file)
    assert (times.seconds.tolist(), times.left_out) == ([[1, 3], [2, 4]], 1)


def test_a_trace_may_lie_below_the_home_folder(trace, tmp_path, monkeypatch):
    trace("0.5\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert read_step_times("~/steps.csv").seconds.tolist() == [[0.5]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no step times"),
        ("\n \n", "has no step times"),
        ("seconds\n", "has no step times"),
        ("0.1\nfast\n", "line 2: 'fast' is not a number"),
        ("step,seconds\n0,0.1\n1,\n", "line 3: '' is not a number"),
        ("0.1\n-0.2\n", "line 2: must be above 0 and below 1e+09 s, got -0.2"),
        ("0.1\n0.0\n", "line 2: must be above 0 and below 1e+09 s, got 0.0"),
        ("nan\n", "line 1: must be above 0 and below 1e+09 s, got nan"),
        ("0.1\ninf\n", "line 2: must be above 0 and below 1e+09 s, got inf"),
        ("0.1\n1e300\n", "line 2: must be above 0 and below 1e+09 s, got 1e+300"),
        ("0.1,0.2\n", "has 2 columns and no line that names them"),
        ("a,b\n1,2\n", f"has several columns of numbers (a, b); {CHOOSE}"),
        ("step,host\n1,a\n", f"has no column of step times, only step, host; {CHOOSE}"),
        ("seconds,step_seconds\n1,2\n", f"has several columns of numbers (seconds, step_seconds); {CHOOSE}"),
        ("rank,ms\n0,1\n1,-2\n", "line 3: must be above 0 and below 1e+09 s, got -0.002"),
        ("rank,step,seconds\n0,1,2\n0,1,3\n", "line 3: step 1 of rank 0 is there twice"),
        ("rank,step,seconds\n0,a,2\n", "line 2: the step 'a' is not a number"),
        ("rank,step,seconds\n0,1,2\n1,2,3\n", "has no step of which all 2 ranks have a time"),
        (
            "# nThread 1\n#       size         count      type   redop    root     time   algbw   busbw #wrong\n",
            "is a log of nccl-tests, which has the times of collectives by their bytes, and nothing else",
        ),
        ("a,seconds\n1,2\n3\n", "line 3: has 1 cells, expected 2"),
        ("0.1\n" + "9" * 200_000, "is not CSV (field larger than field limit (131072))"),
        (b"\xff\xfe0\x00", "is not text in UTF-8, but in UTF-16 or UTF-32; save it as UTF-8"),
        (b"\x00" * 10, "has no step times"),
    ],
)
def test_a_file_that_is_no_trace_is_refused_with_the_remedy(text, message, trace):
    law = trace(text)
    with refused(f"file: {law.file}: {message}; {REMEDY}"):
        law.check()


def test_a_trace_without_a_file_is_refused_with_the_remedy():
    with refused(f"file: no file is given; {REMEDY}"):
        Trace().check()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.csv", "cannot be read (No such file or directory)"),
        ("", "cannot be read (Is a directory)"),
        ("n" * 300, "cannot be read (File name too long)"),
    ],
)
def test_a_trace_that_is_not_there_is_refused_with_the_remedy(name, message, tmp_path):
    path = f"{tmp_path}/{name}"
    with refused(f"file: {path}: {message}; {REMEDY}"):
        read_step_times(path)


def test_a_trace_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(LARGEST + 1)
    with refused(f"file: {path}: has {LARGEST + 1} bytes, expected at most {LARGEST}; {REMEDY}"):
        read_step_times(str(path))


def test_one_rank_says_nothing_of_what_workers_share(trace):
    law = trace("rank,seconds\n0,1\n0,2\n0,3\n")
    one, other = (list(islice(each, 50)) for each in law.of_workers(2, 0))
    assert one != other
    assert list(islice(law.of_workers(1, 0)[0], 3)) == [0.5, 1.0, 1.5]


def test_absolute_seconds_are_those_of_the_file(trace):
    law = trace("0.1\n0.3\n")
    assert law.mean_seconds() is None
    assert Trace(law.file, seconds=Scale.absolute).mean_seconds() == 0.2


def test_only_the_first_workers_are_slow_nodes():
    law = SlowNode(count=2, factor=5.0)
    assert [next(law.multipliers(rank, stream(0, "compute", rank))) for rank in range(4)] == [5.0, 5.0, 1.0, 1.0]
    assert [SlowNode().mean(rank) for rank in range(3)] == [4.0, 1.0, 1.0]


@pytest.mark.parametrize(
    ("words", "mean"),
    [("slow_node factor=5", 5.0), ("bimodal probability=0.5 factor=5", 3.0), ("markov slow_share=0.5 factor=5", 3.0)],
)
def test_workers_that_are_named_are_slow_and_nobody_else(words, mean):
    law, all_of_them = option("straggler", f"{words} ranks=[1,3]"), option("straggler", words)
    assert [law.mean(rank) for rank in range(5)] == [1.0, mean, 1.0, mean, 1.0]
    found = np.array([list(islice(each, 400)) for each in law.of_workers(5, 0)])
    assert (found[[0, 2, 4]] == 1.0).all()
    assert ((found[[1, 3]] == 5.0).mean(axis=1) > 0.2).all()
    if not isinstance(law, SlowNode):  # who is named meets what it would have met anyway
        np.testing.assert_array_equal(found[1], list(islice(all_of_them.of_workers(5, 0)[1], 400)))


@pytest.mark.parametrize("name", ["slow_node", "bimodal", "markov"])
def test_workers_that_are_not_there_are_refused_before_the_first_second(name):
    Blueprint(experiment("hardsync", workers=4, straggler=f"{name} ranks=[0,3]"))
    with refused("straggler.ranks: workers=4 are numbered 0 to 3, got 4; give one of these, or more workers"):
        Blueprint(experiment("hardsync", workers=4, straggler=f"{name} ranks=[4,1]"))


def test_workers_meet_different_stragglers():
    assert (draws(Exponential(), 10, rank=0) != draws(Exponential(), 10, rank=1)).all()
