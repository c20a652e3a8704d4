"""One run of the command line: a composed config in, a directory of results out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from hydra.core.hydra_config import HydraConfig
from omegaconf import DictConfig, OmegaConf

from sim.cluster.blueprint import Blueprint
from sim.command.ending import unheard
from sim.command.preflight import Checked, check
from sim.command.progress import progress_bar
from sim.config.build import ConfigError, build
from sim.experiment import Experiment
from sim.measuring.recorder import Progress
from sim.printable import printable
from sim.results.atomic import remove_leftovers
from sim.results.result import Result
from sim.results.units import duration
from topologies.field_error import FieldError


class Done(NamedTuple):
    """A run that has been simulated.

    Attributes
    ----------
    directory
        Where its result is.
    notices
        What is to be said beside it.
    """

    directory: Path
    notices: Sequence[str]


def run(config: DictConfig, checked: Checked) -> Done:
    """Simulate what a composed config describes, and keep and show what came of it.

    Hydra has made the run's directory already. It stays empty until the result is there, and goes away if there is
    none.

    Parameters
    ----------
    config
        The root config, without Hydra's own node.
    checked
        What the command line asks for; of many runs, each gets one line.

    Returns
    -------
    Done
        The run's directory is relative to the working directory where it is below it.
    """
    directory = _near(Path(HydraConfig.get().runtime.output_dir))
    try:
        remove_leftovers(directory.resolve())
        if not os.access(directory, os.W_OK):
            raise ConfigError(f"{directory}: nothing can be written there; choose another one with hydra.run.dir=")
        experiment = build(config)
        label = _label(checked.runs)
        with progress_bar(label) as progress:
            result = _simulated(_blueprint(experiment, checked), progress)
        _keep(directory, config, result)
    except BaseException:
        _remove_if_empty(directory)
        raise
    with unheard():
        _show(directory, result, label if checked.runs > 1 else None)
    return Done(directory, result.notices)


def _simulated(blueprint: Blueprint, progress: Progress | None) -> Result:
    from sim.simulate import simulate  # with it come the compiled kernels

    try:
        return simulate(blueprint, progress)
    except FieldError as error:  # what only shows when it happens, such as a draw that no clock could tell
        raise ConfigError(str(error)) from error
    except (MemoryError, OSError) as error:
        most = blueprint.forecast.largest
        error.add_note(f"most is for {most.what}, about {most.amount / 1e6:.3g} MB; {most.key}: {most.remedy}")
        raise


def _blueprint(experiment: Experiment, checked: Checked) -> Blueprint:
    """The one that has been checked, where it is of this experiment."""
    blueprint = checked.blueprint
    return blueprint if blueprint is not None and blueprint.experiment == experiment else check(experiment)


def _keep(directory: Path, config: DictConfig, result: Result) -> None:
    """Write the question beside the answer."""
    hydra: Any = HydraConfig.instance().cfg
    parts = {"config": config, "hydra": hydra, "overrides": hydra.hydra.overrides.task}
    result.write(directory, {f".hydra/{name}.yaml": OmegaConf.to_yaml(part) for name, part in parts.items()})


def _show(directory: Path, result: Result, label: str | None) -> None:
    from rich.console import Console

    from sim.report.terminal import print_summary, score

    console = Console(highlight=False, soft_wrap=True)
    if label is None:
        print_summary(result, Console(highlight=False))
        console.print(f"results in {printable(str(directory))}", markup=False)
    else:
        seconds = duration(result.summary.virtual_seconds)
        console.print(
            f"{label}: {score(result.summary)} after {seconds} of virtual time; {printable(str(directory))}",
            markup=False,
        )


def _label(runs: int) -> str:
    if runs == 1:
        return "simulating"
    hydra = HydraConfig.get()
    return printable(f"{hydra.job.num + 1}/{runs} {' '.join(hydra.overrides.task)}")


def _near(directory: Path) -> Path:
    """The shortest way to write a directory."""
    here = Path.cwd()
    return directory.relative_to(here) if directory.is_relative_to(here) else directory


def _remove_if_empty(directory: Path) -> None:
    """Remove a directory and those above it up to the working directory, as far as there is nothing in them."""
    with suppress(OSError):
        directory.rmdir()
        for parent in () if directory.is_absolute() else directory.parents[:-1]:
            parent.rmdir()
