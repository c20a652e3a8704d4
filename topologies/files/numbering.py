"""In which order the nodes of a file are: one rule for networks, communication graphs and every format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from topologies.files import Node

Name: TypeAlias = int | str


def names_of(nodes: Iterable[Node]) -> list[Name]:
    """The names of nodes, each a word or a whole number that no other one has.

    Raises
    ------
    ValueError
        If one is something else, or is there twice: ``3`` and ``"3"`` are one name.
    """
    names: list[Name] = []
    seen: set[str] = set()
    for node in nodes:
        name = node.name
        if isinstance(name, bool) or not isinstance(name, int | str):
            raise ValueError(f"a node's id must be a word or a whole number, got {name!r}")
        if str(name) in seen:
            raise ValueError(f"node {name!r} appears twice")
        seen.add(str(name))
        names.append(name)
    return names


def whole(name: object) -> int | None:
    """The whole number that a name is, as a number or as text; None of any other.

    Examples
    --------
    >>> whole(7), whole("7"), whole("n7"), whole("7.0")
    (7, 7, None, None)
    """
    if isinstance(name, int) and not isinstance(name, bool):
        return name
    return int(name) if isinstance(name, str) and re.fullmatch("[0-9]{1,18}", name) else None


def in_order(names: Sequence[Name], what: str) -> tuple[list[Name], str]:
    """Put names in the order of their numbers.

    Where all are whole numbers, as numbers or as text, with gaps or without, that is their own order; else the order in
    which they are listed.

    Parameters
    ----------
    names
        Those of hosts, or of all nodes.
    what
        What they name, in the plural.

    Returns
    -------
    tuple
        The names, the one of rank 0 first; and in words, which rule it was.

    Raises
    ------
    ValueError
        If two names are one number.

    Examples
    --------
    >>> in_order(["10", "2", "4"], "hosts")
    (['2', '4', '10'], 'hosts are in the order of their ids, whole numbers from 2 to 10')
    >>> in_order(["n10", "n2"], "hosts")
    (['n10', 'n2'], "hosts are in the order listed, from 'n10' to 'n2': their ids are not all whole numbers")
    """
    numbers: dict[int, Name] = {}
    for name in names:
        number = whole(name)
        if number is None:
            ends = f"from {names[0]!r} to {names[-1]!r}"
            return list(names), f"{what} are in the order listed, {ends}: their ids are not all whole numbers"
        if number in numbers:
            raise ValueError(f"nodes {numbers[number]!r} and {name!r} have one number; give each its own")
        numbers[number] = name
    ends = f" from {min(numbers)} to {max(numbers)}" if numbers else ""
    return [numbers[number] for number in sorted(numbers)], f"{what} are in the order of their ids, whole numbers{ends}"
