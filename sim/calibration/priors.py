"""What is believed of a kind of transport before anything has been measured on a cluster."""

from __future__ import annotations

import math
from collections.abc import Mapping
from enum import Enum
from typing import NamedTuple

from sim.truth.table import Transport


class Scale(Enum):
    """On what scale an unknown is normal: that of its logarithm, of its log odds, or its own."""

    log = "log"
    odds = "odds"
    plain = "plain"


class Prior(NamedTuple):
    """A normal distribution on some scale.

    Attributes
    ----------
    median
        Of the unknown: a rate (Gb/s), a time (s), or a ratio (no unit).
    spread
        Standard deviation on the scale (no unit).
    scale
        Which.
    """

    median: float
    spread: float
    scale: Scale = Scale.log

    @property
    def mean(self) -> float:
        """The mean on the scale (no unit)."""
        match self.scale:
            case Scale.log:
                return math.log(self.median)
            case Scale.odds:
                return math.log(self.median / (1.0 - self.median))
            case _:
                return self.median


class Priors(NamedTuple):
    """What is believed of one transport.

    Attributes
    ----------
    unknowns
        Each unknown that all clusters share, by the name that `sim.calibration.step.Unknowns` gives it; ``cap_elastic``
        takes the place of ``cap`` on the elastic network adapter of AWS. Rates are in Gb/s.
    clusters
        How far clusters are from each other (standard deviation on the unknown's scale).
    noise
        How far a throughput is from the model, as a share of it: of a step that is all computing, and what comes to
        that (as squares add up) in one that is all communication (both ratio). What is measured of computing is known
        to a per cent or two, of a network in a cloud to a fifth.
    """

    unknowns: Mapping[str, Prior]
    clusters: Mapping[str, float]
    noise: tuple[Prior, Prior]


#: Clusters differ by what no table tells: switches, tuning, neighbours, other traffic.
_CLUSTERS = {"faster": 0.5, "interference": 0.7, "scatter": 0.5, "pair": 0.4, "growth": 0.15}

#: Line rates are what engineers measure (RDMA) or nearly so (TCP, less headers); caps are single-digit streams of a
#: kernel, of AWS's adapter without EFA, of protobuf copies, each known to a factor of 1.6 at best. Compute times of
#: machines scatter by a per cent or two (Petrini et al. 2003 and all benchmarks since).
PRIORS = {
    Transport.rdma: Priors(
        {
            "efficiency": Prior(0.95, 0.05),
            "cap": Prior(80.0, 0.5),
            "interference": Prior(0.05, 0.7, Scale.odds),
            "scatter": Prior(0.01, 0.7),
            "doubling": Prior(0.015, 0.01, Scale.plain),
            "pair": Prior(0.0, 0.1, Scale.plain),
            "growth": Prior(0.0, 0.05, Scale.plain),
            "latency": Prior(1e-5, 1.0),
        },
        _CLUSTERS,
        (Prior(0.02, 0.3), Prior(0.4, 0.3)),
    ),
    Transport.tcp: Priors(
        {
            "efficiency": Prior(0.92, 0.05),
            "cap": Prior(30.0, 0.5),
            "cap_elastic": Prior(7.0, 0.5),
            "interference": Prior(0.2, 1.0, Scale.odds),
            "scatter": Prior(0.01, 0.7),
            "doubling": Prior(0.015, 0.01, Scale.plain),
            "pair": Prior(0.0, 0.1, Scale.plain),
            "growth": Prior(0.0, 0.05, Scale.plain),
            "latency": Prior(3e-5, 1.0),
        },
        _CLUSTERS,
        (Prior(0.05, 0.3), Prior(0.35, 0.3)),
    ),
    Transport.grpc_ps: Priors(
        {
            "efficiency": Prior(0.92, 0.05),
            "cap": Prior(3.5, 0.6),
            "interference": Prior(0.2, 1.0, Scale.odds),
            "scatter": Prior(0.01, 0.7),
            "doubling": Prior(0.015, 0.01, Scale.plain),
            "pair": Prior(0.0, 0.1, Scale.plain),
            "growth": Prior(0.0, 0.05, Scale.plain),
            "latency": Prior(2e-4, 1.0),
        },
        _CLUSTERS,
        (Prior(0.025, 0.3), Prior(0.2, 0.3)),
    ),
}
