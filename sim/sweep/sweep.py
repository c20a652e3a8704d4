"""A sweep from Python, such as a notebook: the same folders, runs and files as those of ``paceline -m``."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.config.application import application
from sim.config.build import sweep_of
from sim.config.error import ConfigError
from sim.config.jobs import Jobs
from sim.config.keys import is_list
from sim.config.mistakes import explain
from sim.config.overrides import checked, parsed, searchpath, written
from sim.config.sources import sources
from sim.garbage import seldom_collected
from sim.report.load_runs import load_runs
from sim.sweep.agenda import MISTAKES, agenda
from sim.sweep.check import check_room
from sim.sweep.steps import carry_out, folder_of

if TYPE_CHECKING:
    import polars as pl

#: What is swept over where it stands for a value.
_SEVERAL = (list, tuple, range, np.ndarray)


@dataclass(frozen=True)
class Swept:
    """What has come of a sweep.

    Attributes
    ----------
    folder
        Where its runs are.
    jobs
        How many runs were asked for.
    simulated
        How many of them have been simulated now; the others were there already, or have no result.
    failed
        Folder of each run that has failed -> the reason.
    impossible
        What was asked of each run that cannot be simulated -> the reason.
    notices
        What the figures do not say by themselves -> of how many runs it is true.
    """

    folder: Path
    jobs: int
    simulated: int
    failed: Mapping[Path, str] = field(default_factory=dict)
    impossible: Mapping[str, str] = field(default_factory=dict)
    notices: Mapping[str, int] = field(default_factory=dict)

    def runs(self) -> pl.DataFrame:
        """All runs in its folder as a table; see `sim.report.load_runs`."""
        table: pl.DataFrame = load_runs(self.folder)
        return table


def sweep(
    overrides: Sequence[str] | Mapping[str, Any],
    folder: str | os.PathLike[str] | None = None,
    *,
    config_dir: str | os.PathLike[str] | None = None,
    resume: bool = False,
    on_impossible: str | None = None,
    processes: int = 1,
    quiet: bool = True,
) -> Swept:
    """Simulate one run for every combination, as ``paceline -m`` does; what is finished already is not done again.

    Parameters
    ----------
    overrides
        ``["optimizer=sgd,adam", "workers=8"]``, the words of the command, or the same as a mapping
        ``{"optimizer": ["sgd", "adam"], "workers": 8}``: several values are swept over. Of a key whose value is
        itself a list (``problem.hidden``), lists of lists are.
    folder
        Where the runs belong; None: a new one below ``multirun/``, as the command has it.
    config_dir
        A folder with YAML of your own, as ``--config-dir``.
    resume
        Go on with the newest sweep below ``multirun/`` that asks the same; in a folder that is named, that is what is
        done anyway.
    on_impossible
        What becomes of runs that cannot be simulated: ``"refuse"`` (all, before the first) or ``"skip"`` (only those);
        None: what `overrides` say, or else ``"refuse"``.
    processes
        How many do the work; with several, by the launcher ``joblib``.
    quiet
        Whether nothing is printed.

    Returns
    -------
    Swept
        Its method ``runs`` is the table of all runs.

    Raises
    ------
    ConfigError
        In one line, before anything is simulated, where something has to be put right.
    KeyboardInterrupt
        When what was being run at an interrupt is finished.

    Warns
    -----
    RuntimeWarning
        When runs have failed; the others are kept.

    Examples
    --------
    >>> from sim.sweep.sweep import sweep
    >>> swept = sweep({"network": "ring", "workers": [4, 8], "until.epochs": 3}, "runs")  # doctest: +SKIP
    >>> swept.runs().select("workers", "virtual_seconds")  # doctest: +SKIP
    """
    words = [*_words(overrides), *_of_arguments(folder, on_impossible, processes)]
    check_room()
    try:
        return _swept(
            words, None if config_dir is None else os.fspath(config_dir), resume=resume and folder is None, quiet=quiet
        )
    except MISTAKES as error:
        if isinstance(error, ConfigError):
            raise
        raise ConfigError(str(explain(error))) from error


def _swept(words: Sequence[str], config_dir: str | None, *, resume: bool, quiet: bool) -> Swept:
    said = parsed(words, multirun=True)
    own = sources(config_dir, None, searchpath(said))
    with application(own) as hydra, seldom_collected():
        jobs = Jobs(hydra.config_loader, own.name, checked(said, own, multirun=True), multirun=True)
        if not jobs.multiplied:
            name = jobs.common.hydra.runtime.choices["hydra/sweeper"]
            raise ConfigError(f"hydra/sweeper={name}: chooses runs when it has seen others; use paceline -m")
        drawn = agenda(jobs, folder_of(jobs, resume), sweep_of(jobs.common).on_impossible)
        ended = carry_out(jobs, hydra.config_loader, drawn, quiet=quiet)
    if len(ended) < len(drawn.to_do):
        raise KeyboardInterrupt
    failed = {each.directory: each.failure for each in ended if each.failure}
    if failed:
        where, why = next(iter(failed.items()))
        warnings.warn(f"{len(failed)} of {drawn.jobs} runs failed; {where}: {why}", RuntimeWarning, stacklevel=3)
    return Swept(
        folder=drawn.folder.path,
        jobs=drawn.jobs,
        simulated=len(ended) - len(failed),
        failed=failed,
        impossible={str(job): reason for job, reason in drawn.impossible},
        notices=Counter(notice for each in ended for notice in each.notices),
    )


def _words(overrides: Sequence[str] | Mapping[str, Any]) -> Iterator[str]:
    if isinstance(overrides, str):
        raise ConfigError(f"overrides: must be a list of words, got {overrides!r}; write [{overrides!r}]")
    if not isinstance(overrides, Mapping):
        yield from map(str, overrides)
        return
    for key, value in overrides.items():
        values = [_plain(each) for each in value] if _is_swept(key, value) else [_plain(value)]
        if not values:
            raise ConfigError(f"{key}: no values are given to sweep over; give one at the least")
        yield f"{key}={','.join(map(written, values))}"


def _is_swept(key: str, value: Any) -> bool:
    several = isinstance(value, _SEVERAL)
    return several and (not is_list(key) or any(isinstance(each, _SEVERAL) for each in value))


def _plain(value: Any) -> Any:
    """A value of NumPy's or a range as Python's own."""
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    return list(value) if isinstance(value, range) else value


def _of_arguments(folder: str | os.PathLike[str] | None, on_impossible: str | None, processes: int) -> Iterator[str]:
    if folder is not None:
        yield f"hydra.sweep.dir={written(os.fspath(folder))}"
    if on_impossible is not None:
        yield f"sweep.on_impossible={written(on_impossible)}"
    if processes < 1:
        raise ConfigError(f"processes: must be at least 1, got {processes}")
    if processes > 1:
        yield from ("hydra/launcher=joblib", f"hydra.launcher.n_jobs={processes}")
