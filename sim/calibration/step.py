"""A step of workers that are alike, with all it depends on as arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from sim.calibration.numbers import Numbers

if TYPE_CHECKING:
    from sim.calibration.cases import Cases


class Unknowns(NamedTuple):
    """What nobody has published of a cluster, for each row; any axes before that are alternatives.

    Attributes
    ----------
    efficiency
        Share of the line rate that software leaves (ratio).
    cap
        What it moves through one card at the most (B/s).
    faster
        Factor by which this cluster is faster than others of its kind (ratio).
    interference
        What a second of hidden traffic costs (no unit).
    scatter
        Standard deviation of a worker's compute times as a share of their mean (ratio).
    doubling
        What each doubling of the devices inside a machine adds to a micro-batch (ratio).
    pair
        What two machines lose that have but one connection each way, as a logarithm (no unit).
    growth
        Exponent by which rates fall with the number of machines, about those of four (no unit).
    latency
        Of a hop of a bucket (s).
    """

    efficiency: Numbers
    cap: Numbers
    faster: Numbers
    interference: Numbers
    scatter: Numbers
    doubling: Numbers
    pair: Numbers
    growth: Numbers
    latency: Numbers


#: Of two bounds the one that counts.
Least = Callable[[Numbers, Numbers], Numbers]


def less_than_both(some: Numbers, other: Numbers) -> Numbers:
    """The least of two bounds, with the corner where they meet rounded off, as a fit needs it."""
    return 1.0 / np.sqrt(np.sqrt(_fourth(1.0 / some) + _fourth(1.0 / other)))


def rate(cases: Cases, unknowns: Unknowns, least: Least = less_than_both) -> Numbers:
    """What a machine's cards carry (B/s).

    Parameters
    ----------
    cases
        The points.
    unknowns
        What nobody has published of them.
    least
        Of two bounds the one that counts; `numpy.minimum` where both are known.
    """
    soft = least(unknowns.efficiency * cases.line, unknowns.cap * cases.nics) * unknowns.faster
    of_size = np.exp(-unknowns.pair * (cases.nodes == 2.0)) * (cases.nodes / 4.0) ** -unknowns.growth
    found: Numbers = least(soft, cases.line) * of_size
    return found


class Step(NamedTuple):
    """What comes out, for each row.

    Attributes
    ----------
    samples
        What all devices train on in a step, in the unit of throughput (count).
    computing
        What a machine computes (s).
    waiting
        How much longer the slowest one does (s).
    hindered
        What hidden traffic costs (s).
    exposed
        What is waited for beside these (s): gradients on their way.
    answered
        The same of a server's answers (s).
    """

    samples: Numbers
    computing: Numbers
    waiting: Numbers
    hindered: Numbers
    exposed: Numbers
    answered: Numbers

    @property
    def seconds(self) -> Numbers:
        """All of it (s)."""
        return self.computing + self.waiting + self._sent

    @property
    def throughput(self) -> Numbers:
        """What the workers train on (1/s)."""
        return self.samples / self.seconds

    @property
    def travelling(self) -> Numbers:
        """Share of a step by which it is longer than what the machines compute alike (ratio)."""
        return self._sent / self.seconds

    @property
    def _sent(self) -> Numbers:
        return self.hindered + self.exposed + self.answered


#: What a step is taken to be made of.
Law = Callable[["Cases", Unknowns], Step]


def step(cases: Cases, unknowns: Unknowns) -> Step:
    """How long a step takes, and why.

    Buckets leave one after the other, each when it is ready: ``end = max over l (ready_l + bytes from l on / rate)``,
    which is ``end_l = max(ready_l, end_(l-1)) + seconds_l`` written out. What is hidden under the last micro-batch
    costs it a share, which all buckets after it are later for (in a simulation only the last one is, so that traffic
    that outlasts the gradient costs nothing; published tables are predicted better so). What a server answers, half of
    the bytes, sets out when it has all gradients, and nothing is computed meanwhile. The gradient of the slowest of
    N machines is as late as the largest of N normal draws (`largest_of`).

    Parameters
    ----------
    cases
        The points.
    unknowns
        What nobody has published of them.
    """
    micro, there, back = _times(cases, unknowns, less_than_both)
    exposed = _outlasting(cases, micro, there)
    hindered = unknowns.interference * (there - exposed)
    return _whole(cases, unknowns, micro, hindered, exposed, back)


def simulated_step(cases: Cases, unknowns: Unknowns, least: Least = less_than_both) -> Step:
    """The same by the simulator's rule: what hidden traffic costs delays the last bucket alone.

    So that a plan and the simulation that verifies it are of one kind; `sim.predict_step` says the same of one case.

    Parameters
    ----------
    cases, unknowns
        As in `step`.
    least
        As in `rate`.
    """
    micro, there, back = _times(cases, unknowns, least)
    exposed = _outlasting(cases, micro, there)
    hindered = unknowns.interference * (there - exposed)
    last = np.where(cases.ready == 1.0, cases.left, 0.0).max(axis=-1)
    return _whole(cases, unknowns, micro, hindered, np.maximum(exposed - hindered, last * there), back)


def _times(cases: Cases, unknowns: Unknowns, least: Least) -> tuple[Numbers, Numbers, Numbers]:
    """How long a micro-batch takes, all buckets on their way, and a server's answers (s)."""
    micro = cases.seconds * (1.0 + unknowns.doubling * cases.doublings)
    wire = cases.through_card / rate(cases, unknowns, least) + cases.hops * unknowns.latency
    back = cases.back * wire
    return micro, wire - back, back


def _outlasting(cases: Cases, micro: Numbers, there: Numbers) -> Numbers:
    """By how much buckets outlast the gradient, were none of them to cost it anything (s)."""
    found: Numbers = (cases.ready * micro[..., None] + cases.left * there[..., None]).max(axis=-1) - micro
    return found


def _whole(
    cases: Cases, unknowns: Unknowns, micro: Numbers, hindered: Numbers, exposed: Numbers, back: Numbers
) -> Step:
    computing = cases.accumulation * micro
    samples = cases.devices * cases.units * cases.accumulation
    return Step(samples, computing, computing * unknowns.scatter * cases.slowest, hindered, exposed, back)


def _fourth(value: Numbers) -> Numbers:
    """The fourth power, in two products: a general power takes ten times that."""
    square = value * value
    return square * square
