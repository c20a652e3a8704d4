"""What is done with each job, in whatever process a launcher has it done."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from sim.cluster.recording import Recordings
from sim.config.build import build, register
from sim.config.mistakes import explain
from sim.config.run_config import RunConfig
from sim.experiment import Experiment
from sim.printable import printable
from sim.question import question
from sim.results.failure import Failure
from sim.results.glance import score
from sim.results.units import duration
from sim.spelling import spell_outputs
from sim.sweep.agenda import Item
from sim.sweep.ending import end_with_parent, unheard
from sim.sweep.folder import ENDING, QUESTION, finished
from sim.sweep.naming import words_of
from sim.sweep.progress import progress_bar
from sim.sweep.run import run, run_directory
from sim.sweep.time_left import Pace

if TYPE_CHECKING:
    from sim.measuring.recorder import Progress

#: What takes away the line of a terminal that the sweep's own process has drawn its bar into.
_ERASE = "\r\x1b[2K"
#: Clocks that the jobs done in this process have in common.
recordings = Recordings()


@dataclass(frozen=True)
class Ended:
    """How a job has ended.

    Attributes
    ----------
    directory
        Its folder.
    notices
        What is to be said beside its figures.
    diverged
        Whether its loss did.
    stalled
        Whether by its faults nothing could happen any more.
    failure
        Why it has no result, in one line; empty where it has one.
    begun
        Whether it was begun: none is after control-C.
    """

    directory: Path
    notices: Sequence[str] = ()
    diverged: bool = False
    stalled: bool = False
    failure: str = ""
    begun: bool = True


@dataclass(frozen=True)
class Task:
    """Simulate a job and keep its result, or the reason why there is none.

    Attributes
    ----------
    folder
        Of the sweep.
    jobs
        How many jobs were asked for; 0: nobody knows.
    quiet
        Whether nothing is printed.
    process
        The process number of the sweep itself.
    home
        The working directory, which files in a config are named from: processes of another machine begin elsewhere.
    item
        The one job that this is for; None: any, which is what its config says and is called after its folder.
    pace
        Hears of every job that is done in the process of the sweep; None: nobody asks how much longer it takes.
    """

    folder: Path
    jobs: int = 0
    quiet: bool = False
    process: int = field(default_factory=os.getpid)
    home: str = field(default_factory=os.getcwd)
    item: Item | None = None
    pace: Pace | None = None

    def __call__(self, config: DictConfig) -> Ended:
        self.enter()
        asked = config if self.item is None else self.item.experiment
        return self.done(run_directory(), RunConfig.of(config), asked)

    @property
    def elsewhere(self) -> bool:
        """Whether this is another process than that of the sweep."""
        return os.getpid() != self.process

    def enter(self) -> None:
        """Make the process that this is in like that of the sweep itself, which may be another one."""
        if self.elsewhere:
            end_with_parent()
            spell_outputs()
            if not HydraConfig.get().job.chdir:
                os.chdir(self.home)
        register()  # in a process that has not read the command line

    def done(self, directory: Path, said: RunConfig, asked: DictConfig | Experiment) -> Ended:
        """Do it.

        Parameters
        ----------
        directory
            Of the run; it is there.
        said
            What is said of it.
        asked
            What it asks, or the config that says so.
        """
        if (self.folder / ENDING).exists():
            with suppress(OSError):
                directory.rmdir()
            return Ended(directory, begun=False)
        ended = self._done(printable(self._label(directory.name, said)), directory, said, asked)
        if self.pace is not None:
            self.pace.step()
        return ended

    def _done(self, label: str, directory: Path, said: RunConfig, asked: DictConfig | Experiment) -> Ended:
        try:
            experiment = asked if isinstance(asked, Experiment) else build(asked)
            if (directory / QUESTION).exists() and _there(experiment, directory):
                self._say(f"{label}: finished already; {printable(str(directory))}")
                return Ended(directory)
            with self._bar(label, experiment) as progress:
                done = run(said, directory, experiment, progress, recordings)
        except Exception as error:
            if isinstance(error, OSError):
                raise  # such as of a full disk, which the next job would meet, too
            failure = Failure.of(error, explain(error), said.words)
            failure.write(directory)
            self._say(f"{label}: failed: {printable(failure.reason)}")
            return Ended(directory, failure=failure.reason)
        summary = done.result.summary
        self._say(
            f"{label}: {score(summary)} after {duration(summary.virtual_seconds)} of virtual time; "
            f"{printable(str(done.directory))}"
        )
        status = summary.status
        return Ended(done.directory, done.result.notices, diverged=status == "diverged", stalled=status == "stalled")

    def _label(self, folder: str, said: RunConfig) -> str:
        """What the job is called in what is printed: its number, and what sets it apart, not what all have."""
        if self.item is not None:
            return " ".join([f"{self.item.job.number + 1}/{self.jobs}", *self.item.job.varied])
        of = f" of {self.jobs}" if self.jobs else ""
        return f"job {said.number + 1}{of}, {words_of(folder)}"

    def _bar(self, label: str, experiment: Experiment) -> AbstractContextManager[Progress | None]:
        """A bar where this process has the terminal for itself."""
        if self.quiet or self.elsewhere:
            return nullcontext()
        return progress_bar(label, experiment.until, self.pace)

    def _say(self, line: str) -> None:
        if not self.quiet:
            over_the_bar = _ERASE if self.elsewhere and sys.stdout.isatty() and sys.stderr.isatty() else ""
            with unheard():
                print(f"{over_the_bar}{line}", flush=True)


def _there(experiment: Experiment, directory: Path) -> bool:
    """Whether the result is there since the sweep has looked: jobs of one that was killed may go on, as Slurm's do."""
    return finished(directory, question(experiment), experiment.record)
