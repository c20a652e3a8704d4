"""Learn the unknowns of a transport from tables: the most probable ones, and samples of all that are possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.optimize import least_squares

from sim.calibration.cases import Cases, cases_of
from sim.calibration.drawn import NOISE, Drawn
from sim.calibration.evidence import Evidence, Timing
from sim.calibration.evolution import differential_evolution
from sim.calibration.kinship import carried, whitener
from sim.calibration.largest import largest_of
from sim.calibration.layout import GBPS, NOISES, Layout
from sim.calibration.numbers import Counts, Numbers
from sim.calibration.priors import PRIORS, Priors
from sim.calibration.step import Law, Unknowns, rate, step
from sim.streams import stream
from sim.truth.table import Point, Table

#: Degrees of freedom of Student's distribution, which clusters have: one may be far from all others.
CLUSTERS = 4.0
#: How far a collective by itself is from what cards carry in training (ratio): neither buckets nor overlap are in it.
ALONE = 0.1
#: Chains, and how often each is moved.
CHAINS, STEPS = 128, 240
#: Size of a step of a numerical derivative, as a share of a prior's spread.
_SLIGHTLY = 1e-4


class _Parts(NamedTuple):
    """Residuals: of throughputs, of what was believed, of scatter; and the noise of throughputs."""

    off: Numbers
    prior: Numbers
    scatter: Numbers
    noise: Numbers


class Density:
    """How probable unknowns are after what has been measured.

    Parameters
    ----------
    evidence
        What has been measured.
    priors
        What was believed before.
    law
        What a step is taken to be made of.
    """

    def __init__(self, evidence: Evidence, priors: Priors, law: Law) -> None:
        self._law = law
        self.layout = Layout(priors, len(evidence.sites))
        self._cases = cases = cases_of(evidence.tables, evidence.timings)
        self._alone = np.arange(len(cases)) >= len(cases) - len(evidence.timings)
        self._whitener = whitener(cases.table, cases.nodes)
        numbers = {name: number for number, name in enumerate(evidence.sites)}
        measured = [table for table, points in evidence.tables for _ in points]
        measured += [timing.table for timing in evidence.timings]
        self._clusters = np.array([numbers[table.site] for table in measured], np.int64)
        repeats = evidence.repeats
        self._again = cases_of([(each.table, (each.point,)) for each in repeats])
        self._again_clusters = np.array([numbers[each.table.site] for each in repeats], np.int64)
        self._spread = np.log([each.spread for each in repeats])
        # the slowest of many scatters less than one; the logarithm of n draws' spread is known to 1 / sqrt(2 n - 2)
        self._slowest = np.array([largest_of(each.point.nodes).spread for each in repeats])
        self._known_to = np.array([1.0 / np.sqrt(2.0 * each.times - 2.0) for each in repeats])

    def residuals(self, vectors: Numbers, noise: Numbers) -> Numbers:
        """Numbers whose squares add up to minus twice the logarithm of the density at a given noise.

        Parameters
        ----------
        vectors
            Unknowns (shape (..., unknowns)).
        noise
            As in `noise` (shape (..., rows)).
        """
        return np.concatenate([*self._parts(vectors, noise)[:3]], axis=-1)

    def noise(self, vectors: Numbers) -> Numbers:
        """How far each measurement is from the model (ratio, shape (..., rows)).

        Parameters
        ----------
        vectors
            Unknowns (shape (..., unknowns)).
        """
        return self._parts(vectors).noise

    def logarithm(self, vectors: Numbers) -> Numbers:
        """Logarithm of the density, up to a constant.

        Parameters
        ----------
        vectors
            Unknowns (shape (..., unknowns)).
        """
        *parts, noise = self._parts(vectors)
        squares = sum((part**2).sum(axis=-1) for part in parts)
        logarithm: Numbers = -0.5 * squares - np.log(noise).sum(axis=-1)
        return np.where(np.isfinite(logarithm), logarithm, -np.inf)

    def _parts(self, vectors: Numbers, noise: Numbers | None = None) -> _Parts:
        layout = self.layout
        prior = (vectors - layout.mean) / layout.spread
        prior = np.where(layout.apart, _heavy(prior, CLUSTERS), prior)
        with np.errstate(all="ignore"):
            found = self._law(self._cases, layout.unknowns(vectors, self._cases, self._clusters))
            if noise is None:
                noise = np.where(self._alone, ALONE, layout.noise(vectors, found.travelling))
            off = np.log(found.throughput / self._cases.measured) / noise
        off = np.where(np.isfinite(off), off, 1e6)
        return _Parts(_heavy(off @ self._whitener.T, NOISE), prior, self._scattered(vectors), noise)

    def _scattered(self, vectors: Numbers) -> Numbers:
        """How far the scatter of steps is from what has been measured again and again (shape (..., repeats))."""
        if not len(self._spread):
            return np.zeros((*vectors.shape[:-1], 0))
        unknowns = self.layout.unknowns(vectors, self._again, self._again_clusters)
        with np.errstate(all="ignore"):
            computing = 1.0 - self._law(self._again, unknowns).travelling
            off = (np.log(unknowns.scatter * self._slowest * computing) - self._spread) / self._known_to
        return _heavy(np.where(np.isfinite(off), off, 1e6), NOISE)

    def slopes(self, vector: Numbers, noise: Numbers) -> Numbers:
        """Derivatives of the residuals (shape (residuals, unknowns))."""
        steps = np.diag(_SLIGHTLY * self.layout.spread)
        ahead, behind = self.residuals(vector + steps, noise), self.residuals(vector - steps, noise)
        return ((ahead - behind) / (2.0 * steps.diagonal()[:, None])).T

    def most_probable(self, begin: Numbers) -> Numbers:
        """The unknowns of the greatest density near some others, at the noise of those (shape (unknowns,)).

        Parameters
        ----------
        begin
            The others (shape (unknowns,)).
        """
        layout, moved = self.layout, np.arange(len(self.layout)) < len(self.layout) - NOISES
        whole, noise = begin.copy(), self.noise(begin)

        def filled(some: Numbers) -> Numbers:
            whole[moved] = some
            return whole

        found = least_squares(
            lambda some: self.residuals(filled(some), noise),
            begin[moved],
            jac=lambda some: self.slopes(filled(some), noise)[:, moved],
            x_scale=layout.spread[moved],
            max_nfev=100,
        )
        return filled(found.x).copy()

    def around(self, vector: Numbers, count: int, generator: np.random.Generator) -> Numbers:
        """Vectors about a maximum, as if the density were normal there: where chains begin (shape (count, unknowns)).

        Parameters
        ----------
        vector
            The maximum (shape (unknowns,)).
        count
            How many.
        generator
            Of the draws.
        """
        slopes = self.slopes(vector, self.noise(vector))
        root = np.linalg.cholesky(np.linalg.inv(slopes.T @ slopes))
        return vector + generator.standard_normal((count, len(vector))) @ root.T


def _heavy(off: Numbers, freedom: float) -> Numbers:
    """What has the square that Student's distribution says of a deviation, in place of a normal one's."""
    found: Numbers = np.sign(off) * np.sqrt((freedom + 1.0) * np.log1p(off * off / freedom))
    return found


class Calibration:
    """A transport after what has been measured with it.

    Parameters
    ----------
    evidence
        What has been measured.
    seed
        Of the samples, >= 0.
    law
        What a step is taken to be made of.

    Attributes
    ----------
    sites
        The machines that something was measured on.
    layout
        Where each unknown is in a vector.
    samples
        Unknowns as probable as they are (shape (samples, unknowns)).
    """

    def __init__(self, evidence: Evidence, seed: int = 0, law: Law = step) -> None:
        self._law = law
        self.sites = evidence.sites
        self._given = {table.figures: points for table, points in evidence.tables}
        density = Density(evidence, PRIORS[evidence.transport], law)
        self.layout, self._seed = density.layout, seed
        generator = stream(seed, "calibration")
        near = density.most_probable(self.layout.mean)
        begin = density.around(near, CHAINS, generator)
        self.samples = differential_evolution(density.logarithm, begin, STEPS, generator)

    def knows(self, table: Table) -> bool:
        """Whether anything has been measured on the machines of a table.

        Parameters
        ----------
        table
            The table, which need not be among those that were learned from.
        """
        return table.site in self.sites

    def predict(self, table: Table, points: Sequence[Point]) -> Numbers:
        """The median of what is possible of a throughput (1/s, shape (points,)).

        Parameters
        ----------
        table
            Of this transport.
        points
            How many devices, machines and servers there are at each.
        """
        cases, clusters = self._rows(table, points)
        exact = self._law(cases, self.layout.unknowns(self.samples, cases, clusters))
        off, _ = self._carried(table, cases, self.samples)
        logarithm = np.log(exact.throughput) + off * self.layout.noise(self.samples, exact.travelling)
        return np.asarray(np.exp(np.median(logarithm, axis=0)), np.float64)

    def fitted(self, table: Table, points: Sequence[Point], timings: Sequence[Timing] = ()) -> Numbers:
        """The same by the model alone, whatever has been measured of this table (1/s, shape (points + timings,)).

        Parameters
        ----------
        table, points
            As in `predict`.
        timings
            Collectives by themselves on its machines, of which the result is how often a second they can be done.
        """
        cases = cases_of([(table, points)], timings)
        clusters = np.full(len(cases), self.sites.index(table.site) if self.knows(table) else -1)
        each = self._law(cases, self.layout.unknowns(self.samples, cases, clusters)).throughput
        return np.asarray(np.exp(np.median(np.log(each), axis=0)), np.float64)

    def possible(self, table: Table, points: Sequence[Point]) -> Numbers:
        """Throughputs that may be measured there (1/s, shape (samples, points)).

        Parameters
        ----------
        table, points
            As in `predict`.
        """
        return self.drawn(table, points).throughput()

    def drawn(self, table: Table, points: Sequence[Point]) -> Drawn:
        """What may be there, of which throughputs follow.

        A cluster of which nothing is known is drawn anew for each sample, and so is the noise.

        Parameters
        ----------
        table, points
            As in `predict`.
        """
        generator = stream(self._seed, "possible")
        cases, unknowns, layout, samples = self._drawn(table, points, generator)
        off, root = self._carried(table, cases, self.samples)
        errors = off + generator.standard_t(NOISE, (len(samples), len(cases))) @ root.T
        return Drawn(self._law, layout, samples, cases, unknowns, errors)

    def errors(self, table: Table, point: Point) -> tuple[Numbers, float]:
        """What is known of the law's error at a point, whatever other points are asked for.

        Parameters
        ----------
        table, point
            As in `predict`.

        Returns
        -------
        tuple
            What errors in the same table add, in units of the noise (shape (samples,)), and how much of these stays
            open (standard deviation, ratio).
        """
        off, root = self._carried(table, self._rows(table, [point])[0], self.samples)
        return np.broadcast_to(off, (len(self.samples), 1))[:, 0], float(np.linalg.norm(root))

    def unknowns(self, table: Table, point: Point) -> dict[str, Numbers]:
        """What is possible of each unknown at a point of a table, and of the rate of a card (each shape (samples,)).

        Parameters
        ----------
        table
            Of this transport.
        point
            How many devices, machines and servers there are.

        Returns
        -------
        dict
            By the names of `sim.calibration.step.Unknowns`; ``card`` is what one card carries (Gb/s).
        """
        cases, unknowns, *_ = self._drawn(table, [point], stream(self._seed, "possible"))
        shape = (len(self.samples), 1)
        found = {name: np.broadcast_to(value, shape)[:, 0] for name, value in unknowns._asdict().items()}
        return {"card": rate(cases, unknowns)[:, 0] / table.nics / GBPS, **found}

    def _drawn(
        self, table: Table, points: Sequence[Point], generator: np.random.Generator
    ) -> tuple[Cases, Unknowns, Layout, Numbers]:
        """The points, their unknowns for each sample, and the samples."""
        cases, clusters = self._rows(table, points)
        layout, samples = self.layout, self.samples
        if not self.knows(table):
            layout = Layout(layout.priors, 1)
            shared, noise = samples[:, : len(layout.names)], samples[:, -NOISES:]
            new = generator.standard_t(CLUSTERS, (len(samples), len(layout.priors.clusters)))
            samples = np.concatenate([shared, new * [*layout.priors.clusters.values()], noise], axis=1)
            clusters = np.zeros_like(clusters)
        return cases, layout.unknowns(samples, cases, clusters), layout, samples

    def _carried(self, table: Table, cases: Cases, vectors: Numbers) -> tuple[Numbers, Numbers]:
        """What known errors in the same table add (shape (..., rows)), and a root of what stays open."""
        points = self._given.get(table.figures, ())
        given, clusters = self._rows(table, points)
        shares, root = carried(cases.nodes, given.nodes)
        if not points:
            return np.zeros(len(cases)), root
        exact = self._law(given, self.layout.unknowns(vectors, given, clusters))
        off = np.log(given.measured / exact.throughput) / self.layout.noise(vectors, exact.travelling)
        return off @ shares.T, root

    def _rows(self, table: Table, points: Sequence[Point]) -> tuple[Cases, Counts]:
        cases = cases_of([(table, points)])
        number = self.sites.index(table.site) if self.knows(table) else -1
        return cases, np.full(len(cases), number)
