"""``paceline efficiency``: what a second of a cluster is worth, by hardware, statistics and protocol."""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from sim.command.flags import FlagError, weighing
from sim.command.words import Words, read_words
from sim.config.application import application
from sim.config.error import ConfigError
from sim.config.jobs import Job, Jobs
from sim.efficiency.batch_law import Entry
from sim.efficiency.penalty import Penalty
from sim.efficiency.table import read_table
from sim.evidence.range import Range
from sim.experiment import Experiment
from sim.printable import printable
from sim.proxy.factors import Factors, Statistics, from_noise_scale, from_table, hardware_of
from sim.proxy.noise import measured_noise_scale
from sim.proxy.penalty import References, raced
from sim.proxy.race import Race, Seeds, check_raced
from sim.proxy.reference import NAME
from sim.question import question
from sim.results.units import duration, number, percent
from sim.sweep.check import check, check_room
from sim.sweep.ending import unheard

#: How wide the name of a row is at the least.
WIDTH = 44


class Asked(NamedTuple):
    """What a command line asks for.

    Attributes
    ----------
    words
        Its overrides.
    options
        Its flags.
    table
        Samples to the target by the batch; None: no such table is given.
    """

    words: Words
    options: argparse.Namespace
    table: Sequence[Entry] | None

    @property
    def seeds(self) -> Seeds:
        """On which seeds is raced."""
        return Seeds(self.options.seeds, self.options.tuning)


def main(arguments: list[str]) -> int:
    """Say what a second of each cluster that the command line asks for is worth.

    Parameters
    ----------
    arguments
        What follows ``paceline efficiency``.

    Returns
    -------
    int
        Exit status: 0.

    Raises
    ------
    ConfigError, hydra.errors.HydraException, omegaconf.errors.OmegaConfBaseException, OSError
        In one line, where the user has to put something right.
    """
    asked = _read(arguments)
    check_room()
    with application(asked.words.sources) as hydra:
        jobs = Jobs(hydra.config_loader, asked.words.sources.name, asked.words.overrides, multirun=True)
        if not jobs.multiplied:
            name = jobs.common.hydra.runtime.choices["hydra/sweeper"]
            raise ConfigError(f"hydra/sweeper={name}: efficiency asks for runs itself; leave it out")
        cells = [(job, _checked(jobs, job)) for job in jobs]
        try:
            found = [(job, factors) for job, factors in _weighed(asked, cells)]
        except ValueError as error:
            raise ConfigError(str(error)) from error
    with unheard():
        if asked.options.json:
            print(json.dumps({"what": "efficiency", "rows": [_row(job, each) for job, each in found]}))
        else:
            for line in _lines(found, asked):
                print(line)
    return 0


def _checked(jobs: Jobs, job: Job) -> Experiment:
    experiment = jobs.experiment(job)
    try:
        check_raced(experiment)
    except ValueError as error:
        raise ConfigError(str(error)) from error
    return check(experiment).experiment


def _weighed(asked: Asked, cells: Sequence[tuple[Job, Experiment]]) -> Iterator[tuple[Job, Factors]]:
    from sim.sweep.progress import counting_bar

    references: References = {}
    scales: dict[str, Range] = {}
    with counting_bar("racing") as progress:
        runs = 0

        def told() -> None:
            nonlocal runs
            runs += 1
            if progress is not None:
                progress(runs, max(runs, len(cells) * 2 * (asked.seeds.judging + 4 * asked.seeds.tuning)))

        for job, experiment in cells:
            both = raced(experiment, asked.seeds, references, told)
            yield job, Factors(both, hardware_of(both.protocol), _statistics(asked, both.reference, scales, told))


def _statistics(asked: Asked, race: Race, scales: dict[str, Range], told: Callable[[], None]) -> Statistics:
    if asked.table is not None:
        return from_table(race, asked.table)
    given = asked.options.noise_scale
    if given is not None:
        return from_noise_scale(race, Range(given, given, given), "given")
    key = question(race.experiment)
    if key not in scales:
        scales[key] = measured_noise_scale(race, told)
    return from_noise_scale(race, scales[key], "measured")


def _read(arguments: list[str]) -> Asked:
    try:
        options, rest = weighing().parse_known_args(arguments)
    except FlagError as error:
        raise ConfigError(f"efficiency: {error}; see paceline efficiency --help") from error
    if options.table is not None and options.noise_scale is not None:
        raise ConfigError("--noise-scale: a table says the critical batch, too; give one of them")
    words = read_words([*rest, "-m"])
    if not words.simulates or words.resume:
        raise ConfigError("efficiency: neither shows a config nor goes on with a sweep; leave out -c, -i and --resume")
    try:
        table = None if options.table is None else read_table(options.table)
    except ValueError as error:
        raise ConfigError(f"--table: {error}") from error
    return Asked(words, options, table)


def _name(job: Job) -> str:
    return printable(" ".join(job.varied)) or "as asked"


