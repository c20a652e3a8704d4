"""Learn the unknowns of a transport from tables: the most probable ones, and samples of all that are possible."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import least_squares

from sim.calibration.cases import Cases, cases_of
from sim.calibration.evolution import differential_evolution
from sim.calibration.kinship import carried, whitener
from sim.calibration.layout import GBPS, Layout
from sim.calibration.numbers import Counts, Numbers
from sim.calibration.priors import PRIORS, Priors
from sim.calibration.step import Unknowns, rate, throughput
from sim.streams import stream
from sim.truth.table import Point, Table, Transport

#: Degrees of freedom of Student's distribution, which clusters and noise have: a cluster may be far from all others,
#: and now and then a published figure is far off.
CLUSTERS, NOISE = 4.0, 8.0
#: Chains, and how often each is moved.
CHAINS, STEPS = 128, 240
#: Size of a step of a numerical derivative, as a share of a prior's spread.
_SLIGHTLY = 1e-4


@dataclass(frozen=True)
class Evidence:
    """What has been measured with one transport.

    Parameters
    ----------
    transport
        Which.
    tables
        Tables, each with its points to learn from.
    """

    transport: Transport
    tables: tuple[tuple[Table, tuple[Point, ...]], ...]

    @property
    def sites(self) -> list[tuple[str, str]]:
        """The machines that there are, in the order of the tables."""
        return list(dict.fromkeys(table.site for table, points in self.tables if points))


class Density:
    """How probable unknowns are after what has been measured.

    Parameters
    ----------
    evidence
        What has been measured.
    priors
        What was believed before.
    """

    def __init__(self, evidence: Evidence, priors: Priors) -> None:
        self.layout = Layout(priors, len(evidence.sites))
        self._cases = cases = cases_of(evidence.tables)
        numbers = {name: number for number, name in enumerate(evidence.sites)}
        of_table = np.array([numbers.get(table.site, -1) for table, _ in evidence.tables], np.int64)
        self._clusters = of_table[cases.table] if len(cases) else np.empty(0, np.int64)
        self._whitener = whitener(cases.table, cases.nodes)

    def residuals(self, vectors: Numbers) -> Numbers:
        """Numbers whose squares add up to minus twice the logarithm of the density at a given noise.

        Parameters
        ----------
        vectors
            Unknowns (shape (..., unknowns)).
        """
        layout = self.layout
        prior = (vectors - layout.mean) / layout.spread
        prior = np.where(layout.apart, _heavy(prior, CLUSTERS), prior)
        unknowns = layout.unknowns(vectors, self._cases, self._clusters)
        with np.errstate(all="ignore"):
            off = np.log(throughput(self._cases, unknowns) / self._cases.measured) / layout.noise(vectors)[..., None]
        off = np.where(np.isfinite(off), off, 1e6)
        return np.concatenate([_heavy(off @ self._whitener.T, NOISE), prior], axis=-1)

    def logarithm(self, vectors: Numbers) -> Numbers:
        """Logarithm of the density, up to a constant.

        Parameters
        ----------
        vectors
            Unknowns (shape (..., unknowns)).
        """
        noise = np.log(self.layout.noise(vectors)) * len(self._cases)
        logarithm: Numbers = -0.5 * (self.residuals(vectors) ** 2).sum(axis=-1) - noise
        return logarithm

    def slopes(self, vector: Numbers) -> Numbers:
        """Derivatives of the residuals (shape (residuals, unknowns))."""
        steps = np.diag(_SLIGHTLY * self.layout.spread)
        ahead, behind = self.residuals(vector + steps), self.residuals(vector - steps)
        return ((ahead - behind) / (2.0 * steps.diagonal()[:, None])).T

    def most_probable(self, begin: Numbers) -> Numbers:
        """The unknowns of the greatest density near some others, at the noise of those (shape (unknowns,)).

        Parameters
        ----------
        begin
            The others (shape (unknowns,)).
        """
        layout, moved = self.layout, np.arange(len(self.layout)) < len(self.layout) - 1
        whole = begin.copy()

        def filled(some: Numbers) -> Numbers:
            whole[moved] = some
            return whole

        found = least_squares(
            lambda some: self.residuals(filled(some)),
            begin[moved],
            jac=lambda some: self.slopes(filled(some))[:, moved],
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
        slopes = self.slopes(vector)
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

    Attributes
    ----------
    sites
        The machines that something was measured on.
    layout
        Where each unknown is in a vector.
    best
        The most probable unknowns (shape (unknowns,)).
    samples
        Unknowns as probable as they are (shape (samples, unknowns)).
    """

    def __init__(self, evidence: Evidence, seed: int = 0) -> None:
        self.sites = evidence.sites
        self._given = {table.figures: points for table, points in evidence.tables}
        density = Density(evidence, PRIORS[evidence.transport])
        self.layout, self._seed = density.layout, seed
        generator = stream(seed, "calibration")
        near = density.most_probable(self.layout.mean)
        begin = density.around(near, CHAINS, generator)
        self.samples = differential_evolution(density.logarithm, begin, STEPS, generator)
        self.best = self._best(density, near)

    def _best(self, density: Density, near: Numbers) -> Numbers:
        """The most probable unknowns: near what was believed, or, if chains have found better ones, near the best."""
        found = self.samples[np.argmax(density.logarithm(self.samples))].copy()
        found[-1] = near[-1]  # at the same noise
        both = np.array([near, density.most_probable(found)])
        best: Numbers = both[np.argmax(density.logarithm(both))]
        return best

    def knows(self, table: Table) -> bool:
        """Whether anything has been measured on the machines of a table.

        Parameters
        ----------
        table
            The table, which need not be among those that were learned from.
        """
        return table.site in self.sites

    def predict(self, table: Table, points: Sequence[Point]) -> Numbers:
        """The most probable throughput of points of a table (1/s, shape (points,)).

        Parameters
        ----------
        table
            Of this transport.
        points
            How many devices, machines and servers there are at each.
        """
        cases, _ = self._rows(table, points)
        off, _ = self._carried(table, cases, self.best)
        predicted: Numbers = self.fitted(table, points) * np.exp(off)
        return predicted

    def fitted(self, table: Table, points: Sequence[Point]) -> Numbers:
        """The same by the model alone, whatever has been measured of this table (1/s, shape (points,)).

        Parameters
        ----------
        table, points
            As in `predict`.
        """
        cases, clusters = self._rows(table, points)
        return throughput(cases, self.layout.unknowns(self.best, cases, clusters))

    def possible(self, table: Table, points: Sequence[Point]) -> Numbers:
        """Throughputs that may be measured there (1/s, shape (samples, points)).

        A cluster of which nothing is known is drawn anew for each sample, and so is the noise.

        Parameters
        ----------
        table, points
            As in `predict`.
        """
        generator = stream(self._seed, "possible")
        cases, unknowns, noise = self._drawn(table, points, generator)
        exact = throughput(cases, unknowns)
        off, root = self._carried(table, cases, self.samples)
        drawn = generator.standard_t(NOISE, exact.shape) * noise[:, None]
        return exact * np.exp(off + drawn @ root.T)

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
        cases, unknowns, _ = self._drawn(table, [point], stream(self._seed, "possible"))
        shape = (len(self.samples), 1)
        found = {name: np.broadcast_to(value, shape)[:, 0] for name, value in unknowns._asdict().items()}
        return {"card": rate(cases, unknowns)[:, 0] / table.nics / GBPS, **found}

    def _drawn(
        self, table: Table, points: Sequence[Point], generator: np.random.Generator
    ) -> tuple[Cases, Unknowns, Numbers]:
        """The points, and for each sample their unknowns and the noise."""
        cases, clusters = self._rows(table, points)
        layout, samples = self.layout, self.samples
        if not self.knows(table):
            layout = Layout(layout.priors, 1)
            shared, noise = samples[:, : len(layout.names)], samples[:, -1:]
            new = generator.standard_t(CLUSTERS, (len(samples), len(layout.priors.clusters)))
            samples = np.concatenate([shared, new * [*layout.priors.clusters.values()], noise], axis=1)
            clusters = np.zeros_like(clusters)
        return cases, layout.unknowns(samples, cases, clusters), layout.noise(samples)

    def _carried(self, table: Table, cases: Cases, vectors: Numbers) -> tuple[Numbers, Numbers]:
        """What known errors in the same table add (shape (..., rows)), and a root of what stays open."""
        points = self._given.get(table.figures, ())
        given, clusters = self._rows(table, points)
        shares, root = carried(cases.nodes, given.nodes)
        if not points:
            return np.zeros(len(cases)), root
        off = np.log(given.measured / throughput(given, self.layout.unknowns(vectors, given, clusters)))
        return off @ shares.T, root

    def _rows(self, table: Table, points: Sequence[Point]) -> tuple[Cases, Counts]:
        cases = cases_of([(table, points)])
        number = self.sites.index(table.site) if self.knows(table) else -1
        return cases, np.full(len(cases), number)
