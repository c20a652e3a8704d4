"""A group that goes back to its last checkpoint when one of its ranks fails."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from sim.connections.group.group import Group
from sim.connections.group.member import Member
from sim.incidents.recover import Recover

if TYPE_CHECKING:
    from sim.experiment import Experiment
    from sim.world.worker import Worker


def goes_back(experiment: Experiment) -> bool:
    """Whether a group goes back to its last checkpoint: as the user says, or since nobody has the model alone."""
    return experiment.faults.recover is Recover.checkpoint or experiment.protocol.shares_model


class Gang:
    """All ranks of a group, who begin together whenever they begin.

    Parameters
    ----------
    attribute
        What workers call their part.
    make
        Makes the group of some ranks, and what makes a worker's part in it.
    """

    def __init__(
        self, attribute: str, make: Callable[[Sequence[int]], tuple[Group, Callable[[Worker], Member]]]
    ) -> None:
        self._attribute = attribute
        self._make = make
        self._group: Group | None = None

    def form(self, workers: Sequence[Worker], vectors: int = 0, replicated: Any = None) -> None:
        """Begin with these workers when so many vectors are behind them, and with what all hold alike."""
        ranks = [worker.rank for worker in workers]
        self._group, member = self._make(ranks)
        if replicated is not None:
            self._group.replicate(replicated)
        for place, worker in enumerate(workers):
            part = member(worker)
            part.go_on_after(vectors, place)
            setattr(worker, self._attribute, part)

    def lose(self, rank: int) -> None:
        """A rank has failed: nothing is exchanged any more."""
        if self._group is not None:
            self._group.dissolve()
            self._group = None

    @property
    def replicated(self) -> Any:
        """What all ranks hold alike; None: nothing."""
        return None if self._group is None else self._group.replicated
