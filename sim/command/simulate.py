"""``paceline key=value ...``: one run, or with ``-m`` a sweep."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from hydra._internal.callbacks import Callbacks
from hydra._internal.hydra import Hydra
from hydra.types import HydraContext
from omegaconf import DictConfig

from sim.command.place import place_of
from sim.command.search import search
from sim.command.telling import FAILED, INTERRUPTED, begin, going_on, note, tell, warn
from sim.command.words import Words
from sim.config.application import application
from sim.config.build import sweep_of
from sim.config.jobs import Jobs
from sim.config.run_config import RunConfig
from sim.printable import printable
from sim.sweep.agenda import Agenda, agenda
from sim.sweep.check import check, check_room
from sim.sweep.ending import ended_in_order, unheard
from sim.sweep.launch import run_in
from sim.sweep.progress import counting_bar, progress_bar
from sim.sweep.run import Done, near, run, run_directory
from sim.sweep.steps import carry_out
from sim.sweep.task import Ended
from sim.sweeping import Sweep


def simulate(words: Words) -> int:
    """Simulate what the command line asks for, and say what came of it.

    Returns
    -------
    int
        Exit status: 0, 1 where a job of a sweep has failed, 130 where control-C has ended the sweep.

    Raises
    ------
    ConfigError, hydra.errors.HydraException, omegaconf.errors.OmegaConfBaseException
        Before anything is simulated, where the user has to put something right.
    """
    check_room()
    with application(words.sources) as hydra:
        jobs = Jobs(hydra.config_loader, words.sources.name, words.overrides, words.multirun)
        _idle(jobs)
        if not jobs.multirun:
            _one(jobs, hydra)
            return 0
        if not jobs.multiplied:
            return search(jobs, hydra, words)
        return _sweep(jobs, hydra, words)


def _idle(jobs: Jobs) -> None:
    """Say which keys of sweeps have no effect here."""
    said, usual = sweep_of(jobs.common), Sweep()
    if not jobs.multiplied and said.on_impossible != usual.on_impossible:
        who = "another sweeper" if jobs.multirun else "one run"
        print(f"note: sweep.on_impossible has no effect: it is {who} that is asked for")
    if said.objective != usual.objective and (jobs.multiplied or not jobs.multirun):
        what = "every combination is simulated" if jobs.multirun else "it is one run that is asked for"
        print(f"note: sweep.objective has no effect: {what}")


def _one(jobs: Jobs, hydra: Hydra) -> None:
    """The one run of a command line without a sweep."""
    (job,) = jobs
    blueprint = check(jobs.experiment(job))
    warn([blueprint.forecast])

    def task(config: DictConfig) -> Done:
        with progress_bar("simulating", blueprint.experiment.until) as progress:
            return run(RunConfig.of(config), run_directory(), blueprint, progress)

    context = HydraContext(config_loader=hydra.config_loader, callbacks=Callbacks())
    config = jobs.config(job)
    with ended_in_order():
        done: Done = run_in(config, Path(str(config.hydra.run.dir)), context, task)
    with unheard():
        _show(done)
    note(done.result.notices, 1)


def _show(done: Done) -> None:
    from rich.console import Console

    from sim.results.glance import print_summary

    print_summary(done.result, Console(highlight=False))
    print(f"results in {printable(str(done.directory))}")


def _sweep(jobs: Jobs, hydra: Hydra, words: Words) -> int:
    folder = place_of(jobs, words)
    with counting_bar("checking") as progress:
        drawn = agenda(jobs, folder, sweep_of(jobs.common).on_impossible, progress)
    begin(drawn)
    warn(drawn.forecasts)
    command = going_on("", words.typed, folder.path)
    try:
        ended = carry_out(jobs, hydra.config_loader, drawn)
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt(*interrupt.args or (INTERRUPTED,), f"; to go on: {command}") from interrupt
    return _close(drawn, ended, command)


def _close(drawn: Agenda, ended: Sequence[Ended], command: str) -> int:
    """Say in the end how it went; returns the exit status."""
    failed = [each for each in ended if each.failure]
    left = len(drawn.to_do) - len(ended)
    there = len(drawn.finished) + len(ended) - len(failed)
    note([notice for each in ended for notice in each.notices], len(ended) - len(failed))
    diverged = sum(each.diverged for each in ended)
    if diverged:
        print(f"note: {diverged} of {len(ended)} runs diverged")
    stalled = sum(each.stalled for each in ended)
    if stalled:
        print(f"note: {stalled} of {len(ended)} runs stalled: by their faults nothing could happen any more")
    count = "1 run" if there == 1 else f"{there} runs"
    print(f"{count}; to compare them: paceline report {shlex.quote(str(drawn.folder.path))}")
    if failed:
        print(f"{len(failed)} of {drawn.jobs} runs failed, where is in failure.json in their folders:")
        tell([f"{near(each.directory)}: {each.failure}" for each in failed])
    print(f"to {'go on' if left or failed else 'add to them, or go on'}: {command}")
    sys.stdout.flush()
    if left:
        raise KeyboardInterrupt(INTERRUPTED, f" after {there} of {drawn.jobs} runs")
    return FAILED if failed else 0
