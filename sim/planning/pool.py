"""Those that work, those that are repaired, and spares: how many are there in the long run."""

from __future__ import annotations

import math
from typing import NamedTuple


class Pool(NamedTuple):
    """Places that fail, and those that take them.

    Attributes
    ----------
    places
        How many work when nobody has failed, >= 1.
    rate
        Failures of one that works (1/s), >= 0.
    repair
        Mean time of a repair (s), >= 0.
    spares
        How many wait to take a place, >= 0.
    switch
        Time until one works in its place (s), >= 0.
    """

    places: int
    rate: float
    repair: float
    spares: int = 0
    switch: float = 0.0

    def empty(self) -> list[float]:
        """Probabilities that so many places have nobody to take them: a birth-death chain of what is being repaired.

        Exponential failures and repairs; switching over counts in `there`.
        """
        logs = [0.0]
        load = self.rate * self.repair
        for broken in range(self.places + self.spares):
            if load <= 0.0:
                break
            working = self.places - max(0, broken - self.spares)
            logs.append(logs[-1] + math.log(load * working / (broken + 1)))
        most = max(logs)
        weights = [math.exp(each - most) for each in logs]
        found = [0.0] * (self.places + 1)
        for broken, weight in enumerate(weights):
            found[max(0, broken - self.spares)] += weight / math.fsum(weights)
        return found

    @property
    def there(self) -> float:
        """The share of places that work, on average (0 to 1)."""
        missing = math.fsum(many * share for many, share in enumerate(self.empty())) / self.places
        return (1.0 - missing) / (1.0 + self.rate * (self.switch if self.spares else 0.0))

    def at_most(self, missing: int) -> float:
        """The share of time in which no more than so many are missing (0 to 1)."""
        return math.fsum(self.empty()[: missing + 1])
