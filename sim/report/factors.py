"""What a sweep has varied: the fewest settings that tell its runs apart."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from sim.report.grouping import BESIDE
from sim.report.label import settings


def factors(rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """The settings in which runs differ, the seed aside.

    A setting that follows from those before it is none: what only one of several protocols has, or a number of shards
    that is the number of workers.

    Parameters
    ----------
    rows
        Rows of the table that `sim.report.collect.collect` returns.

    Returns
    -------
    list of str
        Columns of the table: protocol, topology, network, workers and batch before options and keys.
    """
    found: list[str] = []
    classes: list[list[Mapping[str, Any]]] = [list(rows)]
    for name in ("protocol", *settings(rows)):
        if name in BESIDE or name.startswith("sweep."):
            continue
        split = [part for each in classes for part in _parts(each, name)]
        if len(split) > len(classes):
            found.append(name)
            classes = split
    return found


def _parts(rows: Sequence[Mapping[str, Any]], name: str) -> list[list[Mapping[str, Any]]]:
    parts: dict[Any, list[Mapping[str, Any]]] = {}
    for row in rows:
        parts.setdefault(row.get(name), []).append(row)
    return list(parts.values())


def has_key(key: str, columns: Iterable[str], option: str) -> None:
    """Refuse a key that no run has, which an option of a command has named.

    Raises
    ------
    ValueError
        With the nearest that some have.
    """
    known = [*columns]
    if key not in known:
        near = get_close_matches(key, known, n=1)
        remedy = f"did you mean {near[0]}?" if near else "give a key that the runs have, such as protocol or workers"
        raise ValueError(f"{option} {key}: no run has it; {remedy}")
