"""How fast candidates train whose workers wait for nobody, or whose messages get in each other's way: by simulation."""

from __future__ import annotations

import math
import os
import signal
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import suppress
from dataclasses import fields, replace
from multiprocessing import active_children
from typing import NamedTuple

import numpy as np

from sim.backgrounds.random import Random
from sim.calibration.layout import GBPS
from sim.calibration.numbers import Numbers
from sim.collectives.auto import Auto
from sim.collectives.operations.form import NoClosedFormError
from sim.collectives.ring import Ring
from sim.connections.group.connect import Collectives
from sim.connections.server.connect import ParameterServer
from sim.devices.cpu_core import CPUCore
from sim.experiment import Experiment
from sim.planning.family import Family
from sim.planning.formula import Formula, formula
from sim.planning.knowledge import Knowledge
from sim.planning.pace import SHARES, Pace
from sim.predict_step import StepPrediction, predict_step
from sim.problems.none import NoProblem
from sim.results.busiest import busiest, rate, utilised, words
from sim.simulate import simulate
from sim.stragglers.none import NoStragglers
from sim.until import Until

#: Of what a card carries, where a candidate is simulated; in between is interpolated.
QUANTILES = (0.1, 0.5, 0.9)
#: How many rounds of all workers are simulated before those that count, and of these; of workers that are alike and
#: step together all rounds are alike, and one of each is enough.
WARM_UP, COUNTED = 2, 4
#: From which utilisation on a server is what holds everybody up.
BUSY = 0.9
#: What of a card others may take (ratio): with more their flows pile up, and a run has no end.
MOST_OF_OTHERS = 0.8
#: Up to which share of their line rate it is software that bounds cards.
NEARLY = 0.95


class Run(NamedTuple):
    """What a simulation has come to.

    Attributes
    ----------
    rate
        Samples of all workers (1/s).
    compute, communicate, wait
        Shares of their time (ratios).
    server
        Utilisation of the servers (ratio).
    link
        The busiest link, in words.
    carried
        What that carries (B/s).
    """

    rate: float
    compute: float
    communicate: float
    wait: float
    server: float
    link: str
    carried: float


class Simulated(NamedTuple):
    """A candidate by the engine.

    Attributes
    ----------
    pace
        What is possible of it.
    link
        The busiest link, in words.
    """

    pace: Pace
    link: str


def simulated(
    wanted: Sequence[tuple[Family, int]],
    known: Knowledge,
    draws: int,
    paths: int | None,
    told: Callable[[int, int], None] | None = None,
    part: str = "",
    factor: float = 1.0,
) -> list[Simulated]:
    """Simulate candidates at three rates of their cards each, which every draw's rate is between.

    Parameters
    ----------
    wanted
        Families, and numbers of machines.
    known, draws, paths
        As in `formula`.
    told
        Called with how many simulations are done, and of how many.
    part, factor
        What is changed, as in `Formula.changed`; ``servers``: so many times as many shards.

    Raises
    ------
    ValueError
        In one line, where others leave nothing of a card.
    """
    laws = [formula(family, (count,), known, draws, paths) for family, count in wanted]
    cards = [np.quantile(law.card[:, 0], QUANTILES) for law in laws]
    for (family, _), some in zip(wanted, cards, strict=True):
        _check_background(family, float(some[0]))
    runs = [
        _changed(_calibrated(law, card), part, factor)
        for law, some in zip(laws, cards, strict=True)
        for card in some.tolist()
    ]
    found = _all(runs, told)
    each = len(QUANTILES)
    return [
        _answer(law, card, found[each * place : each * (place + 1)])
        for place, (law, card) in enumerate(zip(laws, cards, strict=True))
    ]


def _check_background(family: Family, card: float) -> None:
    """Refuse random flows that a machine's cards may be too slow for (B/s): they would only become more and more."""
    others, (cards, line) = family.experiment.background, family.cards
    if isinstance(others, Random) and others.utilisation * cards * line > MOST_OF_OTHERS * card:
        raise ValueError(
            f"background.utilisation: {others.utilisation:g} of the line rate of {family.machine.name} "
            f"({cards * line * 8e-9:.3g} Gb/s) may be more than software moves through its cards "
            f"({card * 8e-9:.3g} Gb/s); give less"
        )


