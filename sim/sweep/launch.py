"""Having jobs done: here one after the other, or by a launcher in whatever processes it has."""

from __future__ import annotations

import copy
import multiprocessing.resource_tracker
from collections.abc import Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from hydra._internal.callbacks import Callbacks
from hydra.core.config_loader import ConfigLoader
from hydra.core.hydra_config import HydraConfig
from hydra.core.plugins import Plugins
from hydra.core.utils import JobReturn, run_job
from hydra.types import HydraContext, RunMode
from omegaconf import DictConfig, open_dict, read_write

from sim.config.build import ConfigError
from sim.config.composer import needs_hydra, of_hydra
from sim.config.jobs import Jobs
from sim.config.overrides import written
from sim.sweep.agenda import Item
from sim.sweep.ending import ended_twice
from sim.sweep.folder import ENDING
from sim.sweep.loader import SweepLoader
from sim.sweep.progress import watching_bar
from sim.sweep.task import Ended, Task, recordings

#: Hydra's own launcher, which does jobs one after the other; ours does that without composing each of them again.
_BASIC = "hydra._internal.core_plugins.basic_launcher.BasicLauncher"


def launch(jobs: Jobs, loader: ConfigLoader, to_do: Sequence[Item], task: Task) -> list[Ended]:
    """Have jobs done.

    Parameters
    ----------
    jobs
        Of the command line.
    loader
        Hydra's.
    to_do
        Those to be done.
    task
        What is done with each.

    Returns
    -------
    list of Ended
        How each of those has ended that the launcher has come to.
    """
    task = replace(task, folder=task.folder.resolve())  # whatever directory a job begins in
    context = HydraContext(config_loader=SweepLoader(loader.get_search_path(), task.folder), callbacks=Callbacks())
    _start_trackers()
    with ended_twice(task.folder / ENDING):
        if jobs.common.hydra.launcher.get("_target_") == _BASIC:
            try:
                ended = list(_here(jobs, context, to_do, task))
            finally:
                recordings.clear()
        else:
            directories = [] if task.quiet else [item.directory.resolve() for item in to_do]
            with watching_bar("simulating", directories) if directories else nullcontext():
                ended = _elsewhere(jobs.common, context, to_do, task)
    return [each for each in ended if each.begun]


def run_in(config: DictConfig, directory: Path, context: HydraContext, task: Any) -> Any:
    """What a task returns of a config, as Hydra has it done, in a directory.

    Raises
    ------
    Exception
        What the task has raised.
    """
    node = config.hydra
    swept = node.mode == RunMode.MULTIRUN
    with read_write(node), open_dict(config):
        if swept:
            node.sweep.dir, node.sweep.subdir = str(directory.parent), directory.name
        else:
            node.run.dir = str(directory)
    directory_key, name_key = ("hydra.sweep.dir", "hydra.sweep.subdir") if swept else ("hydra.run.dir", None)
    if needs_hydra(node):
        return _value(run_job(task, config, directory_key, name_key, context))
    with read_write(node), open_dict(node):
        node.runtime.output_dir = str(directory.absolute())
    HydraConfig.instance().cfg = cast("Any", config)
    directory.mkdir(parents=True, exist_ok=True)
    return task(config)


def _here(jobs: Jobs, context: HydraContext, to_do: Sequence[Item], task: Task) -> Iterator[Ended]:
    for item in to_do:
        if (task.folder / ENDING).exists():
            return
        own, said = replace(task, item=item), jobs.run_config(item.job)
        if said is None:
            yield run_in(jobs.config(item.job), item.directory, context, own)
        else:
            item.directory.mkdir(parents=True, exist_ok=True)
            yield own.done(item.directory, said, item.experiment)


def _elsewhere(common: DictConfig, context: HydraContext, to_do: Sequence[Item], task: Task) -> list[Ended]:
    if not to_do:
        return []
    config = copy.deepcopy(common)
    folder = task.folder
    with read_write(config.hydra), open_dict(config):
        config.hydra.sweep.dir = str(folder)
    launcher = Plugins.instance().instantiate_launcher(hydra_context=context, task_function=task, config=config)
    words = [
        [
            *(word for word in item.job.overrides if not of_hydra(word)),
            f"hydra.sweep.dir={written(str(folder))}",
            f"hydra.sweep.subdir={written(str(item.directory.resolve().relative_to(folder)))}",
        ]
        for item in to_do
    ]
    try:
        return [_value(done) for done in launcher.launch(words, initial_job_idx=0)]
    except Exception as error:  # such as of a process that the system has killed
        name = common.hydra.runtime.choices["hydra/launcher"]
        said = (str(error).splitlines() or [type(error).__name__])[0]
        raise ConfigError(
            f"hydra/launcher={name}: {said}; what is finished is kept, the same command goes on"
        ) from error


def _start_trackers() -> None:
    """Start what watches over processes: started later, it would let control-C through to them."""
    multiprocessing.resource_tracker.ensure_running()
    with suppress(ImportError):
        from joblib.externals.loky.backend import resource_tracker  # type: ignore[import-untyped, import-not-found, unused-ignore]

        resource_tracker.ensure_running()


def _value(done: JobReturn) -> Any:
    """What a job has returned; Hydra itself would print to standard error before it raises what the job has raised."""
    value = done._return_value
    if isinstance(value, Exception):
        raise value
    return value
