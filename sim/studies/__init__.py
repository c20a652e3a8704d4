"""The studies, a file each: what the field has claimed, and the runs that speak for or against it.

One of many claims has them in a package beside its file.
"""

from __future__ import annotations

from importlib import import_module
from pkgutil import iter_modules

from sim.study.study import Study


def names() -> list[str]:
    """The names of all studies."""
    return sorted(module.name for module in iter_modules(__path__) if not module.ispkg)


def study(name: str) -> Study:
    """A study by its name, one of `names`."""
    found = import_module(f"{__name__}.{name}").STUDY
    assert isinstance(found, Study), f"{name}.STUDY is a study"
    return found
