"""What failures leave of a candidate's speed, and what its machines cost then: by closed forms."""

from __future__ import annotations

import math
from typing import NamedTuple

from sim.checkpoint import YOUNG_DALY
from sim.connections.group.connect import Collectives
from sim.connections.group.gang import goes_back
from sim.experiment import Experiment
from sim.incidents.daly import daly, expected
from sim.incidents.fleet import Fleet
from sim.incidents.kinds.crashes import Scope
from sim.incidents.kinds.lifetime import HOUR, Repair
from sim.planning.family import Family
from sim.planning.pool import Pool


class Endured(NamedTuple):
    """What is left, and what it costs.

    Attributes
    ----------
    share
        Of the speed without failures (ratio).
    between
        Mean time between failures (s); None: there are none.
    every
        Working time from one checkpoint to the next (s); None: none are written.
    spares
        Number of machines that wait, and are paid for, beside those that train.
    paid
        What is paid for those that train, beside as many on demand (ratio).
    how
        By which form, in words.
    """

    share: float = 1.0
    between: float | None = None
    every: float | None = None
    spares: int = 0
    paid: float = 1.0
    how: str = ""


class EndlessError(ValueError):
    """Failures come faster than anything is done."""


def endured(family: Family, count: int, step: float, spot_price: float | None = None) -> Endured:
    """What is left of a candidate's speed in the long run.

    Parameters
    ----------
    family, count
        A family, and the number of its machines.
    step
        What a step takes without failures, in the middle (s).
    spot_price
        What a spot worker costs, beside one on demand (ratio); None: as much.

    Raises
    ------
    EndlessError
        Where nothing would be left.
    """
    run = family.failing(count)
    if not (run.faults.active or run.checkpoint.active):
        return Endured()
    fleet = Fleet([range(family.machine.devices)] * count)
    between = run.faults.seconds_between(fleet)
    pool, spots = _pool(run, fleet), len(run.faults.elastic.spots(run.workers))
    taken = run.faults.elastic.rate_per_hour
    present = 1.0 / (1.0 + taken / HOUR * run.faults.elastic.seconds)
    spot = spots / run.workers if taken > 0.0 else 0.0
    there = pool.there * (1.0 - spot * (1.0 - present))
    every, write = _checkpoints(run, between, step)
    missing = waits_with(run)
    if missing is not None:
        share, how = _waiting(run, family, pool, missing, (spots if spot else 0, present)), "while enough are there"
    elif goes_back(run):
        share, how = _going_back(run, pool, between, every, write), "Daly's expected time of a job that goes back"
    else:
        stopped = run.faults.detection_seconds / between if Collectives in run.protocol.needs else 0.0
        share, how = there * math.exp(-stopped), "the share of workers that are there"
        share *= 1.0 if every is None else every / (every + write)
    if share < 1e-6:
        raise EndlessError(
            f"faults: one of {run.workers} workers fails every {between:.3g} s, and nothing gets done; give "
            "faults.recover=survivors, spares, or fewer machines"
        )
    whole = 1 if run.faults.crash.scope is Scope.machine else family.machine.devices
    spares = math.ceil(run.faults.crash.spares / whole) if run.faults.crash.active else 0
    paid = 1.0 - spot * (1.0 - present * (1.0 if spot_price is None else spot_price))
    return Endured(share, None if math.isinf(between) else between, every, spares, paid, how)


def waits_with(run: Experiment) -> int | None:
    """With how many missing an update waits for nobody; None: it goes on with whoever is there."""
    missing = run.protocol.may_lack(run.workers)
    return missing if missing is not None and missing < run.workers - 1 else None


def _pool(run: Experiment, fleet: Fleet) -> Pool:
    crash = run.faults.crash
    places = len(fleet.machines) if crash.scope is Scope.machine else fleet.workers
    return Pool(places, crash.rate_per_hour / HOUR, crash.repair_seconds, crash.spares, crash.switch_seconds)


def _checkpoints(run: Experiment, between: float, step: float) -> tuple[float | None, float]:
    """The working time from one to the next (s), whole steps; and for how long one stops everybody (s)."""
    checkpoint = run.checkpoint
    write = checkpoint.seconds(checkpoint.write_seconds, run.held_bytes)
    if not checkpoint.active:
        return None, 0.0
    if checkpoint.every_updates is not None and checkpoint.every_seconds is None:
        every = checkpoint.every_updates * step
    elif checkpoint.every_seconds == YOUNG_DALY:
        every = math.inf if math.isinf(between) else daly(write, between)
    else:
        every = float(checkpoint.every_seconds or 0.0)
    if checkpoint.every_updates is not None:
        every = min(every, checkpoint.every_updates * step)
    if math.isinf(every):
        return None, 0.0
    return max(1, math.ceil(every / step - 1e-9)) * step, write if checkpoint.blocking else 0.0


def _going_back(run: Experiment, pool: Pool, between: float, every: float | None, write: float) -> float:
    if math.isinf(between):
        return 1.0 if every is None else every / (every + write)
    assert every is not None, "without checkpoints a plan has Daly's"
    elastic, crash, known = run.faults.elastic, run.faults.crash, run.faults.detection_seconds
    failing = pool.rate * pool.places * between  # share of crashes in all that happens
    spots = len(elastic.spots(run.workers)) if elastic.rate_per_hour > 0.0 else 0
    # waiting for those who are away is a matter of how many are; what is left is what each failure costs beside
    all_there = pool.at_most(0) / (1.0 + elastic.rate_per_hour / HOUR * elastic.seconds) ** spots
    if crash.spares:
        beside = max(known, crash.switch_seconds)
    else:
        beside = _beyond(crash.repair_seconds, known, scatters=crash.repair is Repair.exponential)
    left = _beyond(elastic.seconds, known, scatters=elastic.repair is Repair.exponential)
    restart = failing * beside + (1.0 - failing) * left
    restart += run.checkpoint.seconds(run.checkpoint.restore_seconds, run.held_bytes)
    if (restart + every + write) / between > 100.0:
        return 0.0
    return all_there / expected(every, write, between, restart)


def _beyond(mean: float, least: float, *, scatters: bool) -> float:
    """What a time lacks, on average, of another that has to pass in any case (s)."""
    if scatters and mean > 0.0:
        return least - mean * -math.expm1(-least / mean)
    return max(0.0, least - mean)


def _waiting(run: Experiment, family: Family, pool: Pool, missing: int, spot: tuple[int, float]) -> float:
    """The share of time in which no more are missing than may be; spot workers beside failures as if by themselves."""
    each = family.machine.devices if run.faults.crash.scope is Scope.machine else 1
    spots, present = spot
    total = 0.0
    for gone in range(min(missing, spots) + 1):
        chance = math.comb(spots, gone) * present ** (spots - gone) * (1.0 - present) ** gone
        total += chance * pool.at_most((missing - gone) // each)
    # where nobody may be missing, all wait while a spare takes its place
    switched = pool.rate * pool.places * pool.switch if pool.spares and missing == 0 else 0.0
    return total * math.exp(-switched)
