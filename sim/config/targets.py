"""What a config may have Hydra make: its own launchers and sweepers, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from omegaconf import DictConfig, ListConfig

from sim.config.build import ConfigError

#: Where launchers, sweepers and what they are made of come from.
TRUSTED = ("hydra._internal.core_plugins.", "hydra_plugins.", "optuna.samplers.", "optuna.pruners.")


def refuse_foreign_targets(config: DictConfig) -> None:
    """Refuse a config that would have Hydra call anything but launchers and sweepers: a config is data.

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
    for key, target in _targets(config, ""):
        if not str(target).startswith(TRUSTED):
            raise ConfigError(
                f"{key}: {target} is none of Hydra's launchers and sweepers, and a config calls nothing else; choose "
                "with hydra/launcher= and hydra/sweeper="
            )


def _targets(node: Any, key: str) -> Iterator[tuple[str, Any]]:
    """Every `_target_` below a node, with its full key; what is interpolated is taken as it is written."""
    if isinstance(node, DictConfig) and not (node._is_none() or node._is_missing() or node._is_interpolation()):
        for name, value in node.items_ex(resolve=False):
            own = f"{key}{name!s}"
            yield from [(own, value)] if name == "_target_" else _targets(value, f"{own}.")
    elif isinstance(node, ListConfig) and not (node._is_none() or node._is_missing() or node._is_interpolation()):
        for index in range(len(node)):
            yield from _targets(node._get_node(index), f"{key.rstrip('.')}[{index}].")
