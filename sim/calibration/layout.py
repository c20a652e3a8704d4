"""All unknowns of a transport as one vector: those of the transport, then those of each cluster, then the noise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from sim.calibration.numbers import Counts, Numbers
from sim.calibration.priors import Priors, Scale
from sim.calibration.step import Unknowns

if TYPE_CHECKING:
    from sim.calibration.cases import Cases


#: Of what Gb/s are, in B/s.
GBPS = 1e9 / 8.0
#: How many elements say how large errors are.
NOISES = 2


class Layout:
    """Where each unknown is in a vector, and what is believed of it.

    Parameters
    ----------
    priors
        What is believed of the transport.
    clusters
        How many clusters have deviations of their own, >= 0.

    Attributes
    ----------
    mean, spread
        Of the prior of every element (both shape (unknowns,)).
    apart
        Whether it is a deviation of one cluster (shape (unknowns,)).
    """

    def __init__(self, priors: Priors, clusters: int) -> None:
        self.priors = priors
        self.clusters = clusters
        shared = [*priors.unknowns.values()]
        apart = np.repeat([*priors.clusters.values()], clusters)
        self.mean = np.array(
            [*(prior.mean for prior in shared), *(0.0 * apart), *(prior.mean for prior in priors.noise)]
        )
        self.apart = np.repeat([False, True, False], [len(shared), len(apart), NOISES])
        self.spread = np.array([*(prior.spread for prior in shared), *apart, *(prior.spread for prior in priors.noise)])

    def __len__(self) -> int:
        return len(self.mean)

    @property
    def names(self) -> Sequence[str]:
        """The unknowns that all clusters share, in the order of the vector."""
        return [*self.priors.unknowns]

    def shared(self, vectors: Numbers, name: str) -> Numbers:
        """What the vectors say of an unknown that all clusters share, in its own unit (shape (...)).

        Parameters
        ----------
        vectors
            Any number of them (shape (..., unknowns)).
        name
            The unknown.
        """
        return _plain(vectors[..., self.names.index(name)], self.priors.unknowns[name].scale)

    def noise(self, vectors: Numbers, travelling: Numbers) -> Numbers:
        """How far throughputs are from the model (ratio, shape (..., rows)).

        Parameters
        ----------
        vectors
            As in `shared`.
        travelling
            Share of each row's step that is not computing (ratio, shape (..., rows)).
        """
        some = np.exp(vectors[..., -NOISES:])
        noise: Numbers = np.sqrt(some[..., :1] ** 2 + (travelling * some[..., 1:]) ** 2)
        return noise

    def unknowns(self, vectors: Numbers, cases: Cases, clusters: Counts) -> Unknowns:
        """The unknowns of every row.

        Parameters
        ----------
        vectors
            As in `shared`.
        cases
            The rows.
        clusters
            Number of each row's cluster; -1: one of which nothing has been measured.
        """
        apart = self._deviations(vectors)[..., clusters]
        of = {name: vectors[..., place, None] for place, name in enumerate(self.names)}
        caps = np.where(cases.elastic > 0.0, of.get("cap_elastic", of["cap"]), of["cap"])
        moved = dict(zip(self.priors.clusters, np.moveaxis(apart, -2, 0), strict=True))
        return Unknowns(
            efficiency=np.exp(of["efficiency"]),
            cap=np.exp(caps) * GBPS,
            faster=np.exp(moved["faster"]),
            interference=_plain(of["interference"] + moved["interference"], Scale.odds),
            scatter=np.exp(of["scatter"] + moved["scatter"]),
            doubling=of["doubling"],
            pair=of["pair"] + moved["pair"],
            growth=of["growth"] + moved["growth"],
            latency=np.exp(of["latency"]),
        )

    def _deviations(self, vectors: Numbers) -> Numbers:
        """Those of the clusters (shape (..., deviations, clusters + 1)); the last cluster has none."""
        kinds, first = len(self.priors.clusters), len(self.names)
        some = vectors[..., first : first + kinds * self.clusters]
        apart = some.reshape(*vectors.shape[:-1], kinds, self.clusters)
        return np.concatenate([apart, np.zeros((*apart.shape[:-1], 1))], axis=-1)


def _plain(value: Numbers, scale: Scale) -> Numbers:
    """From a scale to the unknown's own unit."""
    match scale:
        case Scale.log:
            return np.exp(value)
        case Scale.odds:
            return 1.0 / (1.0 + np.exp(-value))
        case _:
            return value
