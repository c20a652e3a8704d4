"""The families that a question is of: each type of machine with each combination of what is swept."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple, Protocol

from sim.calibration.simulated import synchronous
from sim.catalogue.catalogue import Catalogue
from sim.catalogue.machine import Machine, machine
from sim.config.space import Span, Values
from sim.connections.group.connect import Collectives
from sim.experiment import Experiment
from sim.footprint import footprint
from sim.option_name import option_name
from sim.planning.asked import Asked
from sim.planning.failing import without_failures
from sim.planning.family import Family
from sim.planning.given import check_given, check_machine, check_pod, key_of
from sim.planning.rounds import periods
from sim.workloads.tabulated import Tabulated
from topologies.field_error import of_group
from topologies.networks.gpu_pod import GPUPod

#: What a plan's runs are unless the planner says otherwise: gradients travel as frameworks send them.
USUAL = (f"protocol={option_name(synchronous(Collectives))}", "transport.overlap=true")
#: Batches that are tried where no throughput is known and the planner says nothing: the largest that fits.
BATCHES = (256, 128, 64, 32, 16, 8, 4, 2, 1)
#: Local steps of a round, which sites have several of unless the planner says how many.
PERIOD = "protocol.period"


class Runs(Protocol):
    """The runs of some words, each composed when it is asked for."""

    @property
    def spaces(self) -> Sequence[Values | Span]:
        """What each key that is swept has to choose from."""

    def run(self, chosen: Sequence[str]) -> Experiment:
        """The run that some words are chosen for, in place of what is swept or beside it."""


#: Makes runs of words.
Opened = Callable[[Sequence[str]], Runs]


class Kind(NamedTuple):
    """A type of machine, and what is said of runs on it.

    Attributes
    ----------
    name
        Of the type.
    machine
        The type; None: the keys of the run describe it.
    words
        Of a run on one machine, with those that are swept.
    variants
        What its device has been measured with, where the planner leaves batch and precision open; else one of no words.
    """

    name: str
    machine: Machine | None
    words: tuple[str, ...]
    variants: tuple[tuple[str, ...], ...]


class Families:
    """All families of a question; each is made when it is asked for.

    Parameters
    ----------
    asked
        The question.
    known
        The catalogue of machines.
    opened
        What makes runs of words.

    Attributes
    ----------
    asked
        As above.
    kinds
        Types of machines.

    Raises
    ------
    ValueError
        In one line, where a machine does not exist or is named twice, or where a word contradicts it or says nothing.
    """

    def __init__(self, asked: Asked, known: Catalogue, opened: Opened) -> None:
        self.asked = asked
        self._given = given = {key_of(word): word.partition("=")[2] for word in asked.words}
        check_given(given, asked)
        self.kinds = _kinds(asked, given, known)
        self._opened = opened
        self._runs: dict[str, Runs] = {}
        self._made: dict[tuple[str, ...], Family] = {}

    @cached_property
    def spaces(self) -> Sequence[Values | Span]:
        """What each key that is swept has to choose from."""
        return self._of(self.kinds[0]).spaces

    @cached_property
    def periods(self) -> Sequence[int]:
        """Local steps of a round that sites try; none: there are no sites, or the planner says how many."""
        said = PERIOD in self._given or any(space.key.lstrip("+") == PERIOD for space in self.spaces)
        return () if self.asked.sites is None or said else periods(learns=self.asked.goal.learns)

    @cached_property
    def size(self) -> int | None:
        """How many candidates there are; None: more than can be counted, since a key is between two numbers."""
        numbers = [_number_of(space) for space in self.spaces]
        runs = math.prod(number for number in numbers if number is not None)
        links = 1 if self.asked.sites is None else len(self.asked.sites.gbps) * max(len(self.periods), 1)
        variants = sum(len(kind.variants) for kind in self.kinds)
        return None if None in numbers else variants * runs * links * len(self.asked.counts)

    def family(self, kind: Kind, variant: Sequence[str], chosen: Sequence[str]) -> Family:
        """The family of a choice, the same object for the same.

        Parameters
        ----------
        kind
            The type of machine.
        variant
            Of its variants.
        chosen
            A word for each of `spaces`, and others that are said beside.
        """
        key = (kind.name, *variant, *chosen)
        if key not in self._made:
            self._made[key] = self._family(kind, variant, chosen)
        return self._made[key]

    def first(self, kind: Kind) -> Family:
        """The first of a type of machine: measurements are of it."""
        chosen = [space.words[0] if isinstance(space, Values) else space.word(space.low) for space in self.spaces]
        return self.family(kind, kind.variants[0], chosen)

    def listed(self) -> list[Family]:
        """All.

        Raises
        ------
        ValueError
            In one line, where a key is between two numbers.
        """
        for space in self.spaces:
            if isinstance(space, Span):
                raise ValueError(
                    f"{space.key}: is between {space.low:g} and {space.high:g}, which nobody can list; give values, "
                    "or --trials 200 for Optuna to choose some (pip install 'paceline[optuna]')"
                )
        values = [space.words for space in self.spaces if isinstance(space, Values)]
        return [
            self.family(kind, variant, chosen)
            for kind in self.kinds
            for variant in kind.variants
            for chosen in itertools.product(*values)
        ]

    def _family(self, kind: Kind, variant: Sequence[str], chosen: Sequence[str]) -> Family:
        run = self._of(kind).run([*variant, *chosen])
        if kind.machine is not None:
            check_pod(kind.machine, run)
        with of_group("workload"):
            run.workload.check()
        fitted = run if variant or "batch" in self._given else _fitting(run)
        extra = [f"batch={fitted.batch}"] if fitted.batch != run.batch else []
        single = {space.words[0] for space in self.spaces if isinstance(space, Values) and len(space.words) == 1}
        varied = (*variant, *extra, *(word for word in chosen if word not in single))
        found = _described(fitted) if kind.machine is None else kind.machine
        fitted, hidden = _without_overlap(fitted, self._given, self.asked)
        fitted, faults, checkpoint, saved = without_failures(fitted, self.asked)
        words = _settled((*kind.words, *variant, *extra, *hidden, *chosen, *saved))
        return Family(found, fitted, words, varied, faults, checkpoint)

    def _of(self, kind: Kind) -> Runs:
        if kind.name not in self._runs:
            self._runs[kind.name] = self._opened(kind.words)
        return self._runs[kind.name]


def _kinds(asked: Asked, given: Mapping[str, str], known: Catalogue) -> list[Kind]:
    usual = [word for word in USUAL if key_of(word) not in given]
    if not asked.machines:
        return [Kind("machine", None, (*usual, *asked.words), ((),))]
    found: list[Kind] = []
    names: dict[str, str] = {}
    for name in asked.machines:
        try:
            kind = machine(name, known)
        except LookupError as error:
            raise ValueError(f"machines: {error.args[0]}") from error
        if kind.name in names:
            raise ValueError(f"machines: {names[kind.name]} and {name} are the same, {kind.name}; give one of them")
        names[kind.name] = name
        check_machine(kind, given)
        own = [word for word in kind.overrides(1) if not _is_given(word, given)]
        measured = tuple(_measured(kind, given, known)) or ((),)
        found.append(Kind(kind.name, kind, (*usual, *own, *asked.words), measured))
    return found


def _number_of(space: Values | Span) -> int | None:
    if isinstance(space, Values):
        return len(space.words)
    return round(space.high) - round(space.low) + 1 if space.whole else None


def _is_given(word: str, given: Mapping[str, str]) -> bool:
    """Whether a planner has said what a word of a machine's says, or has chosen another option of its group."""
    key, group = word.partition("=")[0], word.partition("=")[0].partition(".")[0]
    return key in given or group in given


