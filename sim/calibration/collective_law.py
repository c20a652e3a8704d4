"""How long a collective operation takes over machines of several ranks, in closed form, of many sizes at once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.calibration.numbers import Numbers
from sim.truth.timing import Timing

#: How often each operation leads a vector around a ring.
TURNS = {"all_reduce": 2, "all_gather": 1, "reduce_scatter": 1}
#: Machines up to which switches that add up are worth it across them: two, whose tree carries half the bytes of a ring.
#: In one of more machines, some pass on what two others send: as many bytes as in the ring, and more to wait for.
MOST_ADDING = 2


class Wires(NamedTuple):
    """What machines do, each shape (...), or (..., 1) beside cases.

    Attributes
    ----------
    card
        Rate of a network card (B/s).
    inside
        Rate of a rank inside its machine, in each direction (B/s).
    switch
        Share of that which is left where the switch inside adds up (ratio).
    start
        What every operation begins with (s).
    inner, outer
        What a hop to another rank waits, inside a machine and between two (s).
    adding
        What adding up in a switch waits, there and back (s).
    exposed
        Where a switch adds up and two machines exchange the sum meanwhile: share of the shorter of the two that does
        not overlap (ratio).
    quick, thin
        Share of the waits, and of the rates, that short vectors have (ratio): protocols that send a flag beside every
        few bytes wait for nothing else, and carry less.
    """

    card: Numbers
    inside: Numbers
    switch: Numbers
    start: Numbers
    inner: Numbers
    outer: Numbers
    adding: Numbers
    exposed: Numbers
    quick: Numbers
    thin: Numbers


class Cases(NamedTuple):
    """Operations, a column of each figure.

    Attributes
    ----------
    turns
        Number of times that a vector goes around a ring (shape (cases,)).
    nbytes
        Size of the whole vector (B, shape (cases,)).
    ranks, nodes
        How many (shape (cases,)).
    cards
        Network cards of a machine that carry the operation (shape (cases,)).
    reduces
        Whether a switch may add up: 1, or else 0 (shape (cases,)).
    trees
        Whether short vectors may go by trees, as those of an all-reduce: 1, or else 0 (shape (cases,)).
    """

    turns: Numbers
    nbytes: Numbers
    ranks: Numbers
    nodes: Numbers
    cards: Numbers
    reduces: Numbers
    trees: Numbers


class Parts(NamedTuple):
    """What operations take.

    Attributes
    ----------
    waiting
        Without any bytes (s, shape (..., cases)).
    carrying
        Of their bytes (s, shape (..., cases)).
    """

    waiting: Numbers
    carrying: Numbers

    @property
    def seconds(self) -> Numbers:
        """All of it."""
        return self.waiting + self.carrying


def cases_of(timings: Sequence[Timing], nics: int | None, reduces: bool) -> Cases:
    """Operations as columns; each of `TURNS`.

    Parameters
    ----------
    timings
        What was measured, whose seconds are not looked at.
    nics
        Network cards of a machine; None: one for each rank.
    reduces
        Whether the switch inside a machine adds up.
    """
    rows = [
        (
            TURNS[each.operation],
            each.nbytes,
            each.ranks,
            each.nodes,
            min(each.ranks / each.nodes, nics or np.inf),
            reduces and each.operation == "all_reduce" and each.nodes < each.ranks and each.nodes <= MOST_ADDING,
            each.operation == "all_reduce",
        )
        for each in timings
    ]
    return Cases(*np.array(rows, np.float64).reshape(-1, 7).T)


def parts(cases: Cases, wires: Wires) -> Parts:
    """What operations take.

    A ring through m machines of g ranks, n = m g of them, with a channel for each card: every rank sends
    ``turns (n - 1) / n`` of the vector, of which ``cards`` share what leaves a machine. Whatever is narrower bounds it:
    the cards, or a rank's own way inside (`sim.collectives.ring.Ring` on ``network=gpu_pod``). A hop waits once for
    each turn, m - 1 of the n - 1 between machines [1]_.

    Where the switch inside adds up, each rank sends its vector into it, and its share of the sum for all others:
    ``1 + 1 / g`` of the vector each way in place of ``2 (g - 1) / g`` [2]_, as `sim.collectives.hierarchical` has it.
    Two machines exchange the sum meanwhile, chunk by chunk.

    Short vectors go by quick, thin protocols, in an all-reduce by trees of as many levels as machines double, with
    chains inside these [1]_. Whatever is fastest is taken, as programs do whose tuners know it.

    Parameters
    ----------
    cases
        The operations.
    wires
        What machines do.

    References
    ----------
    .. [1] Z. Hu et al., "Demystifying NCCL: an in-depth analysis of GPU communication protocols and algorithms",
       arXiv:2507.04786, 2025: the tuner's model.
    .. [2] S. Jeaugey in github NVIDIA/nccl-tests #212 and #239, 2024: n / (n + 1) of the links' rate.
    """
    each = cases.ranks / cases.nodes
    several, shared = cases.nodes > 1, each > 1
    cards = cases.cards * wires.card
    inside = np.where(shared, wires.inside, np.inf)
    narrowest = np.where(several, np.minimum(inside, cards), inside)
    ring = Parts(
        wires.start + cases.turns * ((cases.ranks - cases.nodes) * wires.inner + (cases.nodes - 1.0) * wires.outer),
        cases.turns * (cases.ranks - 1.0) / cases.ranks * cases.nbytes / narrowest,
    )
    within = (1.0 + 1.0 / each) * cases.nbytes / (wires.switch * wires.inside)
    between = np.where(several, cases.nbytes / cards, 0.0)
    added = Parts(
        wires.start + wires.adding + np.where(several, 2.0 * wires.outer, 0.0),
        np.maximum(within, between) + wires.exposed * np.minimum(within, between),
    )
    hops = np.where(
        cases.trees > 0.0,
        2.0 * ((each - 1.0) * wires.inner + np.log2(cases.nodes) * wires.outer),
        ring.waiting - wires.start,
    )
    short = Parts(wires.quick * (wires.start + hops), ring.carrying / wires.thin)
    return _faster(_faster(ring, short), added, where=cases.reduces > 0.0)


def _faster(one: Parts, other: Parts, where: bool | NDArray[np.bool_] = True) -> Parts:
    """Of each case the faster of two ways, of which the second may not be there."""
    second = where & (other.seconds < one.seconds)
    return Parts(*(np.where(second, b, a) for a, b in zip(one, other, strict=True)))
