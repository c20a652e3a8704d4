"""Asynchronous mini-batch SGD at one model after the other."""

from __future__ import annotations

from dataclasses import dataclass

from sim.protocols.families.answering import AnsweringProtocol
from topologies.ranges import check


@dataclass
class Rennala(AnsweringProtocol):
    """Parameter server: an update for every k gradients at the present model; staler ones are dropped (Rennala SGD).

    Tyurin and Richtarik 2023: asynchronous mini-batch SGD. A fast worker gives many gradients of an update, a slow one
    none. One that is computing at an older model finishes that, is not counted, and goes on at the present one; where
    it abandons that instead, the protocol is K-batch-sync. With speeds that are unequal and fixed no method is faster,
    but by a constant, if k = max(1, ceil(sigma^2 / eps)): of a gradient's variance sigma^2 and the |grad f|^2 that is
    looked for, eps.

    Parameters
    ----------
    k
        Gradients of an update, taken at the model that it changes, whosever they are, >= 1.
    """

    k: int = 1

    stale = False

    def __post_init__(self) -> None:
        check("k", self.k, at_least=1)

    def needed(self, workers: int) -> int:
        return self.k

    def too_stale(self, workers: int) -> float:
        return 1
