"""Claims of second runs beside first ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from sim.study.claim import Claim, Expected, Measure


class Compared(NamedTuple):
    """What is compared of runs, and from which size on a difference matters.

    Attributes
    ----------
    measure
        Makes the measure of first and second runs, each as ``"PART key=value"``; one of `sim.study.measure`.
    margin
        The smallest difference that matters (in the unit of the measure), > 0.
    """

    measure: Callable[[str, str], Measure]
    margin: float

    def claim(self, name: str, statement: str, expected: Expected, runs: str, first: object, second: object) -> Claim:
        """A claim of it.

        Parameters
        ----------
        name, statement, expected
            As in `sim.study.claim.Claim`.
        runs
            The runs, with ``{}`` where first and second ones differ.
        first, second
            What stands there.
        """
        pair = [runs.format(each) for each in (first, second)]
        return Claim(name, statement, expected, self.margin, self.measure(*pair), f"{pair[0]}, then {pair[1]}")
