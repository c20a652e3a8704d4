"""Where the runs of a command line belong."""

from __future__ import annotations

from sim.command.words import Words
from sim.config.error import ConfigError
from sim.config.jobs import Jobs
from sim.sweep.folder import SweepFolder
from sim.sweep.steps import folder_of


def place_of(jobs: Jobs, words: Words) -> SweepFolder:
    """The folder that is named or new, or with ``--resume`` the newest that asks the same, which is said.

    Raises
    ------
    ConfigError
        Where both are given, or neither finds one that can be used; see `sim.sweep.steps.folder_of`.
    """
    if words.resume and any(word.lstrip("+").startswith("hydra.sweep.dir=") for word in words.overrides):
        raise ConfigError("--resume: finds the folder by what is asked; leave out either that or hydra.sweep.dir")
    folder = folder_of(jobs, words.resume)
    if words.resume:
        print(f"resuming {folder.path}")
    return folder
