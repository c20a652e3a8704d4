"""How often paceline's 95 % intervals hold what they are intervals of: 10 000 synthetic studies of each kind.

Times to a target are log-normal with mean 1 and a coefficient of variation (cv), n seeds a study.

    python benchmarks/evidence.py
"""

from __future__ import annotations

import math

import numpy as np
from scipy.stats import bootstrap, norm

from sim.evidence.censored import Waited, restricted_mean
from sim.evidence.difference import compare
from sim.evidence.interval import Interval, half_width, mean_interval
from sim.evidence.precision import INFLATION, LEAST, look

STUDIES = 10_000
SCATTER = (0.1, 0.2, 0.3, 0.5)
SEEDS = (5, 10, 30)
PRECISION, MOST = 0.05, 200


def times(cv: float, n: int, studies: int = STUDIES) -> np.ndarray:
    """Log-normal times of mean 1, float64 ``[studies, n]``; the same ones on every call."""
    sigma = math.sqrt(math.log1p(cv * cv))
    return np.random.default_rng([n, round(1000 * cv)]).lognormal(-sigma * sigma / 2, sigma, (studies, n))


def restricted_to(cv: float, cut: float) -> tuple[float, float]:
    """The bound that cuts off a share of the times, and the mean of the times up to it (closed form)."""
    sigma = math.sqrt(math.log1p(cv * cv))
    place = norm.ppf(1.0 - cut)
    bound = math.exp(-sigma * sigma / 2 + sigma * place)
    return bound, float(norm.cdf(place - sigma)) + bound * cut


def holds(interval: Interval, truth: float) -> bool:
    """Whether an interval holds it; one that does not exist does not."""
    return interval.low is not None and interval.high is not None and interval.low <= truth <= interval.high


def fixed(cv: float, n: int) -> float:
    """Coverage of the mean of a fixed number of seeds."""
    return float(np.mean([holds(mean_interval(study), 1.0) for study in times(cv, n).tolist()]))


def censored(cv: float, n: int, cut: float = 0.2) -> float:
    """Coverage of the restricted mean where a share of the runs does not reach the target before the bound."""
    bound, truth = restricted_to(cv, cut)
    studies = ([Waited(min(time, bound), time <= bound) for time in study] for study in times(cv, n).tolist())
    return float(np.mean([holds(restricted_mean(study, bound), truth) for study in studies]))


def stopped(cv: float) -> tuple[float, float]:
    """Coverage, and mean number of seeds, where every study goes on until its mean is precise enough."""
    studies = times(cv, MOST)
    seeds = stops(studies)
    covered = [holds(look(study[:n]), 1.0) for study, n in zip(studies.tolist(), seeds, strict=True)]
    return float(np.mean(covered)), float(np.mean(seeds))


def stops(studies: np.ndarray) -> list[int]:
    """After how many seeds each study stops, which `sim.evidence.precision.precise` says, all studies at once."""
    n = np.arange(1, MOST + 1)
    mean = np.cumsum(studies, axis=1) / n
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt((np.cumsum(studies**2, axis=1) - n * mean**2) / (n - 1))
    widths = INFLATION * np.array([math.inf, *(half_width(1.0, each) for each in n[1:])])
    enough = (widths * spread <= PRECISION * mean) & (n >= LEAST)
    return np.where(enough.any(axis=1), 1 + enough.argmax(axis=1), MOST).tolist()


def percentile(cv: float, n: int, studies: int = 1000) -> float:
    """Coverage of the percentile bootstrap, which paceline does not use."""
    drawn = times(cv, n, studies)
    found = bootstrap((drawn,), np.mean, axis=1, n_resamples=999, method="percentile", rng=0).confidence_interval
    return float(np.mean((found.low <= 1.0) & (found.high >= 1.0)))


def against_itself(cv: float, n: int, comparisons: int) -> float:
    """Share of the comparisons of an algorithm with itself, under other seeds, that tell it apart."""
    first, second = times(cv, n, 2 * comparisons).reshape(2, comparisons, n).tolist()
    found = (
        compare(dict(enumerate(one)), dict(enumerate(other, n))).told_apart
        for one, other in zip(first, second, strict=True)
    )
    return float(np.mean(list(found)))


def main() -> None:
    print(f"share of {STUDIES} studies whose 95 % interval holds the mean (%)")
    print("   cv   n   all reached   20 % cut off   percentile bootstrap")
    for cv in SCATTER:
        for n in SEEDS:
            figures = (fixed(cv, n), censored(cv, n), percentile(cv, n))
            print(f"{cv:5} {n:3}   {100 * figures[0]:11.1f}   {100 * figures[1]:12.1f}   {100 * figures[2]:20.1f}")
    print(f"\nuntil.precision={PRECISION}, at most {MOST} seeds\n   cv   holds (%)   seeds")
    for cv in SCATTER:
        covered, seeds = stopped(cv)
        print(f"{cv:5}   {100 * covered:9.1f}   {seeds:5.1f}")
    print("\nan algorithm against itself under other seeds, told apart (% of 10 000 comparisons)")
    for n in SEEDS:
        print(f"  n {n:2}   {100 * against_itself(0.3, n, STUDIES):.1f}")


if __name__ == "__main__":
    main()
