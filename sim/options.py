"""Groups and their options, found where they are: a new module in a group's package is a new option."""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import fields, is_dataclass
from functools import cache
from types import ModuleType
from typing import get_type_hints

from sim.experiment import Experiment

#: Fields of the experiment that ask about the run; they are not parts that can be exchanged.
NODES = ("until", "record")


@cache
def groups() -> dict[str, dict[str, type]]:
    """Every group with its options by name.

    A group is a field of the experiment. Its options are the modules of the package that the field's class is in, or
    the one option ``default`` where that class is in a plain module.

    Returns
    -------
    dict
        Group -> option -> the option's dataclass; groups in the order of the experiment's fields, options by name.

    Raises
    ------
    TypeError
        If a module of a group's package does not define exactly one option.
    """
    hints = get_type_hints(Experiment)
    bases = {field.name: hints[field.name] for field in fields(Experiment) if field.name not in NODES}
    return {name: _options(base) for name, base in bases.items() if isinstance(base, type) and is_dataclass(base)}


def _options(base: type) -> dict[str, type]:
    package = importlib.import_module(base.__module__)
    if not hasattr(package, "__path__"):
        return {"default": base}
    modules = sorted(entry.name for entry in pkgutil.iter_modules(package.__path__) if not entry.ispkg)
    return {name: _option(importlib.import_module(f"{package.__name__}.{name}"), base) for name in modules}


def _option(module: ModuleType, base: type) -> type:
    """The one option that a module defines; what it imports from other modules does not count."""
    own = [value for value in vars(module).values() if getattr(value, "__module__", None) == module.__name__]
    found = [value for value in own if isinstance(value, type) and issubclass(value, base) and is_dataclass(value)]
    if len(found) != 1:
        raise TypeError(f"{module.__name__}: must define one dataclass that is a {base.__name__}, found {len(found)}")
    return found[0]
