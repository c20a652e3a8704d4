"""How many samples it takes to the goal, against the batch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.calibration.numbers import Numbers
from sim.efficiency.batch_law import BatchLaw, Entry, Expected
from sim.planning.evidence import CLASS_PRIOR, EXTRAPOLATED, GIVEN, MEASURED
from sim.planning.goal import Goal
from sim.streams import stream
from sim.truth.convergence import read_convergence

#: How many times the largest batch of a table a batch may be; nobody knows what optimiser would do with more.
FARTHEST = 4.0


class Public(NamedTuple):
    """A public table of samples against batch.

    Attributes
    ----------
    benchmark
        Its name in the digest.
    accuracy
        That it is to (0 to 1).
    what
        Of what.
    """

    benchmark: str
    accuracy: float
    what: str


#: By workload; accuracies are the targets of MLPerf Training, from round 0.6 (ResNet-50) and 0.7 (BERT) on.
PUBLIC = {
    "resnet50": Public("resnet", 0.759, "top-1 accuracy on ImageNet"),
    "bert_large": Public("bert", 0.72, "accuracy of masked words on Wikipedia"),
}


class TooFarError(ValueError):
    """A batch that no table says anything of."""


class Samples:
    """Samples to a goal.

    Parameters
    ----------
    goal
        Which.
    workload
        Of what.
    table
        Samples to the target by batch, as a planner has them; None: the public ones.

    Attributes
    ----------
    source
        Where they are known from, in words.

    Raises
    ------
    ValueError
        In one line, where nobody knows how many samples it takes.
    """

    def __init__(self, goal: Goal, workload: str, table: Sequence[Entry] | None = None) -> None:
        self._given = goal.samples
        self._law: BatchLaw | None = None
        self._own = table is not None
        if goal.samples is not None and table is not None:
            raise ValueError("--table: goal.samples says how many it takes; give one of them")
        self.source = f"goal.samples={goal.samples:g}, whatever the batch" if goal.samples is not None else ""
        if goal.samples is not None or not goal.learns:
            return
        if table is None:
            public = _public(goal, workload)
            convergence = read_convergence()
            table = convergence.tables[public.benchmark]
            self.source = (
                f"{public.what}: {len(table)} batches from {min(table).batch:g} to {max(table).batch:g}, MLPerf "
                f"Training rounds {convergence.rounds[0]} to {convergence.rounds[-1]} (not verified by MLCommons "
                "Association)"
            )
        else:
            self.source = f"{len(table)} batches from {min(table).batch:g} to {max(table).batch:g}, your own table"
        self._law = BatchLaw(table)
        self._smallest = min(entry.batch for entry in table)

    def expected(self, batch: int) -> Expected:
        """Samples at a batch, as a logarithm.

        Raises
        ------
        TooFarError
            Where it is too far beyond all that has been tried.
        """
        if self._given is not None:
            return Expected(math.log(self._given), 0.0)
        assert self._law is not None, "only asked where something is learned"
        if batch > FARTHEST * self._law.largest:
            raise TooFarError(
                f"{batch} samples an update are more than {FARTHEST:g} times the largest batch that anybody has "
                f"reached the goal with, {self._law.largest:g}; give a smaller batch"
            )
        return self._law.expected(batch)

    def drawn(self, batch: int, draws: int) -> Numbers:
        """Samples that may be needed (shape (draws,)): what is possible at one batch goes with that at another."""
        expected = self.expected(batch)
        found: Numbers = np.exp(
            expected.mean + math.sqrt(expected.variance) * stream(0, "plan_samples").standard_normal(draws)
        )
        return found

    def factor(self, batch: int) -> float:
        """How many times the samples of the smallest batch of the table it takes (ratio)."""
        if self._law is None:
            return 1.0
        return math.exp(self.expected(batch).mean - self._law.expected(self._smallest).mean)

    def grade(self, batch: int) -> str:
        """What that stands on."""
        if self._law is None:
            return GIVEN
        if batch > self._law.largest:
            return EXTRAPOLATED
        return MEASURED if self._own else CLASS_PRIOR


def _public(goal: Goal, workload: str) -> Public:
    if workload not in PUBLIC:
        known = ", ".join(f"{name} to {each.accuracy:g}" for name, each in PUBLIC.items())
        raise ValueError(
            f"goal.accuracy: nobody has published samples against batch of workload={workload} (only {known}); give "
            "--table FILE.csv of batch,samples, or goal.samples"
        )
    public = PUBLIC[workload]
    assert goal.accuracy is not None, "asked for"
    if not math.isclose(goal.accuracy, public.accuracy, abs_tol=5e-4):
        raise ValueError(
            f"goal.accuracy: the public table of {workload} is to {public.accuracy:g}, and none to "
            f"{goal.accuracy:g}; give {public.accuracy:g}, or --table FILE.csv of batch,samples, or goal.samples"
        )
    return public
