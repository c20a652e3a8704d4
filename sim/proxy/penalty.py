"""The penalty of a protocol, by simulation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sim.efficiency.penalty import Penalty, penalty_of
from sim.experiment import Experiment
from sim.proxy.race import Race, Seeds, race
from sim.proxy.reference import NAME, reference
from sim.question import question

#: Races of synchronous SGD are kept by what they ask.
References = dict[tuple[str, Seeds], Race]


@dataclass(frozen=True)
class Raced:
    """A protocol beside synchronous SGD.

    Parameters
    ----------
    protocol, reference
        The races of both.
    penalty
        What the protocol costs in samples.
    """

    protocol: Race
    reference: Race
    penalty: Penalty


def penalty(experiment: Experiment, seeds: Seeds = Seeds()) -> Penalty:  # noqa: B008
    """What an experiment's protocol costs in samples, beside synchronous SGD at the same global batch.

    Both are raced to the experiment's target on the same seeds, each at the best of several learning rates: what holds
    for a protocol at a learning rate made for another says nothing of it. Staleness, local steps, gossip, dropped
    gradients and lossy compression all count.

    Parameters
    ----------
    experiment
        A cluster with a problem that is small enough to be learned many times, and a target.
    seeds
        On which.

    Raises
    ------
    ValueError
        In one line, where it cannot be raced, or synchronous SGD does not get to the target.

    Examples
    --------
    >>> from sim.proxy.penalty import penalty
    >>> from sim.proxy.race import Seeds
    >>> from sim.experiment import SYNCHRONOUS, Experiment
    >>> from sim.until import Until
    >>> synchronous = Experiment(protocol=SYNCHRONOUS(), until=Until(target_accuracy=0.5, epochs=10))
    >>> penalty(synchronous, Seeds(judging=2, tuning=0)).ratio
    1.0
    """
    return raced(experiment, seeds, {}).penalty


def raced(
    experiment: Experiment, seeds: Seeds, references: References, told: Callable[[], None] | None = None
) -> Raced:
    """The same, with both races.

    Parameters
    ----------
    experiment, seeds
        As in `penalty`.
    references
        Races of synchronous SGD that are there, to which this one is added.
    told
        Called after every run.

    Raises
    ------
    ValueError
        As `penalty` does.
    """
    synchronous = reference(experiment)
    key = question(synchronous), seeds
    if key not in references:
        references[key] = _raced(synchronous, seeds, told)
    other = race(experiment, seeds, told)
    return Raced(other, references[key], penalty_of(references[key].samples, other.samples))


def _raced(synchronous: Experiment, seeds: Seeds, told: Callable[[], None] | None) -> Race:
    found = race(synchronous, seeds, told)
    missed = [f"seed {seed}" for seed, each in found.samples.items() if not each.reached]
    if missed:
        raise ValueError(
            f"until: {NAME} has not reached the target with optimizer.lr={found.experiment.optimizer.lr:g} on "
            f"{', '.join(missed)}; lower the target, or give more until.epochs"
        )
    if any(each.seconds == 0.0 for each in found.samples.values()):
        raise ValueError("until: the starting model is at the target; give one that has to be learned")
    return found
