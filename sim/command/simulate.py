"""``paceline key=value ...``: one run, or with ``-m`` a sweep."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from hydra._internal.callbacks import Callbacks
from hydra._internal.hydra import Hydra
from hydra.types import HydraContext
from omegaconf import DictConfig

from sim.cluster.forecast import Forecast, announced
from sim.command.words import Words
from sim.config.application import application
from sim.config.build import sweep_of
from sim.config.error import ConfigError
from sim.config.jobs import Jobs
from sim.config.run_config import RunConfig
from sim.printable import printable
from sim.sweep.agenda import Agenda, agenda
from sim.sweep.check import check, check_room
from sim.sweep.ending import ended_in_order, unheard
from sim.sweep.launch import run_in
from sim.sweep.progress import counting_bar, progress_bar
from sim.sweep.run import Done, near, run, run_directory
from sim.sweep.steps import carry_out, folder_of
from sim.sweep.task import Ended, Task
from sim.sweeping import Sweep

#: Exit statuses: a sweep in which a job has failed, and one that control-C has ended.
FAILED, INTERRUPTED = 1, 130
#: How many reasons are told of jobs that failed, or cannot be simulated.
TOLD = 3


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
        if not jobs.multiplied and sweep_of(jobs.common) != Sweep():
            who = "another sweeper" if jobs.multirun else "one run"
            print(f"note: sweep.on_impossible has no effect: it is {who} that is asked for")
        if not jobs.multirun:
            _one(jobs, hydra)
            return 0
        if not jobs.multiplied:
            return _by_another_sweeper(hydra, words)
        return _sweep(jobs, hydra, words)


def _one(jobs: Jobs, hydra: Hydra) -> None:
    """The one run of a command line without a sweep."""
    (job,) = jobs
    blueprint = check(jobs.experiment(job))
    _warn([blueprint.forecast])

    def task(config: DictConfig) -> Done:
        with progress_bar("simulating") as progress:
            return run(RunConfig.of(config), run_directory(), blueprint, progress)

    context = HydraContext(config_loader=hydra.config_loader, callbacks=Callbacks())
    config = jobs.config(job)
    with ended_in_order():
        done: Done = run_in(config, Path(str(config.hydra.run.dir)), context, task)
    with unheard():
        _show(done)
    _note(done.result.notices, 1)


def _show(done: Done) -> None:
    from rich.console import Console

    from sim.results.glance import print_summary

    print_summary(done.result, Console(highlight=False))
    print(f"results in {printable(str(done.directory))}")


def _sweep(jobs: Jobs, hydra: Hydra, words: Words) -> int:
    if words.resume and any(word.lstrip("+").startswith("hydra.sweep.dir=") for word in words.overrides):
        raise ConfigError("--resume: finds the folder by what is asked; leave out either that or hydra.sweep.dir")
    folder = folder_of(jobs, words.resume)
    if words.resume:
        print(f"resuming {folder.path}")
    with counting_bar("checking") as progress:
        drawn = agenda(jobs, folder, sweep_of(jobs.common).on_impossible, progress)
    _begin(drawn)
    _warn(drawn.forecasts)
    command = _command(words, folder.path)
    try:
        ended = carry_out(jobs, hydra.config_loader, drawn)
    except KeyboardInterrupt as interrupt:
        raise KeyboardInterrupt(*interrupt.args or (INTERRUPTED,), f"; to go on: {command}") from interrupt
    return _close(drawn, ended, command)


def _begin(drawn: Agenda) -> None:
    """Say before the first run what is there, what is skipped, and what makes no difference."""
    with unheard():
        if drawn.repeated:
            print(f"note: {len(drawn.repeated)} of {drawn.jobs} runs ask what others ask, and are done once")
        if drawn.finished:
            print(f"{len(drawn.finished)} of {drawn.jobs} runs are finished already, {len(drawn.to_do)} are to be done")
        for notice in drawn.notices:
            print(f"note: {notice}")
        if drawn.impossible:
            print(f"{len(drawn.impossible)} of {drawn.jobs} runs cannot be simulated and are skipped:")
            _tell([f"{job}: {reason}" for job, reason in drawn.impossible])


def _warn(forecasts: Sequence[Forecast]) -> None:
    """Say what all runs together take of this machine, where that is much."""
    warning = announced(forecasts)
    if warning is not None:
        print(f"paceline: {warning}", file=sys.stderr)


def _close(drawn: Agenda, ended: Sequence[Ended], command: str) -> int:
    """Say in the end how it went; returns the exit status."""
    failed = [each for each in ended if each.failure]
    left = len(drawn.to_do) - len(ended)
    there = len(drawn.finished) + len(ended) - len(failed)
    _note([notice for each in ended for notice in each.notices], len(ended) - len(failed))
    diverged = sum(each.diverged for each in ended)
    if diverged:
        print(f"note: {diverged} of {len(ended)} runs diverged")
    count = "1 run" if there == 1 else f"{there} runs"
    print(f"{count}; to compare them: paceline report {shlex.quote(str(drawn.folder.path))}")
    if failed:
        print(f"{len(failed)} of {drawn.jobs} runs failed, where is in failure.json in their folders:")
        _tell([f"{near(each.directory)}: {each.failure}" for each in failed])
    print(f"to {'go on' if left or failed else 'add to them, or go on'}: {command}")
    sys.stdout.flush()
    if left:
        raise KeyboardInterrupt(INTERRUPTED, f" after {there} of {drawn.jobs} runs")
    return FAILED if failed else 0


def _tell(lines: Sequence[str]) -> None:
    for line in lines[:TOLD]:
        print(f"  {printable(line)}")
    if len(lines) > TOLD:
        print(f"  and {len(lines) - TOLD} more")


def _note(notices: Sequence[str], runs: int) -> None:
    for notice, count in Counter(notices).items():
        print(f"note: {notice}" if count == runs else f"note on {count} of {runs} runs: {notice}")


def _command(words: Words, folder: Path) -> str:
    """The command line that goes on with a sweep."""
    own = [word for word in words.typed if word != "--resume" and not word.lstrip("+~").startswith("hydra.sweep.dir=")]
    return printable(shlex.join(["paceline", *own, f"hydra.sweep.dir={folder}"]))


def _by_another_sweeper(hydra: Hydra, words: Words) -> int:
    """Leave it to a sweeper of Hydra's plugins what to ask for: it has to see results first."""
    ended: list[Ended] = []
    task = Task(Path())

    def heard(config: DictConfig) -> Ended:
        ended.append(task(config))
        return ended[-1]

    with ended_in_order():
        hydra.multirun(words.sources.name, heard, words.overrides, with_log_configuration=False)
    _note([notice for each in ended for notice in each.notices], len(ended))
    return FAILED if any(each.failure for each in ended) else 0
