"""An option of a group is a module that defines one class: a new module in a group's folder is a new option."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Iterator


def option_of(module: str, base: type) -> type | None:
    """The option of a group that a module defines, if it does; what it imports from other modules does not count.

    Parameters
    ----------
    module
        Its full name.
    base
        The class that all options of the group are made from.

    Raises
    ------
    TypeError
        If the module defines several.
    """
    values = vars(importlib.import_module(module)).values()
    own = [value for value in values if isinstance(value, type) and value.__module__ == module]
    found = [value for value in own if issubclass(value, base) and not inspect.isabstract(value)]
    if len(found) > 1:
        raise TypeError(f"{module}: must define one {base.__name__}, found {', '.join(one.__name__ for one in found)}")
    return found[0] if found else None


def options_in(package: str, base: type) -> Iterator[tuple[str, type]]:
    """The options of a group with their names, in alphabetical order: of the modules in a package that define one."""
    modules = pkgutil.iter_modules(importlib.import_module(package).__path__)
    for name in sorted(module.name for module in modules if not module.ispkg):
        option = option_of(f"{package}.{name}", base)
        if option is not None:
            yield name, option
