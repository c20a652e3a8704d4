"""The root config: Hydra composes it, dataclasses check it, and `build` makes the typed experiment of it."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any, get_type_hints

from hydra.core.config_store import ConfigStore
from omegaconf import MISSING, DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sim.experiment import Experiment

#: Fields of the experiment that are questions about the run, not parts that can be exchanged: nodes of the root.
NODES = ("until", "record")

#: A message of a range check: the field, then what is wrong with it.
_FIELD_FIRST = re.compile(r"[a-z]\w*(\.\w+)*: ")


class ConfigError(Exception):
    """A user's mistake: one line that names the key, the value and the remedy."""


@cache
def groups() -> dict[str, dict[str, type]]:
    """Every group with its options by name.

    A group is a field of the experiment; its options are the modules of the package that the field's class is in, or
    the one option ``default`` where that class is in a plain module.

    Returns
    -------
    dict
        Group -> option -> the option's dataclass, in the order of the experiment's fields.

    Raises
    ------
    TypeError
        If a module of a group's package does not define exactly one option.
    """
    hints = get_type_hints(Experiment)
    bases = {field.name: hints[field.name] for field in fields(Experiment)}
    return {
        name: _options(base) for name, base in bases.items() if inspect.isclass(base) and is_dataclass(base) and name not in NODES
    }


def _options(base: type) -> dict[str, type]:
    package = importlib.import_module(base.__module__)
    if not hasattr(package, "__path__"):
        return {"default": base}
    modules = [entry.name for entry in pkgutil.iter_modules(package.__path__) if not entry.ispkg]
    return {name: _option(importlib.import_module(f"{package.__name__}.{name}"), base) for name in modules}


def _option(module: Any, base: type) -> type:
    found = [
        value
        for value in vars(module).values()
        if inspect.isclass(value) and issubclass(value, base) and is_dataclass(value) and value.__module__ == module.__name__
    ]
    if len(found) != 1:
        raise TypeError(f"{module.__name__}: must define one dataclass that is a {base.__name__}, found {len(found)}")
    return found[0]


@cache
def register() -> None:
    """Tell Hydra the schemas: ``schema/experiment`` is the root, ``schema/<group>/<option>`` each option."""
    store = ConfigStore.instance()
    root = OmegaConf.structured(Experiment)
    for group, options in groups().items():
        root[group] = MISSING  # which option it is, and so which fields it has, is the composed config's to say
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
        When a value is missing, cannot be resolved or is out of range; the message starts with the full key.
    """
    values = {field.name: _object(config, field.name) for field in fields(Experiment)}
    try:
        return Experiment(**values)
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _object(config: DictConfig, name: str) -> Any:
    """One group or key of the root as a typed object."""
    if OmegaConf.is_missing(config, name):
        raise ConfigError(f"{name}: {_nothing_given(name)}")
    try:
        node = config[name]
        return OmegaConf.to_object(node) if OmegaConf.is_config(node) else node
    except OmegaConfBaseException as error:
        raise ConfigError(f"{error.full_key or name}: {first_line(error)}") from error
    except ValueError as error:
        message = str(error)
        raise ConfigError(f"{name}.{message}" if _FIELD_FIRST.match(message) else f"{name}: {message}") from error


def _nothing_given(name: str) -> str:
    options = groups().get(name)
    return f"no option is chosen; choose one of {', '.join(options)}" if options else "no value is given"


def first_line(error: BaseException) -> str:
    """What an error says before it goes into details."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
