"""What may be found at some points of a table, a line for each thing that is possible."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.calibration.numbers import Numbers
from sim.calibration.step import Law, Step, Unknowns

if TYPE_CHECKING:
    from sim.calibration.cases import Cases
    from sim.calibration.layout import Layout

#: Degrees of freedom of Student's distribution, which noise has: now and then a published figure is far off.
NOISE = 8.0


@dataclass(frozen=True, eq=False)
class Drawn:
    """Samples of all that is not known of some points.

    Parameters
    ----------
    law
        What a step is taken to be made of.
    layout, samples
        The samples (shape (samples, unknowns)), and where each unknown is in one.
    cases
        The points.
    unknowns
        Of them, one for each sample (each shape (samples, points), or one of a single column).
    errors
        How far a measurement is from the law, in units of its noise (shape (samples, points)).
    """

    law: Law
    layout: Layout
    samples: Numbers
    cases: Cases
    unknowns: Unknowns
    errors: Numbers

    def step(self) -> Step:
        """By the law alone (each shape (samples, points))."""
        with np.errstate(divide="ignore"):  # an infinite rate is one
            return self.law(self.cases, self.unknowns)

    def throughput(self) -> Numbers:
        """What may be measured (1/s, shape (samples, points))."""
        exact = self.step()
        noise = self.layout.noise(self.samples, exact.travelling)
        found: Numbers = exact.throughput * np.exp(noise * self.errors)
        return found
