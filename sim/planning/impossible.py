"""Which candidates cannot be, found out before anything is simulated."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

from sim.cluster.blueprint import Blueprint
from sim.connections.group.connect import Collectives
from sim.experiment import Experiment
from sim.option_name import option_name
from sim.planning.asked import Asked
from sim.planning.candidates import too_large
from sim.planning.engine import clock_of, on_rings
from sim.planning.family import Family
from sim.planning.penalty import is_penalised, proxy_of
from sim.planning.rounds import apart, inside, is_of_rounds
from sim.truth.low_communication import protocols_of_rounds

#: How many devices of one candidate are simulated, which is done some twenty times; and where rings between rounds,
#: which have messages by the square of them, wait for many steps.
MOST_DEVICES, MOST_OF_ROUNDS = 256, 128
#: How many machines stand for any number of them.
FEW = 2


def impossible_ones(asked: Asked, found: Sequence[Family]) -> dict[tuple[int, int], str]:
    """Why candidates cannot be, by the place of their family and their number of machines.

    Parameters
    ----------
    asked
        The question.
    found
        The families of its candidates.
    """
    refused = {}
    for place, family in enumerate(found):
        whole = _of_family(family, asked)
        for count in asked.counts:
            why = whole or _of_count(family, count, asked)
            if why:
                refused[place, count] = why
    return refused


def _of_family(family: Family, asked: Asked) -> str:
    """Why none of a family can be; empty: they may."""
    run = family.experiment
    if asked.sites is not None and not is_of_rounds(family):
        known = " or ".join(protocols_of_rounds())
        return f"sites: protocol={option_name(run.protocol)} does not step in rounds; give protocol={known}"
    if not asked.goal.learns or not is_penalised(run):
        return ""
    if asked.sites is not None:
        first, _ = next(apart(family, asked.sites, learns=True))
        run = first.experiment
    try:
        proxy = proxy_of(run)
    except ValueError as error:
        return str(error)
    why = _refusal(proxy)
    return f"{why}; that is of the proxy of {proxy.workers} workers that is raced for goal.accuracy" if why else ""


def _of_count(family: Family, count: int, asked: Asked) -> str:
    if too_large(family, count):
        return ""  # which is another reason, with a remedy of its own
    devices = count * family.machine.devices
    if asked.sites is not None or family.beyond_formula is None:
        return _of_few(family, min(count, FEW), apart=asked.sites is not None)
    protocol = family.experiment.protocol
    most = MOST_OF_ROUNDS if Collectives in protocol.needs and not protocol.lockstep else MOST_DEVICES
    if devices > most:
        return f"count: {devices} devices of {family.beyond_formula} are more than the {most} simulated; give fewer"
    return _refusal(clock_of(on_rings(family.at(count))))


@cache
def _of_few(family: Family, count: int, *, apart: bool) -> str:
    """Why so few machines cannot be: what the formula is used for holds of any number if it does of these."""
    few = family.at(count)
    return _refusal(clock_of(on_rings(inside(few) if apart else few)))


def _refusal(run: Experiment) -> str:
    try:
        Blueprint(run)
    except ValueError as error:
        return str(error)
    return ""
