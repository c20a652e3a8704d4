"""``paceline list machine`` and ``list machine=NAME``: types of machines, and the keys of a run on two of one type."""

from __future__ import annotations

import shlex
from collections.abc import Iterator

from sim.catalogue.catalogue import Catalogue
from sim.catalogue.machine import Machine, machine, short_names
from sim.command.devices import known, print_lines, table, unknown
from sim.config.error import ConfigError
from sim.results.units import data_size

#: How many machines the printed keys are of.
MACHINES = 2


def main(words: list[str]) -> int:
    """Print all types of machines, or one of them with its sources and the keys of a run.

    Parameters
    ----------
    words
        ``machine``, or ``machine=NAME``; and ``device.catalogue=FILE`` where there are more in a file.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    ConfigError
        When there is no such machine, or the file cannot be read.
    """
    first, *rest = words
    catalogue = known(rest)
    name = first.partition("=")[2]
    try:
        print_lines(list(_one(name, catalogue) if "=" in first else _all(catalogue)))
    except LookupError as error:
        raise ConfigError(f"machine={name}: {error.args[0]}") from error
    return 0


def _all(catalogue: Catalogue) -> Iterator[str]:
    yield "machine  types of machines; paceline list machine=NAME has the sources, and the keys of a run"
    names = catalogue.names("machine")
    short = {full: family for family, full in short_names(catalogue).items()}
    width = max(map(len, names))
    for name in names:
        also = f" (or {short[name]})" if name in short else ""
        yield f"  {name:{width}}  {_said(machine(name, catalogue))}{also}"


def _said(one: Machine) -> str:
    parts = [
        f"{one.devices} x {one.device}" + (f" of {data_size(one.device_memory)}" if one.device_memory else ""),
        one.link and one.link + (f" {one.link_rate:g} Gb/s" if one.link_rate else ""),
        one.nics and f"{one.nics} x {f'{one.nic_rate:g} Gb/s' if one.nic_rate else 'unknown rate'}",
        one.transport,
        one.memory and f"memory {data_size(one.memory)}",
        one.busy_power and f"{one.busy_power / 1e3:g} kW",
        one.price and f"{one.price:g} USD/h",
    ]
    return ", ".join(str(part) for part in parts if part)


def _one(name: str, catalogue: Catalogue) -> Iterator[str]:
    one = machine(name, catalogue)
    if name != one.name:
        yield f"{name} is {one.name}, the largest of its family"
    yield _said(one)
    yield from table(one.rows)
    links = ("link", "link_rate") if one.devices == 1 else ()
    yield unknown("machine", one.rows, ("device_memory", "in_network_reduction", *links))
    yield f"{MACHINES} of them: paceline {shlex.join(one.overrides(MACHINES))}"
    if one.nics is not None and one.nics > one.devices:
        yield f"{one.nics} cards are taken for {one.devices}: a card of network=gpu_pod serves a device at least"
    yield f"nothing is known here of {', '.join(one.unknown)}: the defaults, unless you give them"