def _answer(law: Formula, at: Numbers, runs: Sequence[Run]) -> Simulated:
    """What is possible, from runs at three rates of the cards (B/s): beyond the outer ones as at these.

    A device that computes for longer than was thought has a larger share of its time for that, and all others less.
    """
    card = law.card[:, 0]

    def between(values: Sequence[float]) -> Numbers:
        """What runs have, at the rate of each draw."""
        if at[0] == at[-1]:
            return np.full(len(card), values[1])
        return np.asarray(np.interp(np.log(card), np.log(at), values), np.float64)

    compute = between([run.compute for run in runs])
    seconds = np.asarray(law.drawn.cases.seconds, np.float64)[:, 0]
    longer = 1.0 + compute * (seconds / np.median(seconds) - 1.0)
    bound = _bound(law, runs[1], float(at[1]))
    shares = {
        "compute": compute * seconds / np.median(seconds) / longer,
        "server" if bound == "server" else "exposed": between([run.communicate for run in runs]) / longer,
        "stragglers": between([run.wait for run in runs]) / longer,
    }
    pace = Pace(
        np.exp(between([math.log(run.rate) for run in runs])) / longer,
        {name: shares.get(name, np.zeros(len(card))) for name in SHARES},
        law.one_path,
        card,
        runs[1].carried,
        bound,
        "engine",
    )
    return Simulated(pace, runs[1].link)


def _bound(law: Formula, run: Run, card: float) -> str:
    if run.server > BUSY:
        return "server"
    if run.compute >= max(run.communicate, run.wait):
        return "compute"
    if run.wait > run.communicate:
        return "stragglers"
    cards, line = law.family.cards
    return "flow_cap" if card < NEARLY * cards * line else "nic"


def _calibrated(law: Formula, card: float) -> Experiment:
    """A run whose cards carry just so much together (B/s)."""
    count = law.counts[0]
    run, (cards, line), unknowns = on_rings(law.family.at(count)), law.family.cards, law.drawn.unknowns
    if np.isinf(card):
        return run
    own = run.transport
    given = own.overhead_seconds != type(own)().overhead_seconds
    return replace(
        run,
        transport=replace(
            own,
            efficiency=1.0,
            flow_cap_gbps=None,
            nic_cap_gbps=min(card / cards, line) / GBPS,
            overhead_seconds=own.overhead_seconds if given else float(np.median(unknowns.latency)),
            interference=float(np.median(unknowns.interference)) if own.overlap else 0.0,
        ),
    )


def _changed(run: Experiment, part: str, factor: float) -> Experiment:
    """A run with something changed."""
    cap = run.transport.nic_cap_gbps
    changes: dict[str, Callable[[], Experiment]] = {
        "": lambda: run,
        "device": lambda: _faster(run, factor),
        "nic": lambda: _with_rates(run, factor, caps=1.0),
        "flow_cap": lambda: replace(run, transport=replace(run.transport, nic_cap_gbps=cap and cap * factor)),
        "bytes": lambda: _with_rates(run, 1.0 / factor, caps=1.0 / factor),
        "stragglers": lambda: replace(run, straggler=NoStragglers()),
        "servers": lambda: replace(run, server=replace(run.server, shards=round(run.server.shards * factor))),
    }
    return changes[part]()


def _with_rates(run: Experiment, factor: float, caps: float) -> Experiment:
    """All links, and what software moves through cards, so many times as fast."""
    rates = {
        field.name: getattr(run.network, field.name) * factor
        for field in fields(run.network)
        if field.name.endswith("bandwidth_gbps") and getattr(run.network, field.name) is not None
    }
    cap = run.transport.nic_cap_gbps
    transport = replace(run.transport, nic_cap_gbps=cap and cap * caps)
    return replace(run, network=replace(run.network, **rates), transport=transport)


