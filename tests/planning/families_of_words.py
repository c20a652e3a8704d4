"""Families as a command line would have them."""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import replace
from functools import cache, partial

from sim.catalogue.catalogue import built_in
from sim.catalogue.machine import machine
from sim.command.plan import Opened
from sim.planning.asked import read_asked
from sim.planning.families import Families
from sim.planning.family import Family


@cache
def families_of(*words: str) -> list[Family]:
    """All families of a question, whose goal does not matter unless it is given."""
    goal = () if any(word.startswith("goal.") for word in words) else ("goal.samples=1e6",)
    own = [word for word in (*words, *goal) if word.partition("=")[0].partition(".")[0] in OWN]
    rest = tuple(word for word in words if word not in own)
    asked = read_asked(own)
    with ExitStack() as open_:
        return Families(replace(asked, words=rest), built_in(), partial(Opened, open_)).listed()


OWN = ("goal", "machines", "count", "sites", "link", "flows", "input", "storage", "plan")


def family_of(*words: str) -> Family:
    """The only one."""
    (family,) = families_of(*words)
    return family


def devices_of(name: str) -> int:
    """Devices of a machine."""
    return machine(name, built_in()).devices
