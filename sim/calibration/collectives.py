"""Learn what machines do from times of collective operations on them, and say how long others would take."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from sim.calibration.collective_law import TURNS, Cases, Wires, cases_of, parts
from sim.calibration.evolution import differential_evolution
from sim.calibration.machines import ELSEWHERE, WAITS_ELSEWHERE, Machines
from sim.calibration.numbers import Numbers
from sim.calibration.priors import Prior
from sim.evidence.range import Range
from sim.streams import stream
from sim.truth.timing import Timing

#: Chains, and how often each is moved.
CHAINS, STEPS = 64, 240
#: How far a measurement is from the law, as a share of it (standard deviation): all sizes on the same machines alike,
#: sizes that are near each other alike, and each for itself.
OFFSET, BEND, NOISE = 0.02, 0.03, 0.01
#: The same of what is waited for, which depends on protocols that programs change with the size.
WAITING = 0.25
#: How far from each other sizes are that have little in common (doublings).
NEAR = 2.0
#: How much of that two operations on the same machines have in common (ratio).
IN_COMMON = 0.8
#: Below which share of the spread that was believed an unknown counts as measured (ratio).
SURER = 0.8
#: How sure that is (standard deviation of the logarithm).
UNSURE = 0.4


@dataclass(frozen=True)
class Residual:
    """A measurement beside the law.

    Parameters
    ----------
    timing
        The measurement.
    seconds
        What the law says of it, with what has been learned (s).
    """

    timing: Timing
    seconds: float

    @property
    def off(self) -> float:
        """How far the law is from it, as a share of it (ratio)."""
        return self.seconds / self.timing.seconds - 1.0


class LearnedCollectives:
    """Machines after what has been measured on them.

    Every unknown is known by the most probable one and by samples. A measurement is off the law by what sizes and
    operations on the same machines have in common, so that one that is near tells of its neighbours.

    Parameters
    ----------
    timings
        What has been measured, each of an operation that has a law (`TURNS`); perhaps nothing.
    machines
        What was known before.
    seed
        Of the samples, >= 0.

    Attributes
    ----------
    timings : tuple of Timing
        What has been measured.
    best
        The most probable unknowns (logarithms, shape (unknowns,)).
    samples
        Unknowns as probable as they are, and how far measurements are off, as a multiple of what is believed
        (logarithms, shape (samples, unknowns + 1)).

    Raises
    ------
    ValueError
        If a measurement is of an operation without a law.
    """

    def __init__(self, timings: Iterable[Timing], machines: Machines, seed: int = 0) -> None:
        self.timings = tuple(timings)
        self.machines = machines
        for timing in self.timings:
            check_operation(timing.operation)
        self._priors = [*machines.priors.values()]
        self._mean = np.array([prior.mean for prior in self._priors])
        self._spread = np.array([prior.spread for prior in self._priors])
        self._given = self._cases(self.timings)
        self._measured = np.log([timing.seconds for timing in self.timings])
        self._seed = seed
        self.best = self._mean
        self.best = self._most_probable(self._root())
        self.best = self._most_probable(self._root())  # whose waiting is a share of what is known now
        generator = stream(seed, "collectives")
        self.samples = self._sampled(self._root(), generator)

    def seconds(self, operation: str, nbytes: float, ranks: int, nodes: int) -> float:
        """How long an operation takes most probably (s).

        Parameters
        ----------
        operation
            A key of `TURNS`.
        nbytes
            Size of the whole vector (B), > 0.
        ranks, nodes
            How many, equally many ranks on each node.
        """
        return float(self.predict([Timing(check_operation(operation), nbytes, ranks, nodes, 1.0)])[0])

    def predict(self, asked: Sequence[Timing]) -> Numbers:
        """How long operations take most probably (s, shape (asked,)).

        Parameters
        ----------
        asked
            The operations, whose seconds are not looked at.
        """
        carried, _ = self._carried(asked)
        off = self._measured - np.log(self._law(self._given, self.best))
        predicted: Numbers = self._law(self._cases(asked), self.best) * np.exp(off @ carried.T)
        return predicted

    def possible(self, asked: Sequence[Timing]) -> Numbers:
        """How long they may take (s, shape (samples, asked)).

        Parameters
        ----------
        asked
            As in `predict`.
        """
        carried, root = self._carried(asked)
        unknowns, sure = self.samples[:, :-1], np.exp(self.samples[:, -1:])
        off = self._measured - np.log(self._law(self._given, unknowns))
        drawn = stream(self._seed, "collectives, asked").standard_normal((len(unknowns), len(asked)))
        found: Numbers = self._law(self._cases(asked), unknowns) * np.exp(off @ carried.T + sure * (drawn @ root.T))
        return found

    @property
    def residuals(self) -> tuple[Residual, ...]:
        """Every measurement beside the law alone, whatever its neighbours tell."""
        said = self._law(self._given, self.best)
        return tuple(Residual(timing, each) for timing, each in zip(self.timings, said.tolist(), strict=True))

    @property
    def ranges(self) -> Mapping[str, Range]:
        """Of each unknown, 80 % of what is possible and the most probable, by the name that `Wires` gives it."""
        low, high = np.exp(np.quantile(self.samples[:, :-1], (0.1, 0.9), axis=0))
        columns = zip(low.tolist(), np.exp(self.best).tolist(), high.tolist(), strict=True)
        return dict(zip(Wires._fields, (Range(*column) for column in columns), strict=True))

    def elsewhere(self) -> Machines:
        """What is believed, after this, of other machines of the same kind."""
        spreads = self.samples[:, :-1].std(axis=0).tolist()
        medians = np.exp(self.best).tolist()
        return self.machines.believing(
            {
                name: Prior(median, math.hypot(spread, ELSEWHERE.get(name, WAITS_ELSEWHERE)))
                for name, median, spread in zip(Wires._fields, medians, spreads, strict=True)
            }
        )

    @property
    def told(self) -> tuple[str, ...]:
        """The unknowns that measurements have said something of: that are surer now than before."""
        now, before = self.samples[:, :-1].std(axis=0), self._spread
        return tuple(name for name, sure in zip(Wires._fields, now < SURER * before, strict=True) if sure)

    # -- the law
    def _cases(self, timings: Sequence[Timing]) -> Cases:
        return cases_of(timings, self.machines.nics, self.machines.reduces)

    @staticmethod
    def _wires(unknowns: Numbers) -> Wires:
        return Wires(*np.moveaxis(np.exp(unknowns), -1, 0)[..., np.newaxis])

    def _law(self, cases: Cases, unknowns: Numbers) -> Numbers:
        return parts(cases, self._wires(unknowns)).seconds

    # -- how far measurements are off
    def _common(self, some: Sequence[Timing], others: Sequence[Timing]) -> Numbers:
        """What errors have in common, as covariances of logarithms (shape (some, others))."""
        (one, waits), (other, other_waits) = self._compared(some), self._compared(others)
        alike = (one[:, None, :2] == other[None, :, :2]).all(axis=-1)
        operation = np.where(one[:, None, 2] == other[None, :, 2], 1.0, IN_COMMON)
        near = np.exp(-0.5 * ((one[:, None, 3] - other[None, :, 3]) / NEAR) ** 2)
        waiting = (WAITING * waits)[:, None] * (WAITING * other_waits)[None, :]
        found: Numbers = alike * operation * (OFFSET**2 + BEND**2 * near + waiting * (1.0 + near) / 2.0)
        return found

    def _compared(self, timings: Sequence[Timing]) -> tuple[Numbers, Numbers]:
        """What says how much two have in common, and which share of each is waiting."""
        numbers = [*TURNS]
        rows = [(each.ranks, each.nodes, numbers.index(each.operation), np.log2(each.nbytes)) for each in timings]
        found = parts(self._cases(timings), self._wires(self.best))
        return np.array(rows, np.float64).reshape(-1, 4), found.waiting / found.seconds

    def _root(self) -> Numbers:
        """A root of the covariance of what has been measured."""
        common = self._common(self.timings, self.timings)
        return _root(common + NOISE**2 * np.eye(len(common)))

    def _carried(self, asked: Sequence[Timing]) -> tuple[Numbers, Numbers]:
        """What each error that is known tells of those that are not, and a root of what stays open."""
        between, root = self._common(asked, self.timings), self._root()
        weights = _inverse(root) @ between.T
        open_ = self._common(asked, asked) + NOISE**2 * np.eye(len(asked)) - weights.T @ weights
        return weights.T @ _inverse(root), _root(open_ + 1e-12 * np.eye(len(asked)))

    # -- what is learned
    def _off(self, unknowns: Numbers, white: Numbers) -> Numbers:
        """Numbers whose squares add up to minus twice the logarithm of the density, without the prior's."""
        return (np.log(self._law(self._given, unknowns)) - self._measured) @ white.T

    def _residuals(self, unknowns: Numbers, white: Numbers) -> Numbers:
        prior = (unknowns - self._mean) / self._spread
        return np.concatenate([self._off(unknowns, white), prior], axis=-1)

    def _slopes(self, unknowns: Numbers, white: Numbers) -> Numbers:
        steps = 1e-4 * np.diag(self._spread)
        ahead, behind = self._residuals(unknowns + steps, white), self._residuals(unknowns - steps, white)
        return ((ahead - behind) / (2.0 * steps.diagonal()[:, None])).T

    def _most_probable(self, root: Numbers) -> Numbers:
        white = _inverse(root)
        found = least_squares(
            lambda unknowns: self._residuals(unknowns, white),
            self.best,
            jac=lambda unknowns: self._slopes(unknowns, white),
            x_scale=self._spread,
            max_nfev=200,
        )
        best: Numbers = found.x
        return best

    def _sampled(self, root: Numbers, generator: np.random.Generator) -> Numbers:
        white, count = _inverse(root), len(self.timings)

        def logarithm(vectors: Numbers) -> Numbers:
            unknowns, unsure = vectors[:, :-1], vectors[:, -1]
            off = (self._off(unknowns, white) ** 2).sum(axis=-1) * np.exp(-2.0 * unsure)
            prior = (((unknowns - self._mean) / self._spread) ** 2).sum(axis=-1) + (unsure / UNSURE) ** 2
            density: Numbers = -0.5 * (off + prior) - count * unsure
            return density

        slopes = self._slopes(self.best, white)
        around = _root(_inverse(slopes.T @ slopes))
        begin = self.best + generator.standard_normal((CHAINS, len(self.best))) @ around.T
        unsure = UNSURE * generator.standard_normal((CHAINS, 1))
        return differential_evolution(logarithm, np.concatenate([begin, unsure], axis=1), STEPS, generator)


def check_operation(operation: str) -> str:
    """Refuse an operation without a law; return another.

    Raises
    ------
    ValueError
        In one line, with those that have one.
    """
    if operation not in TURNS:
        raise ValueError(f"{operation} has no law of its time; give one of {', '.join(TURNS)}")
    return operation


def _root(covariance: Numbers) -> Numbers:
    return np.asarray(np.linalg.cholesky(covariance), np.float64)


def _inverse(matrix: Numbers) -> Numbers:
    return np.asarray(np.linalg.inv(matrix), np.float64)