def _faster(run: Experiment, factor: float) -> Experiment:
    """Devices so many times as fast; as they are, where the run's keys say how long a gradient takes."""
    probe = replace(run, device=CPUCore(peak_flops=1e12, efficiency=1.0, overhead_seconds=0.0))
    flops = 1e12 * factor * probe.gradient_seconds / run.gradient_seconds
    return replace(run, device=CPUCore(peak_flops=flops, efficiency=1.0, overhead_seconds=0.0))


#: What a process is to simulate, by number. Experiments are handed over once, when it begins: one by one they would
#: fill the pipe to it, and after control-C this process would wait for ever to be rid of what nobody reads.
_given: list[Experiment] = []


def _all(runs: Sequence[Experiment], told: Callable[[int, int], None] | None) -> list[Run]:
    if not runs:
        return []
    found = []
    number = min(len(runs), os.cpu_count() or 1)
    with ProcessPoolExecutor(number, initializer=_begin, initargs=(runs,)) as workers:
        try:
            # not by map, which cancels what a pool that breaks wants to fail, and both at once end in a traceback
            for answer in [workers.submit(_numbered, each) for each in range(len(runs))]:
                found.append(answer.result())
                if told is not None:
                    told(len(found), len(runs))
        except BaseException:
            for child in active_children():  # what has not been done is not to be waited for
                child.terminate()
            raise
    return found


def _begin(runs: Sequence[Experiment]) -> None:
    """Have control-C, which a terminal sends to children, too, end this one without a word."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    _given[:] = runs


def _numbered(number: int) -> Run:
    return _run(_given[number])


def _run(experiment: Experiment) -> Run:
    """What a run comes to once it has begun: the first updates do not count."""
    clock = clock_of(experiment)
    if clock.protocol.lockstep and clock.protocol.needs == (Collectives,):
        with suppress(NoClosedFormError):
            return _by_form(predict_step(clock))
    step = 1 if clock.protocol.lockstep else max(clock.workers, 2 * int(getattr(clock.protocol, "period", 1)))
    warm_up, counted = (1, 1) if clock.protocol.lockstep and clock.straggler == NoStragglers() else (WARM_UP, COUNTED)
    first, last = (simulate(replace(clock, until=Until(updates=each * step))) for each in (warm_up, warm_up + counted))
    samples = (last.summary.samples or 0) - (first.summary.samples or 0)
    seconds = (last.summary.virtual_seconds or 0.0) - (first.summary.virtual_seconds or 0.0)
    link = next(iter(busiest(last.links)), None)
    return Run(
        rate=samples / seconds,
        compute=last.summary.compute_fraction or 0.0,
        communicate=last.summary.communicate_fraction or 0.0,
        wait=last.summary.wait_fraction or 0.0,
        server=last.summary.server_utilisation or 0.0,
        link="none" if link is None else f"{words(link)}, {utilised(link.utilisation)} of {rate(link)}",
        carried=0.0 if link is None else link.utilisation * link.bandwidth_gbps * GBPS,
    )


def _by_form(step: StepPrediction) -> Run:
    """A step that the engine's closed form is exact for."""
    compute, exposed = step.compute_seconds / step.seconds, step.exposed_seconds / step.seconds
    return Run(step.samples_per_second, compute, exposed, 0.0, 0.0, "network cards of the machines", 0.0)


def clock_of(run: Experiment) -> Experiment:
    """What is simulated of a run: its clock alone, whose messages are those of its problem."""
    problem = run.problem
    return replace(run, problem=NoProblem.in_place_of(problem) if problem.learns else problem)


def on_rings(run: Experiment) -> Experiment:
    """A run whose collectives are rings, unless others are asked for: what cards carry is known of these."""
    return replace(run, collective=Ring()) if run.collective == Auto() else run


def has_servers(family: Family) -> bool:
    """Whether a family has parameter servers."""
    return ParameterServer in family.experiment.protocol.needs
