"""What an InfraGraph file lists, checked by name and number before it is expanded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import prod
from typing import Any

from topologies.size import MOST_LINKS, MOST_NODES

_SCHEMES = ("one2one", "many2many")
_CHOICES = ("custom", "device", "cpu", "xpu", "nic", "memory", "port", "switch")
_STEP = re.compile(r"([A-Za-z0-9_-]+)(?:\[(-?\d*)((?::-?\d*){0,2})\])?")
_KEYS = {
    "the infrastructure": {"name", "description", "devices", "links", "instances", "edges"},
    "a device": {"name", "description", "components", "links", "edges"},
    "a component": {"name", "description", "count", "choice", *_CHOICES},
    "a link": {"name", "description", "physical"},
    "an instance": {"name", "description", "device", "count"},
    "an edge": {"ep1", "ep2", "scheme", "link"},
}

Item = Mapping[str, Any]


class Inventory:
    """The devices, links and instances of an infrastructure.

    Parameters
    ----------
    data
        What the file says.

    Raises
    ------
    ValueError
        If it is no infrastructure, or two things of one kind have one name.
    """

    def __init__(self, data: Any) -> None:
        if not isinstance(data, dict) or not {"devices", "instances"} <= data.keys():
            raise ValueError("is not InfraGraph, a mapping with devices and instances")
        _known(data, "the infrastructure")
        self._edges = _items(data, "edges", "an edge")
        self._links = _by_name(data, "links", "a link")
        self._devices = _by_name(data, "devices", "a device")
        self._instances = _by_name(data, "instances", "an instance")
        self._components = {
            name: _by_name(device, "components", "a component") for name, device in self._devices.items()
        }

    def check(self) -> None:
        """Refuse what leads to something that is not there, and what would be too large.

        Raises
        ------
        ValueError
            What is wrong, by name.
        """
        nodes = links = 0
        for name, instance in self._instances.items():
            device = instance.get("device")
            if device not in self._devices:
                raise ValueError(f"instance {name!r}: there is no device {device!r}")
            of_nodes, of_links = self._size(device, ())
            count = _count(instance, f"instance {name!r}")
            nodes, links = nodes + count * of_nodes, links + count * of_links
            _bounded(nodes, links)
        for edge in self._edges:
            links += self._made(edge, None, self._links)
            _bounded(nodes, links)

    def _size(self, device: str, within: tuple[str, ...]) -> tuple[int, int]:
        """How many nodes and links a device is."""
        if device in within:
            raise ValueError(f"device {device!r} has itself as a component")
        of = self._devices[device]
        links = _by_name(of, "links", "a link")
        nodes, edges = 0, sum(self._made(edge, device, links) for edge in _items(of, "edges", "an edge"))
        for name, component in self._components[device].items():
            what = f"device {device!r}, component {name!r}"
            count, choice = _count(component, what), component.get("choice")
            if choice is None and sum(each in component for each in _CHOICES) == 1:
                choice = next(each for each in _CHOICES if each in component)
            if choice not in _CHOICES:
                raise ValueError(f"{what}: choice must be one of {', '.join(_CHOICES)}, got {choice!r}")
            inner = (1, 0)
            if choice == "device":
                if name not in self._devices:
                    raise ValueError(f"{what}: there is no device {name!r}")
                inner = self._size(name, (*within, device))
            nodes, edges = nodes + count * inner[0], edges + count * inner[1]
            _bounded(nodes, edges)
        return nodes, edges

    def _made(self, edge: Item, device: str | None, links: Mapping[str, Item]) -> int:
        """How many links an edge makes."""
        where = "an edge" if device is None else f"an edge of device {device!r}"
        if edge.get("link") not in links:
            raise ValueError(f"{where}: there is no link {edge.get('link')!r}")
        scheme = edge.get("scheme")
        if scheme not in _SCHEMES:
            raise ValueError(f"{where}: scheme must be {' or '.join(_SCHEMES)}, got {scheme!r}")
        sizes = [self._matched(edge.get(end), device, f"{where}, {end}") for end in ("ep1", "ep2")]
        if 0 in sizes:
            raise ValueError(f"{where}: {'ep1' if not sizes[0] else 'ep2'} matches no component")
        return min(sizes) if scheme == "one2one" else prod(sizes)

    def _matched(self, end: Any, device: str | None, where: str) -> int:
        """How many components an end is."""
        if not isinstance(end, dict) or not isinstance(end.get("component"), str):
            raise ValueError(f"{where}: must have a component")
        path, total = end["component"], 1
        if device is None:
            name, slices = _step(str(end.get("instance")), where)
            if name not in self._instances:
                raise ValueError(f"{where}: there is no instance {name!r}")
            instance = self._instances[name]
            total, device = _matches(slices, _count(instance, f"instance {name!r}"), where), instance.get("device", "")
        elif end.get("device") is not None:
            path = f"{end['device']}.{path}"
        for step in path.split("."):
            name, slices = _step(step, where)
            components = self._components.get(device)
            if components is None or name not in components:
                raise ValueError(f"{where}: device {device!r} has no component {name!r}")
            total *= _matches(slices, _count(components[name], f"component {name!r}"), where)
            device = name
        return total


def _known(item: Item, what: str) -> None:
    for key in item:
        if key not in _KEYS[what]:
            raise ValueError(f"{what} has no key {key!r}; it has {', '.join(sorted(_KEYS[what]))}")


def _items(of: Item, key: str, what: str) -> list[Item]:
    found = of.get(key, [])
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise ValueError(f"{key} must be a list of mappings")
    for item in found:
        _known(item, what)
    return found


def _by_name(of: Item, key: str, what: str) -> dict[str, Item]:
    named: dict[str, Item] = {}
    for item in _items(of, key, what):
        name = item.get("name")
        if not isinstance(name, str) or not re.fullmatch("[A-Za-z0-9_-]+", name):
            raise ValueError(f"{key}: a name must be letters, digits, _ and -, got {name!r}")
        if name in named:
            raise ValueError(f"{key}: {name!r} is there twice; give each its own name")
        named[name] = item
    return named


def _count(item: Item, what: str) -> int:
    count = item.get("count")
    if isinstance(count, bool) or not isinstance(count, int) or count < 1:
        raise ValueError(f"{what}: count must be a whole number of at least 1, got {count!r}")
    return count


def _step(text: str, where: str) -> tuple[str, tuple[str, ...]]:
    """Name and slice of one step of an end: ``nic`` and ``0``, ``2`` of ``nic[0:2]``."""
    match = _STEP.fullmatch(text)
    if match is None:
        raise ValueError(f"{where}: must be a name and a slice, as nic[0:2], got {text!r}")
    return match[1], () if match[2] is None else (match[2], *match[3].split(":")[1:])


def _matches(parts: Iterable[str], count: int, where: str) -> int:
    """How many of so many a slice takes: one index, or start, stop and step as Python has them."""
    numbers = [int(part) if part else None for part in parts]
    if len(numbers) > 2 and numbers[2] == 0:
        raise ValueError(f"{where}: the step of a slice must not be 0")
    if len(numbers) == 1 and numbers[0] is not None:
        if not -count <= numbers[0] < count:
            raise ValueError(f"{where}: there are {count}, from 0 on, got {numbers[0]}")
        return 1
    return count if len(numbers) < 2 else len(range(count)[slice(*numbers)])


def _bounded(nodes: int, links: int) -> None:
    for number, what, most in ((nodes, "components", MOST_NODES), (links, "links", MOST_LINKS)):
        if number > most:
            raise ValueError(f"makes {number} {what}, more than the {most} that can be simulated; give fewer")
