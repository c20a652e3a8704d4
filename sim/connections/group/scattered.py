"""All workers in a group whose members keep a share of the gradient each, and of the optimizer's state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.compressors import Carrier
from sim.connections.group.connect import Collectives
from sim.connections.group.member import Departure

if TYPE_CHECKING:
    from sim.experiment import Experiment


class ScatteredGradients(Collectives):
    """Gradients are reduce-scattered bucket by bucket, and the model that every rank has moved a share of is gathered.

    Both together are an all-reduce, between whose halves each rank steps along its share. Of several mini-batches each
    is scattered by itself, since nobody has room to add up whole gradients; without overlap all of that follows the
    last, which takes as long.
    """

    def __init__(self, experiment: Experiment) -> None:
        super().__init__(experiment)
        self._micro_batches = experiment.workload.micro_batches

    def carriers(self) -> list[list[Carrier]]:
        """The scatters of every mini-batch, then the gathers."""
        workers = self.experiment.workers
        scatters = [[Carrier("reduce_scatter", bucket.nbytes)] for bucket in self._of_a_pass]
        gathers = [[Carrier("all_gather", bucket.nbytes / workers)] for bucket in reversed(self._of_a_pass)]
        return scatters * self._micro_batches + gathers

    def departures(self) -> list[Departure]:
        """When each may set out: a scatter when its bucket is ready, a gather when all have been scattered."""
        passes, count = self._micro_batches, len(self._of_a_pass)
        if not self.experiment.transport.overlap:
            return [Departure(1.0, 0.0)] * ((passes + 1) * count)
        ready = [(number + bucket.ready) / passes for number in range(passes) for bucket in self._of_a_pass]
        return [Departure(share, 0.0) for share in (*ready, *[1.0] * count)]
