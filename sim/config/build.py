"""The config: Hydra composes it from the schemas that are registered here, and `build` makes the experiment of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, replace
from functools import cache
from typing import Any, cast

from hydra._internal.sources_registry import SourcesRegistry
from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, DictConfig, ListConfig, OmegaConf
from omegaconf.errors import InterpolationResolutionError, OmegaConfBaseException

from sim.config.error import ConfigError as ConfigError  # is asked for here
from sim.config.keys import keys, unknown_key, wrong_type
from sim.config.options import NODES, groups
from sim.config.own_yaml import OwnYaml
from sim.config.root import Root
from sim.experiment import Experiment
from sim.sweeping import Sweep
from topologies.field_error import of_group


@cache
def register() -> None:
    """Tell Hydra the schemas, and how the user's own YAML is read.

    ``schema/experiment`` is the root, ``schema/<group>/<option>`` each option.
    """
    SourcesRegistry.instance().register(OwnYaml)
    store = ConfigStore.instance()
    root = OmegaConf.structured(Root)
    for group, options in groups().items():
        root[group] = MISSING  # which fields it has depends on the option that is chosen
        for name, option in options.items():
            store.store(group=f"schema/{group}", name=name, node=option, provider="paceline")
    store.store(group="schema", name="experiment", node=root, provider="paceline")


def build(config: DictConfig) -> Experiment:
    """Make the experiment that a composed config describes.

    Parameters
    ----------
    config
        The root config, with or without Hydra's own node.

    Raises
    ------
    ConfigError
        When a key is unknown, or a value is missing, cannot be resolved or is out of range.
    """
    for key, option in _unknown_keys(config):
        raise ConfigError(unknown_key(key, option))
    try:
        return Experiment(**_values(config, [field.name for field in fields(Experiment)]))
    except ValueError as error:
        raise ConfigError(str(error)) from error


def rebuilt(experiment: Experiment, parts: DictConfig) -> Experiment:
    """The experiment with some of its parts made anew.

    Parameters
    ----------
    experiment
        Which is left as it is.
    parts
        A config that has these parts only.

    Raises
    ------
    ConfigError
        As `build` does.
    """
    try:
        return replace(experiment, **_values(parts, [str(name) for name in parts if name != "sweep"]))
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _values(config: DictConfig, names: Iterable[str]) -> dict[str, Any]:
    """Groups and keys of the root as typed objects."""
    values = {}
    for name in names:
        with of_group(name):
            values[name] = _object(config, name)
    return values


def sweep_of(config: DictConfig) -> Sweep:
    """What a config says of the sweep itself.

    Raises
    ------
    ConfigError
        As `build` does.
    """
    return cast("Sweep", _object(config, "sweep"))


def _unknown_keys(config: DictConfig) -> Iterator[tuple[str, str | None]]:
    """Keys that an override has added by force, with the option of their group."""
    known = {field.name for field in fields(Root)}
    yield from ((str(key), None) for key in config if key not in known and key != "hydra")
    for name in sorted(known & {*groups(), *NODES} & set(config)):
        if not OmegaConf.is_missing(config, name):
            option = option_of(name, OmegaConf.get_type(config, name))
            own = (key for key in _within(config[name], name) if (option or "") not in keys().get(key, {}))
            yield from ((key, option) for key in own)


def _within(node: DictConfig, name: str) -> Iterator[str]:
    """The full keys of a node and of its parts."""
    for key in map(str, node):
        part = None if OmegaConf.is_missing(node, key) or OmegaConf.is_interpolation(node, key) else node[key]
        if isinstance(part, DictConfig) and OmegaConf.get_type(part) not in (dict, None):
            yield from _within(part, f"{name}.{key}")
        else:
            yield f"{name}.{key}"


def option_of(group: str, its_class: type | None) -> str | None:
    """The name of the option that a class is in a group; None where it is not an option."""
    return next((name for name, option in groups().get(group, {}).items() if option is its_class), None)


def _object(config: DictConfig, name: str) -> Any:
    """One group or key of the root as a typed object."""
    if name not in config or OmegaConf.is_missing(config, name):
        raise ConfigError(_nothing_given(name))
    try:
        node = config[name]
        for key in sorted(OmegaConf.missing_keys(node)) if OmegaConf.is_config(node) else ():
            raise ConfigError(_nothing_given(key))
        for key, value in _within_lists(node, name):
            raise ConfigError(wrong_type(key, value))
        return OmegaConf.to_object(node) if OmegaConf.is_config(node) else node
    except InterpolationResolutionError as error:
        raise ConfigError(unresolved(error.full_key or name, error)) from error
    except OmegaConfBaseException as error:
        raise ConfigError(f"{error.full_key or name}: {str(error).splitlines()[0]}") from error


def unresolved(key: str, error: InterpolationResolutionError) -> str:
    """Say what is wrong with a value that refers to another one."""
    told = str(error).splitlines()[0]
    missing = re.search(r"Interpolation key '(.+?)' not found|Environment variable '(.+?)' not found", told)
    converted = re.search(r"interpolation '(.+?)': Value '(.*)' of type", told)
    if missing is not None:
        why = f"refers to {missing[1]}, and there is no such key" if missing[1] else f"no variable {missing[2]} is set"
    else:
        why = f"{converted[1]} is {converted[2]!r}, no value for it" if converted else "what it refers to has no value"
    return f"{key}: {why}; write the value itself"


def _within_lists(node: Any, name: str) -> Iterator[tuple[str, Any]]:
    """Lists and mappings that are elements of a list, which OmegaConf lets pass whatever the type of the list."""
    for key in map(str, node) if isinstance(node, DictConfig) else ():
        elements = node[key] if isinstance(node[key], ListConfig) else ()
        for index, element in enumerate(elements):
            if OmegaConf.is_config(element):
                yield f"{name}.{key}[{index}]", OmegaConf.to_container(element)


def _nothing_given(key: str) -> str:
    options = groups().get(key)
    return f"{key}: choose one of {', '.join(options)}" if options else f"{key}: a value must be given"
