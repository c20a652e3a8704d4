"""What is done with each job, in whatever process a launcher has it done."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig

from sim.config.build import register
from sim.config.mistakes import explain
from sim.experiment import Experiment
from sim.printable import printable
from sim.results.failure import Failure
from sim.results.glance import score
from sim.results.units import duration
from sim.sweep.ending import end_with_parent, unheard
from sim.sweep.folder import ENDING
from sim.sweep.progress import progress_bar
from sim.sweep.run import run, run_directory


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
    failure
        Why it has no result, in one line; empty where it has one.
    begun
        Whether it was begun: none is after control-C.
    """

    directory: Path
    notices: Sequence[str] = ()
    diverged: bool = False
    failure: str = ""
    begun: bool = True


@dataclass(frozen=True)
class Task:
    """Simulate a job and keep its result, or the reason why there is none.

    Attributes
    ----------
    folder
        Of the sweep.
    total
        How many jobs were asked for.
    numbers
        Of the jobs that are to be done, by the names of their folders.
    quiet
        Whether nothing is printed.
    process
        That of the sweep.
    experiment
        What the one job asks that this is for; None: what its config says.
    """

    folder: Path
    total: int
    numbers: Mapping[str, int] = field(default_factory=dict)
    quiet: bool = False
    process: int = field(default_factory=os.getpid)
    experiment: Experiment | None = None

    def __call__(self, config: DictConfig) -> Ended:
        if os.getpid() != self.process:
            end_with_parent()
        register()  # in a process that has not read the command line
        directory = run_directory()
        if (self.folder / ENDING).exists():
            with suppress(OSError):
                directory.rmdir()
            return Ended(directory, begun=False)
        words = list(HydraConfig.get().overrides.task)
        number = self.numbers.get(directory.name, HydraConfig.get().job.num)
        label = printable(f"{number + 1}/{self.total} {' '.join(words)}")
        try:
            with progress_bar(label) as progress:
                done = run(config, self.experiment, None if self.quiet else progress)
        except Exception as error:
            if isinstance(error, OSError):
                raise  # such as of a full disk, which the next job would meet, too
            failure = Failure.of(error, explain(error), words)
            failure.write(directory)
            self._say(f"{label}: failed: {printable(failure.reason)}")
            return Ended(directory, failure=failure.reason)
        summary = done.result.summary
        self._say(
            f"{label}: {score(summary)} after {duration(summary.virtual_seconds)} of virtual time; "
            f"{printable(str(done.directory))}"
        )
        return Ended(done.directory, done.result.notices, diverged=summary.status == "diverged")

    def _say(self, line: str) -> None:
        if not self.quiet:
            with unheard():
                print(line, flush=True)
