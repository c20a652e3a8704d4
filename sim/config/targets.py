"""What a config may have Hydra make: launchers, sweepers and the usual handlers of logs, and nothing else."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, ListConfig

from sim.config.error import ConfigError

#: Where launchers, sweepers and what they are made of come from.
TRUSTED = ("hydra._internal.core_plugins.", "hydra_plugins.", "optuna.samplers.", "optuna.pruners.")
#: What Python's logging calls by its name, as far as it may.
LOGGING = (
    "colorlog.ColoredFormatter",
    "ext://sys.stderr",
    "ext://sys.stdout",
    "logging.FileHandler",
    "logging.Formatter",
    "logging.NullHandler",
    "logging.StreamHandler",
)


def refuse_foreign_targets(config: DictConfig) -> None:
    """Refuse a config that would have Hydra call anything but launchers, sweepers and handlers: a config is data.

    Parameters
    ----------
    config
        The root config with Hydra's own node.

    Raises
    ------
    ConfigError
        Which names the key.
    """
    if config.hydra.get("callbacks"):
        name = next(iter(config.hydra.callbacks))
        raise ConfigError(f"hydra.callbacks.{name}: a config is data and calls nothing; leave callbacks out")
    for key, value in _leaves(config, ""):
        if key.endswith("._target_") and not _is_trusted(str(value)):
            raise ConfigError(
                f"{key}: {value!s} is none of Hydra's launchers and sweepers, and a config calls nothing else; choose "
                "with hydra/launcher= and hydra/sweeper="
            )
        if key.startswith(("hydra.job_logging.", "hydra.hydra_logging.")) and _calls(key, value):
            usual = ", ".join(LOGGING)
            raise ConfigError(f"{key}: {value!s} is called by no config; use one of {usual}, or leave it out")


def _is_trusted(target: str) -> bool:
    """Whether it names a class of a trusted package, and not what one of its modules happens to import."""
    module, _, name = target.rpartition(".")
    if not target.startswith(TRUSTED):
        return False
    try:
        found = getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError):
        return False
    return isinstance(found, type) and found.__module__.startswith(TRUSTED)


def _calls(key: str, value: object) -> bool:
    """Whether a value of the settings of logs names what is to be called or looked up, and that is not usual."""
    named = key.rpartition(".")[2] in ("()", "class", "factory") or str(value).startswith(("ext://", "cfg://", "${"))
    return named and str(value) not in LOGGING and not str(value).startswith("${hydra.")


def _leaves(node: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Every value below a node, with its full key; what is interpolated is taken as it is written."""
    if isinstance(node, DictConfig) and not (node._is_none() or node._is_missing() or node._is_interpolation()):
        for name, value in node.items_ex(resolve=False):
            yield from _leaves(value, f"{key}.{name!s}" if key else str(name))
    elif isinstance(node, ListConfig) and not (node._is_none() or node._is_missing() or node._is_interpolation()):
        for index in range(len(node)):
            yield from _leaves(node._get_node(index), f"{key}[{index}]")
    else:
        yield key, node
