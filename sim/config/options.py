"""Groups and their options, found where they are: a new module in a group's package is a new option."""

from __future__ import annotations

import importlib
from dataclasses import fields, is_dataclass
from functools import cache
from typing import get_type_hints

from sim.config.root import Root
from topologies.options import options_in

#: Fields of the root that ask about the run or the sweep; they are not parts that can be exchanged.
NODES = ("until", "record", "checkpoint", "sweep")


@cache
def groups() -> dict[str, dict[str, type]]:
    """Every group with its options by name.

    A group is a field of the root. Its options are the modules of the package that the field's class is in, but
    for those that define none: what a family of options shares lives beside it. A class in a plain module is the one
    option ``default`` of its group.

    Returns
    -------
    dict
        Group -> option -> the option's dataclass; groups in the order of the root's fields, options by name.

    Raises
    ------
    TypeError
        If a module of a group's package defines several options.
    """
    hints = get_type_hints(Root)
    bases = {field.name: hints[field.name] for field in fields(Root) if field.name not in NODES}
    return {name: _options(base) for name, base in bases.items() if isinstance(base, type) and is_dataclass(base)}


def _options(base: type) -> dict[str, type]:
    package = importlib.import_module(base.__module__)
    if not hasattr(package, "__path__"):
        return {"default": base}
    return dict(options_in(package.__name__, base))