def _measured(kind: Machine, given: Mapping[str, str], known: Catalogue) -> Iterator[tuple[str, ...]]:
    """What the device has been measured with, where the planner leaves batch and precision open: each a family."""
    if "batch" in given or "workload.precision" in given:
        return
    for row in known.throughputs():
        if (row.name, row.workload) == (kind.device, given["workload"]):
            yield f"workload.precision={row.precision}", f"batch={row.batch}"


def _without_overlap(run: Experiment, given: Mapping[str, str], asked: Asked) -> tuple[Experiment, list[str]]:
    """A run whose protocol has nothing to send early waits for its gradients, unless the planner says otherwise.

    Sites average synchronously inside, where there is.
    """
    if "transport.overlap" in given or run.protocol.overlaps or asked.sites is not None:
        return run, []
    return replace(run, transport=replace(run.transport, overlap=False)), ["transport.overlap=false"]


def _fitting(run: Experiment) -> Experiment:
    """With the largest batch that fits, where the model's activations are known."""
    if not isinstance(run.workload, Tabulated) or run.workload.activation_bytes(1) is None:
        return run
    for batch in BATCHES:
        found = footprint(replace(run, batch=batch))
        if found is not None and found.fits:
            return replace(run, batch=batch)
    return run


def _settled(words: Sequence[str]) -> tuple[str, ...]:
    """The words of one run: the last of each key."""
    return tuple({word.lstrip("+").partition("=")[0]: word for word in words}.values())


def _described(run: Experiment) -> Machine:
    """The machine that the keys of a run describe: nobody knows what it costs."""
    network = run.network
    pod = isinstance(network, GPUPod)
    return Machine(
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
