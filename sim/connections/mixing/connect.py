"""Every worker's neighbours in the topology, round by round."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from sim.connections.connection import Connected, Connection, Deployment, Wiring
from sim.connections.mixing.attendance import Attendance
from sim.connections.mixing.mortal import MortalNeighbours
from sim.connections.mixing.neighbours import Neighbours
from sim.streams import stream
from topologies.field_error import FieldError, of_group
from topologies.rounds import Rounds

if TYPE_CHECKING:
    from sim.experiment import Experiment
    from sim.world.worker import Worker


class Mixing(Connection):
    """Workers that mix their models with those of their neighbours."""

    attribute = "neighbours"
    over_topology = True

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        self.rounds = lru_cache(maxsize=1)(self._rounds)  # those of a seed that has been checked are those of its run

    def check(self, deployment: Deployment, seed: int) -> None:
        self.rounds(seed)

    def connect(self, wiring: Wiring) -> Connected:
        """Let every worker know its neighbours of every round."""
        rounds = self.rounds(wiring.seed)
        nbytes = self.experiment.workload.message_bytes(self.experiment.problem)
        if wiring.world.mortal:
            return self._connect_mortal(wiring, self._attendance(rounds, wiring.seed), nbytes)
        for worker in wiring.workers:
            worker.neighbours = Neighbours(wiring.world, worker.rank, worker.endpoint, rounds, nbytes)
        everybody = [worker.neighbours for worker in wiring.workers]
        for neighbours in everybody:
            neighbours.meet(everybody)
        return Connected()

    def _attendance(self, rounds: Rounds, seed: int) -> Attendance:
        """Who takes part in which round."""
        topology = self.experiment.topology

        def anew(workers: int) -> Rounds | None:
            if workers < 2:
                return None
            try:
                return topology.rounds(workers, stream(seed, "topology", workers))
            except FieldError:
                return None

        return Attendance(rounds, self.experiment.protocol.mixing, anew)

    def _connect_mortal(self, wiring: Wiring, rounds: Attendance, nbytes: float) -> Connected:
        """The same where workers fail: who comes back takes part from the first round on that nobody has begun."""
        everybody: list[MortalNeighbours] = []

        def side(worker: Worker, begins: int) -> MortalNeighbours:
            made = MortalNeighbours(worker.world, worker.rank, worker.endpoint, rounds, nbytes, begins)
            made.meet(everybody)
            worker.neighbours = made
            return made

        def next_round() -> int:
            return 1 + max(each.number for each in everybody)

        def absent() -> list[int]:
            return [rank for rank, each in enumerate(everybody) if each.gone]

        def lose(rank: int) -> None:
            number = next_round()
            rounds.change(number, absent())
            for each in everybody:
                if not each.gone:
                    each.lose(everybody[rank], number)

        def renew(worker: Worker) -> int:
            number = next_round()
            everybody[worker.rank] = side(worker, number)
            rounds.change(number, absent())
            return number

        everybody += [side(worker, 0) for worker in wiring.workers]
        return Connected(lose=lose, renew=renew)

    def _rounds(self, seed: int) -> Rounds:
        """The mixing of every round."""
        with of_group("topology"):
            return self.experiment.topology.rounds(self.experiment.workers, stream(seed, "topology"))
