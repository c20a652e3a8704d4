"""One run: a question in, a directory of results out."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

from hydra.core.hydra_config import HydraConfig

from sim.cluster.blueprint import Blueprint
from sim.cluster.recording import Recordings
from sim.config.error import ConfigError
from sim.config.jobs import asked as asked_of
from sim.config.options import groups
from sim.config.run_config import RunConfig
from sim.experiment import Experiment
from sim.measuring.recorder import Progress
from sim.results.atomic import remove_leftovers
from sim.results.result import Result
from sim.results.rows import Summary
from sim.sweep.check import check
from sim.sweep.folder import QUESTION, question_text
from topologies.field_error import FieldError


class Done(NamedTuple):
    """A run that has been simulated.

    Attributes
    ----------
    directory
        Where its result is.
    result
        The result itself.
    """

    directory: Path
    result: Result


def run(
    said: RunConfig,
    directory: Path,
    asked: Blueprint | Experiment,
    progress: Callable[[float, float], None] | None,
    recordings: Recordings | None = None,
) -> Done:
    """Simulate what is asked, and keep what came of it.

    Parameters
    ----------
    said
        What is said of the run.
    directory
        Of the run; it is there. It stays as it is until the result is there, and goes away if there is none.
    asked
        What the run asks; of a blueprint is known that it fits, too.
    progress
        Is told the virtual seconds and the share of the run that are done.
    recordings
        Of runs before, whose clocks are used where they agree; None: there are no others.
    """
    try:
        remove_leftovers(directory.resolve())
        if not os.access(directory, os.W_OK):
            raise ConfigError(f"{directory}: nothing can be written there; choose another one with hydra.run.dir=")
        blueprint = asked if isinstance(asked, Blueprint) else check(asked)
        result = _simulated(blueprint, progress, recordings)
        result.summary = replace(result.summary, **_own_names(result.summary, said.choices))
        _keep(directory, said, blueprint.experiment, result)
    except BaseException:
        _remove_if_empty(directory)
        raise
    return Done(directory, result)


def run_directory() -> Path:
    """That of the run that Hydra has begun."""
    return near(Path(HydraConfig.get().runtime.output_dir))


def _simulated(blueprint: Blueprint, progress: Progress | None, recordings: Recordings | None) -> Result:
    from sim.simulate import simulate  # with it come the compiled kernels

    try:
        return simulate(blueprint, progress, recordings)
    except FieldError as error:  # what only shows when it happens, such as a draw that no clock could tell
        raise ConfigError(str(error)) from error
    except (MemoryError, OSError) as error:
        most = blueprint.forecast.largest
        error.add_note(f"most is for {most.what}, about {most.amount / 1e6:.3g} MB; {most.key}: {most.remedy}")
        raise


def _own_names(summary: Summary, choices: Mapping[str, str | None]) -> dict[str, Any]:
    """The user's own names of options: an experiment knows only of which of ours they are."""
    named = (name for name in ("protocol", "topology", "network") if getattr(summary, name) is not None)
    return {name: choices[name] for name in named if choices.get(name) not in (*groups()[name], None)}


def _keep(directory: Path, said: RunConfig, experiment: Experiment, result: Result) -> None:
    """Write the question beside the answer."""
    wanted = experiment.record.curve
    texts = said.texts(directory)
    texts[QUESTION] = question_text(str(result.summary.config_hash), experiment.record, asked_of(said.words))
    result.write(directory, texts, curve=not said.swept if wanted is None else wanted)


def near(directory: Path) -> Path:
    """The shortest way to write a directory."""
    here = Path.cwd()
    return directory.relative_to(here) if directory.is_relative_to(here) else directory


def _remove_if_empty(directory: Path) -> None:
    """Remove a directory and those above it up to the working directory, as far as there is nothing in them."""
    with suppress(OSError):
        directory.rmdir()
        for parent in () if directory.is_absolute() else directory.parents[:-1]:
            parent.rmdir()
