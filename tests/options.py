"""The options of a group, found as the program finds them: conformance suites need no list of their own."""

from __future__ import annotations

import importlib
import pkgutil


def options_of(package: str, base: type) -> list[type]:
    """Every option of the group in `package`: the classes that its modules define from `base`."""
    modules = pkgutil.iter_modules(importlib.import_module(package).__path__, f"{package}.")
    return [
        option
        for module in modules
        if not module.ispkg
        for option in vars(importlib.import_module(module.name)).values()
        if isinstance(option, type) and issubclass(option, base) and option.__module__ == module.name
    ]
