"""What Hydra's flags show: a composed config, how it is composed, and Hydra's own help."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager

from hydra._internal.hydra import Hydra
from hydra.types import RunMode
from omegaconf import OmegaConf

from sim.command.flags import flags
from sim.command.words import Words
from sim.config.application import application
from sim.config.error import ConfigError


def show(words: Words) -> int:
    """Print what the flags ask for; returns the exit status."""
    asked, name = words.flags, words.sources.name
    with application(words.sources) as hydra, _raising():
        if asked.hydra_help:
            asked.overrides = words.overrides
            hydra.hydra_help(config_name=name, args_parser=flags(), args=asked)
        elif asked.info:
            hydra.show_info(asked.info, config_name=name, overrides=words.overrides)
        else:
            _check_package(hydra, words)
            hydra.show_cfg(name, words.overrides, cfg_type=asked.cfg, package=asked.package, resolve=asked.resolve)
    return 0


def _check_package(hydra: Hydra, words: Words) -> None:
    key = words.flags.package
    if key is not None and key != "_global_":
        config = hydra.compose_config(words.sources.name, words.overrides, RunMode.RUN)
        if OmegaConf.select(config, key) is None:
            raise ConfigError(f"--package={key}: the config has no such key, or no value; leave it out to see all")


@contextmanager
def _raising() -> Iterator[None]:
    """Have Hydra raise what it would print otherwise, and exit."""
    before = os.environ.get("HYDRA_FULL_ERROR")
    os.environ["HYDRA_FULL_ERROR"] = "1"
    try:
        yield
    finally:
        if before is None:
            del os.environ["HYDRA_FULL_ERROR"]
        else:
            os.environ["HYDRA_FULL_ERROR"] = before