def _row(job: Job, each: Factors) -> dict[str, Any]:
    """A row of the JSON, in which what is not finite is null."""
    hardware, known, penalty = each.hardware, each.statistics, each.raced.penalty
    return {
        "asked": _name(job),
        "efficiency": each.efficiency,
        "hardware": {
            "efficiency": hardware.efficiency,
            "samples_per_second": hardware.samples_per_second,
            "ideal_samples_per_second": hardware.ideal,
            "seconds_per_update": hardware.seconds_per_update,
            "compute_fraction": hardware.computing,
            "communicate_fraction": hardware.communicating,
            "wait_fraction": hardware.waiting,
        },
        "statistics": {
            "efficiency": known.efficiency.middle,
            "low80": known.efficiency.low,
            "high80": known.efficiency.high,
            "batch": known.batch,
            "critical_batch": dict(zip(("low80", "middle", "high80"), known.critical, strict=True)),
            "source": known.source,
            "samples_to_target": dict(zip(("low80", "middle", "high80"), known.samples, strict=True)),
        },
        "protocol": {
            "efficiency": 1.0 / penalty.ratio,
            "penalty": _penalty(penalty),
            "against_itself": None if each.itself is None else _penalty(each.itself),
            "learning_rate": each.raced.protocol.experiment.optimizer.lr,
            "reference_learning_rate": each.raced.reference.experiment.optimizer.lr,
        },
        "samples_to_target": _interval(each.samples_to_target),
        "seconds_to_target": _interval(each.seconds_to_target),
    }


def _penalty(penalty: Penalty) -> dict[str, Any]:
    return {**penalty._asdict(), "ratio": penalty.ratio if math.isfinite(penalty.ratio) else None}


def _interval(found: tuple[float, float, float | None] | None) -> dict[str, Any] | None:
    return None if found is None else dict(zip(("low80", "middle", "high80"), found, strict=True))


def _lines(found: Sequence[tuple[Job, Factors]], asked: Asked) -> Iterator[str]:
    width = max(WIDTH, *(len(_name(job)) + 1 for job, _ in found))
    yield f"{'':{width}}hardware x statistics x protocol = together   seconds to target"
    for job, each in found:
        shares = (each.hardware.efficiency, each.statistics.efficiency.middle, 1.0 / each.raced.penalty.ratio)
        hardware, statistics, protocol, together = (percent(share) for share in (*shares, each.efficiency))
        first = f"{_name(job):{width}}{hardware:>8}{statistics:>13}{protocol:>11}{together:>11}"
        yield f"{first}   {_seconds(each)}"
    yield ""
    for job, each in found:
        yield f"{_name(job):{width}}{_explained(each)}"
    yield ""
    yield from _remarks(found, asked)


def _explained(each: Factors) -> str:
    hardware, penalty, race = each.hardware, each.raced.penalty, each.raced.protocol
    lost = f"communicates {percent(hardware.communicating)}, waits {percent(hardware.waiting)}"
    update = duration(hardware.seconds_per_update)
    cut = "" if penalty.reached == penalty.seeds else f", reached on {penalty.reached} of {penalty.seeds} seeds"
    return f"{update} an update, {lost}; penalty {_said(penalty)} at lr {race.experiment.optimizer.lr:g}{cut}"


def _said(penalty: Penalty) -> str:
    if not math.isfinite(penalty.ratio):
        return "without end: it diverges"
    if penalty.low80 is None:
        return number(penalty.ratio)
    above = "..." if penalty.high80 is None else number(penalty.high80)
    return f"{number(penalty.ratio)} [{number(penalty.low80)}, {above}]"


def _seconds(each: Factors) -> str:
    found = each.seconds_to_target
    if found is None:
        return "never"
    low, middle, high = found
    least = "" if high is not None else "more than "
    return f"{least}{duration(middle)} [{duration(low)}, {'...' if high is None else duration(high)}]"


def _remarks(found: Sequence[tuple[Job, Factors]], asked: Asked) -> Iterator[str]:
    yield "hardware: samples a second over those of workers that only compute"
    known = {(each.statistics.batch, each.statistics.critical, each.statistics.source) for _, each in found}
    for batch, critical, source in sorted(known):
        between = f" [{number(critical.low)}, {number(critical.high)}]" if critical.low < critical.high else ""
        how = {"table": "by the table", "given": "given", "measured": f"the noise scale of {NAME}'s gradients"}[source]
        yield f"statistics: 1 / (1 + B / Bc), B = {batch} and Bc = {number(critical.middle)}{between} samples, {how}"
    yield f"protocol: 1 / penalty, which is samples to the target over those of {NAME} at the same batch and seeds"
    rates = {each.raced.reference.experiment.optimizer.lr for _, each in found}
    chosen = f"the best of powers of 2 on {asked.seeds.tuning} other seeds" if asked.seeds.tuning else "as it is given"
    yield f"learning rates: {chosen}; of {NAME} {', '.join(f'{rate:g}' for rate in sorted(rates))}"
    noise = {_said(each.itself) for _, each in found if each.itself is not None}
    yield f"{NAME} against itself under other seeds (A/A): {', '.join(sorted(noise)) or 'of too few seeds'}"
    yield f"intervals: 80 %, {asked.seeds.judging} seeds"
