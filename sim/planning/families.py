"""The families that a question is of: each type of machine with each combination of what is swept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from sim.calibration.simulated import synchronous
from sim.catalogue.catalogue import Catalogue
from sim.catalogue.machine import Machine, machine
from sim.connections.group.connect import Collectives
from sim.experiment import Experiment
from sim.footprint import footprint
from sim.option_name import option_name
from sim.planning.asked import Asked
from sim.planning.family import Family
from sim.planning.given import check_given, check_machine, check_pod, key_of
from sim.workloads.tabulated import Tabulated
from topologies.field_error import of_group
from topologies.networks.gpu_pod import GPUPod

#: What a plan's runs are unless the planner says otherwise: gradients travel as frameworks send them.
USUAL = (f"protocol={option_name(synchronous(Collectives))}", "transport.overlap=true")
#: Batches that are tried where no throughput is known and the planner says nothing: the largest that fits.
BATCHES = (256, 128, 64, 32, 16, 8, 4, 2, 1)
#: Makes runs of words: for each combination of what is swept, the words that vary and the experiment.
Composed = Callable[[Sequence[str]], Sequence[tuple[Sequence[str], Experiment]]]


def families(asked: Asked, known: Catalogue, composed: Composed) -> list[Family]:
    """All of a question.

    Parameters
    ----------
    asked
        The question.
    known
        The catalogue of machines.
    composed
        What makes runs of words.

    Raises
    ------
    ValueError
        In one line, where a machine does not exist or is named twice, or where a word contradicts it or says nothing.
    """
    given = {key_of(word): word.partition("=")[2] for word in asked.words}
    check_given(given, asked)
    usual = [word for word in USUAL if key_of(word) not in given]
    if not asked.machines:
        return [*_described(asked, given, usual, composed)]
    found: list[Family] = []
    for kind in _machines(asked.machines, known):
        check_machine(kind, given)
        words = [*usual, *(word for word in kind.overrides(1) if not _is_given(word, given)), *asked.words]
        for own in _measured(kind, given, known) or [[]]:
            for varied, run in composed([*words, *own]):
                check_pod(kind, run)
                with of_group("workload"):
                    run.workload.check()
                chosen = _fitting(run) if not own and "batch" not in given else run
                extra = [f"batch={chosen.batch}"] if chosen.batch != run.batch else []
                said = (*own, *extra, *varied)
                chosen, hidden = _without_overlap(chosen, given, asked)
                found.append(Family(kind, chosen, _settled(words, own, [*extra, *hidden], varied), said))
    return found


def _machines(names: Sequence[str], known: Catalogue) -> list[Machine]:
    found: dict[str, str] = {}
    machines = []
    for name in names:
        try:
            kind = machine(name, known)
        except LookupError as error:
            raise ValueError(f"machines: {error.args[0]}") from error
        if kind.name in found:
            raise ValueError(f"machines: {found[kind.name]} and {name} are the same, {kind.name}; give one of them")
        found[kind.name] = name
        machines.append(kind)
    return machines


def _without_overlap(run: Experiment, given: Mapping[str, str], asked: Asked) -> tuple[Experiment, list[str]]:
    """A run whose protocol has nothing to send early waits for its gradients, unless the planner says otherwise.

    Sites average synchronously inside, where there is.
    """
    if "transport.overlap" in given or run.protocol.overlaps or asked.sites is not None:
        return run, []
    return replace(run, transport=replace(run.transport, overlap=False)), ["transport.overlap=false"]


def _is_given(word: str, given: Mapping[str, str]) -> bool:
    """Whether a planner has said what a word of a machine's says, or has chosen another option of its group."""
    key, group = word.partition("=")[0], word.partition("=")[0].partition(".")[0]
    return key in given or group in given


def _measured(kind: Machine, given: Mapping[str, str], known: Catalogue) -> list[list[str]]:
    """What the device has been measured with, where the planner leaves batch and precision open: each a family."""
    if {"batch", "workload.precision"} & {*given}:
        return []
    return [
        [f"workload.precision={row.precision}", f"batch={row.batch}"]
        for row in known.throughputs()
        if (row.name, row.workload) == (kind.device, given["workload"])
    ]


def _fitting(run: Experiment) -> Experiment:
    """With the largest batch that fits, where the model's activations are known."""
    if not isinstance(run.workload, Tabulated) or run.workload.activation_bytes(1) is None:
        return run
    for batch in BATCHES:
        found = footprint(replace(run, batch=batch))
        if found is not None and found.fits:
            return replace(run, batch=batch)
    return run


def _settled(words: Sequence[str], own: Sequence[str], extra: Sequence[str], varied: Sequence[str]) -> tuple[str, ...]:
    """The words of one run: what is swept has its value."""
    settled = {word.lstrip("+").partition("=")[0]: word for word in (*words, *own, *extra)}
    settled |= {word.lstrip("+").partition("=")[0]: word for word in varied}
    return tuple(settled.values())


def _described(asked: Asked, given: Mapping[str, str], usual: Sequence[str], composed: Composed) -> Iterator[Family]:
    """Machines that the keys of the run describe: nobody knows what they cost."""
    for varied, run in composed([*usual, *asked.words]):
        with of_group("workload"):
            run.workload.check()
        chosen = _fitting(run) if "batch" not in given else run
        extra = [f"batch={chosen.batch}"] if chosen.batch != run.batch else []
        network = run.network
        pod = isinstance(network, GPUPod)
        kind = Machine(
            name="machine",
            device=option_name(run.device),
            devices=network.gpus_per_machine if isinstance(network, GPUPod) else 1,
            device_memory=run.device.holds,
            link=None,
            link_rate=None,
            in_network_reduction=False,
            nics=network.rails if isinstance(network, GPUPod) else 1,
            nic_rate=getattr(network, "bandwidth_gbps", None) if pod else None,
            transport=None,
            memory=None,
            idle_power=None,
            busy_power=None,
            price=None,
            device_file="",
            rows=(),
        )
        chosen, hidden = _without_overlap(chosen, given, asked)
        settled = _settled([*usual, *asked.words], [], [*extra, *hidden], varied)
        yield Family(kind, chosen, settled, (*extra, *varied))
