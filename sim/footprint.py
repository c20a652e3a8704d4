"""What a run would take of a device's memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from sim.option_name import option_name
from sim.protocols import Protocol
from sim.protocols.families.keeping import Keeps, kept_by
from sim.workloads.tabulated import Tabulated
from topologies.options import options_in

if TYPE_CHECKING:
    from sim.experiment import Experiment


@dataclass(frozen=True)
class Footprint:
    """What a worker's device holds while it computes.

    Parameters
    ----------
    weights, gradients, optimizer
        The model, its gradient and what the optimizer keeps (B), of the share that the worker has of each.
    copies
        Further models or gradients that its protocol keeps (B).
    buckets
        Parameters and gradients of others' shares that it has at a time (B).
    activations
        What the forward pass of a mini-batch keeps for the backward pass (B), nothing of it made anew; None: unknown.
    capacity
        What the device holds (B); None: whatever it has to.
    """

    weights: float
    gradients: float
    optimizer: float
    copies: float
    buckets: float
    activations: float | None
    capacity: float | None

    @property
    def lasting(self) -> float:
        """What is there in every moment: all but buckets and activations (B)."""
        return self.weights + self.gradients + self.optimizer + self.copies

    @property
    def total(self) -> float:
        """All that is known of (B)."""
        return self.lasting + self.buckets + (self.activations or 0.0)

    @property
    def fits(self) -> bool:
        """Whether the device holds all that is known of."""
        return self.capacity is None or self.total <= self.capacity


def footprint(experiment: Experiment) -> Footprint | None:
    """Say what a run would take of each worker's device, without anything being made.

    Parameters
    ----------
    experiment
        A candidate, which need not fit.

    Returns
    -------
    Footprint or None
        None where the workload is no model whose tensors are known.

    Examples
    --------
    >>> from sim.devices.v100 import V100
    >>> from sim.experiment import Experiment
    >>> from sim.workloads.resnet50 import ResNet50
    >>> found = footprint(Experiment(batch=32, workload=ResNet50(), device=V100()))
    >>> round(found.weights / 1e6), round(found.activations / 1e9, 1), found.fits
    (102, 2.9, True)
    """
    workload, protocol = experiment.workload, experiment.protocol
    if not isinstance(workload, Tabulated):
        return None
    overlap = experiment.transport.overlap
    kept = kept_by(protocol, experiment.workers, overlap=overlap)
    weights, gradients, optimizer = workload.state_bytes(experiment.optimizer.vectors)
    seconds = experiment.gradient_seconds / workload.micro_batches
    sizes = [bucket.nbytes for bucket in protocol.buckets(workload.message_tensors(experiment.problem), seconds)]
    return Footprint(
        weights=kept.weights * weights,
        gradients=kept.gradients * gradients,
        optimizer=kept.optimizer * optimizer,
        copies=kept.copies * weights,
        buckets=sum(min(count * max(sizes), sum(sizes)) for count in (kept.gathered, kept.scattered)),
        activations=workload.activation_bytes(experiment.batch),
        capacity=experiment.device.holds,
    )


def alternatives(experiment: Experiment) -> Iterator[tuple[str, Footprint]]:
    """What would learn the same and keep less, in the words of the command: options whose workers step in lockstep.

    Parameters
    ----------
    experiment
        What takes too much.
    """
    if not experiment.protocol.lockstep:
        return
    for name, option in options_in("sim.protocols", Protocol):
        for form in option.forms() if issubclass(option, Keeps) else ():
            found = footprint(replace(experiment, protocol=form))
            chosen = [
                f"protocol.{field.name}={getattr(form, field.name)}"
                for field in fields(form)
                if getattr(form, field.name) != field.default
            ]
            if found is not None:
                yield " ".join([f"protocol={name}", *chosen]), found


def does_not_fit(experiment: Experiment) -> Iterator[str]:
    """Say that a run's activations would not fit beside the model, and what would.

    Parameters
    ----------
    experiment
        What has been simulated.
    """
    found = footprint(experiment)
    if found is None or found.fits or found.capacity is None:
        return
    said = (
        f"does not fit on device={option_name(experiment.device)}: {_gigabytes(found.total)} of "
        f"{_gigabytes(found.capacity)}, {_gigabytes(found.lasting)} for weights, gradients and states"
    )
    if found.buckets:
        said += f", {_gigabytes(found.buckets)} for buckets"
    if found.activations:
        said += f", {_gigabytes(found.activations)} for the activations of batch={experiment.batch}"
    yield f"{said}; {', '.join([*ways(experiment, found), 'or make activations anew, which is not simulated'])}"


def ways(experiment: Experiment, found: Footprint) -> Iterator[str]:
    """What makes it less, in the words of the command: shares of the model, or a smaller batch.

    Parameters
    ----------
    experiment
        What does not fit.
    found
        What it takes.
    """
    assert found.capacity is not None
    less = [(said, other) for said, other in alternatives(experiment) if other.total < found.total]
    if less:
        said, other = next((each for each in less if each[1].fits), min(less, key=lambda each: each[1].total))
        yield f"{said} needs {_gigabytes(other.total)}"
    left = found.capacity - found.total + (found.activations or 0.0)
    samples = int(left * experiment.batch / found.activations) if found.activations else 0
    if samples >= 1:
        yield f"batch={samples} fits"


def _gigabytes(nbytes: float) -> str:
    return f"{nbytes / 1e9:.3g} GB"
