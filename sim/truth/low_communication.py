"""Published runs that synchronise seldom, and how much of their time they compute."""

from __future__ import annotations

import re
from pathlib import Path
from typing import NamedTuple

from sim.connections.group.connect import Collectives
from sim.protocols import Protocol
from sim.truth.entry import Entry, is_number, loaded
from topologies.options import options_in

#: The digest that the package carries.
DIGEST = "low_communication.json"
#: An algorithm that sends under its backward pass: what of it is hidden, its figures do not tell.
OVERLAPPED = "ddp"


class Model(NamedTuple):
    """What is averaged.

    Attributes
    ----------
    parameters
        How many, >= 1, 4 B each.
    tensors
        In how many tensors, each averaged by itself, >= 1.
    """

    parameters: int
    tensors: int


#: Models of the published runs, as the name of a run has them: dense decoders with nine tensors a layer and three
#: beside, whose parameters the configurations count that are published with the runs.
MODELS = {
    "30m": Model(30_846_720, 57),
    "130m": Model(134_105_856, 111),
    "500m": Model(530_248_960, 219),
    "1b": Model(973_559_552, 219),
}


class Rounds(NamedTuple):
    """A run of rounds of local steps.

    Attributes
    ----------
    run
        Its name.
    algorithm
        Name of a protocol of rounds, without underscores.
    period
        Steps of a round, >= 1.
    rate
        What a link has been measured to carry before the run (bit/s), > 0.
    steps, warm_up
        How many steps there are, and how many of them are not measured, 0 <= warm_up < steps.
    workers
        How many there are, >= 1.
    seconds
        What one of them computes in the steps that are measured (s), > 0.
    model
        What is averaged.
    utilisation
        What share of its time it computes, as measured (0 to 1).
    """

    run: str
    algorithm: str
    period: int
    rate: float
    steps: int
    warm_up: int
    workers: int
    seconds: float
    model: Model
    utilisation: float

    @property
    def measured(self) -> int:
        """Steps that are measured."""
        return self.steps - self.warm_up

    @property
    def synchronisations(self) -> int:
        """How many of these end with one."""
        return self.steps // self.period - self.warm_up // self.period

    @property
    def opens(self) -> bool:
        """Whether the first synchronisation of the run is one of them."""
        return self.warm_up < self.period <= self.steps

    @property
    def step(self) -> float:
        """What a step computes (s)."""
        return self.seconds / self.measured


class Read(NamedTuple):
    """What a file has.

    Attributes
    ----------
    runs
        Those that can be predicted.
    others
        What else is in it: the name of each, and why it is not predicted.
    """

    runs: tuple[Rounds, ...]
    others: tuple[tuple[str, str], ...]


def read_low_communication(path: Path | None) -> Read:
    """The runs of a file.

    Parameters
    ----------
    path
        Where it is: JSON, an object with ``rows``; None: the public ones inside the package.

    Raises
    ------
    ValueError
        In one line, if it is no such file: file, row, key, value and remedy.
    OSError
        If it cannot be read.
    """
    found, file = loaded(path, DIGEST)
    runs: dict[str, Rounds] = {}
    others: list[tuple[str, str]] = []
    for entry in Entry(found, file).entries("rows", "row"):
        name, algorithm = entry.text("run"), entry.text("algorithm")
        if algorithm == OVERLAPPED:
            others.append((name, "averages under its backward pass, which none of its figures tell apart"))
        elif entry.known("measured_bps") is None:
            others.append((name, "nobody has measured its link"))
        elif name in runs:
            raise ValueError(f"{entry.where}: run: {name[:60]!r} is there already; give each a name of its own")
        else:
            runs[name] = _rounds(entry)
    return Read(tuple(runs.values()), tuple(others))


def protocols_of_rounds() -> list[str]:
    """Names of protocols whose workers step by themselves and all average after a period."""
    options: list[tuple[str, type[Protocol]]] = list(options_in("sim.protocols", Protocol))
    return [
        name
        for name, option in options
        if option.needs == (Collectives,) and not option.lockstep and hasattr(option, "period")
    ]


def _rounds(entry: Entry) -> Rounds:
    # published without underscores
    if entry.known("algorithm") not in (known := [name.replace("_", "") for name in protocols_of_rounds()]):
        entry.refuse("algorithm", f"{OVERLAPPED} or one of {', '.join(known)}")
    steps = entry.whole("steps")
    warm_up = 0 if entry.known("warmup") == 0 else entry.whole("warmup")
    if warm_up >= steps:
        entry.refuse("warmup", f"fewer than its {steps} steps")
    utilisation = entry.number("cu_measured")
    if utilisation > 1.0:
        entry.refuse("cu_measured", "a share of at most 1")
    return Rounds(
        run=entry.text("run"),
        algorithm=entry.text("algorithm"),
        period=entry.whole("H"),
        rate=entry.number("measured_bps"),
        steps=steps,
        warm_up=warm_up,
        workers=entry.whole("workers"),
        seconds=entry.number("compute_s"),
        model=_model(entry),
        utilisation=utilisation,
    )


def _model(entry: Entry) -> Model:
    """What the row says, or else what the name of the run does, or the source's formula: bytes once at the rate."""
    if entry.known("parameters") is not None:
        return Model(entry.whole("parameters"), entry.whole("tensors", 1))
    words = re.split(r"[^0-9a-z]+", entry.text("run").lower())
    named = [MODELS[word] for word in words if word in MODELS]
    analytic = entry.known("cu_analytic_link")
    if len(named) != 1 and is_number(analytic) and analytic < 1.0:
        measured = entry.whole("steps") - (entry.known("warmup") or 0)
        seconds = (1.0 / analytic - 1.0) * entry.whole("H") * entry.number("compute_s") / measured
        return Model(max(1, round(seconds * entry.number("measured_bps") / 8.0 / 4.0)), 1)
    if len(named) != 1:
        entry.refuse("parameters", f"how many there are, or one of {', '.join(MODELS)} in the name of the run")
    return named[0]
