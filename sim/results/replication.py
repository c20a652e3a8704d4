"""How many seeds one run simulates: so many, or until a mean is precise enough."""

from __future__ import annotations

import math
from collections.abc import Iterator

from sim.evidence.censored import horizon, restricted
from sim.evidence.precision import INFLATION, look, precise
from sim.experiment import Experiment
from sim.results.objective import objectives, objectives_of
from sim.results.replicas import average
from sim.results.result import Result
from sim.results.units import percent
from sim.streams import replica_seed


class Replication:
    """The replicas of a run.

    Parameters
    ----------
    experiment
        Which says how many there are to be.

    Attributes
    ----------
    results
        Of those that there are, in their order.
    """

    def __init__(self, experiment: Experiment) -> None:
        self._least = experiment.least_replicas
        self._until = experiment.until
        figure = experiment.until.precision_of
        (self._objective,) = objectives_of([], experiment) if figure is None else objectives([figure])
        self._seed = experiment.seed
        self.results: list[Result] = []

    def goes_on(self) -> bool:
        """Whether there is to be another one."""
        precision, made = self._until.precision, len(self.results)
        if made < self._least:
            return True
        if precision is None or made >= self._until.most_replicas:
            return False
        values = self._values()
        return bool(values) and not precise(values, precision)

    @property
    def seed(self) -> int:
        """That of the next one."""
        return replica_seed(self._seed, len(self.results))

    def share(self, of_next: float) -> float:
        """How much of all that there may be is done, 0 to 1, with so much of the next one."""
        most = self._least if self._until.precision is None else max(self._least, self._until.most_replicas)
        return (len(self.results) + of_next) / most

    def add(self, result: Result) -> None:
        """Keep the result of the next one."""
        result.summary.seed = self.seed
        self.results.append(result)

    def result(self) -> Result:
        """What all of them together come to."""
        if len(self.results) == 1:
            return self.results[0]
        return average(self.results, 1.0 if self._until.precision is None else INFLATION)

    def notices(self) -> Iterator[str]:
        """How precise the mean has become, where that was asked for."""
        if self._until.precision is None:
            return
        values, asked = self._values(), f"until.precision={self._until.precision:g} of {self._objective.name}"
        if not values:
            yield f"{asked}: none of the first {len(self.results)} replicas has one"
            return
        found = look(values)
        if not found.value or found.half_width is None or not math.isfinite(found.value):
            yield f"{asked}: has no relative precision after {len(self.results)} replicas"
            return
        share = percent(found.half_width / abs(found.value), 1)
        enough = precise(values, self._until.precision)
        bound = "" if enough else f", until.most_replicas={self._until.most_replicas}"
        yield f"{asked}: {share} after {len(self.results)} replicas{bound}"

    def _values(self) -> list[float]:
        """The figure of every replica so far, up to the common bound where some did not get there; none where none.

        Of what is known of every replica that ends, those that diverged are left out, as of the means of a run.
        """
        summaries = [result.summary for result in self.results]
        if not self._objective.up_to:
            values = [getattr(each, self._objective.name) for each in summaries if each.status != "diverged"]
            return [math.nan if value is None else float(value) for value in values] if any(values) else []
        costs = [self._objective.cost(each) for each in summaries]
        bound = horizon(costs)
        return [restricted(each, bound) for each in costs] if any(each.reached for each in costs) else []
