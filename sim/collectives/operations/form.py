"""Closed forms: how long an operation takes whose ranks have one switch to themselves."""

from __future__ import annotations

from abc import ABC
from typing import TYPE_CHECKING

from sim.collectives import Collective
from sim.option_name import option_name
from topologies.field_error import FieldError

if TYPE_CHECKING:
    from sim.collectives.operations.operation import Kind
    from sim.collectives.operations.route import Route, Terms


class NoClosedFormError(FieldError):
    """Nobody has written down in closed form how long something takes: it has to be simulated."""


class Formed(Collective, ABC):
    """A collective that says in closed form how long its operations take: that of its docstring.

    One whose time is a sum of latencies, bytes and additions defines `terms`; another overrides `seconds`.
    """

    def terms(self, kind: Kind, ranks: int) -> Terms | None:
        """What an operation takes, where that is a sum; None where it is none, or nobody knows."""
        return None

    def together(self, ranks: int) -> bool:
        """Whether ranks that enter an all-reduce or all-gather at one instant leave it at one."""
        return False

    def by_form(self, kind: Kind, ranks: int, nbytes: float, route: Route) -> Formed:
        """What carries out an operation, by closed forms: itself, unless it chooses (see `seconds`)."""
        return self

    def seconds(self, kind: Kind, ranks: int, nbytes: float, route: Route) -> float:
        """How long an operation takes alone on one switch (s).

        Parameters
        ----------
        kind
            What is carried out.
        ranks
            Number of ranks, >= 1, each on a host of its own; they enter at one instant.
        nbytes
            Size of the whole vector (B).
        route
            The way from one rank to another.

        Raises
        ------
        NoClosedFormError
            If there is none for this number of ranks.
        LacksOperationError
            If the collective has no such operation.
        """
        if getattr(type(self), kind) is getattr(Collective, kind):
            raise self._lacks(kind)
        terms = self.terms(kind, ranks)
        if ranks == 1:
            return 0.0
        if terms is None:
            said = f"{option_name(self)} has no closed form of {kind} over {ranks} ranks; choose another collective"
            raise NoClosedFormError("collective", f"{said}, such as ring, or simulate it", full=True)
        sent = terms.sent * nbytes * route.seconds_per_byte(terms.beside)
        return terms.latencies * route.latency + sent + terms.added * nbytes * self.reduce_seconds_per_byte
