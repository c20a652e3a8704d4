"""What tells runs apart, in as few words as possible."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sim.printable import printable
from sim.results.rows import summary_types

#: What a run is known by, in the order in which a label says it.
_IDENTITY = ("protocol", "topology", "network", "workers", "batch")


def labels(rows: Sequence[dict[str, Any]]) -> list[str]:
    """Name each run after the settings in which it differs from others, and its protocol where there are several.

    Parameters
    ----------
    rows
        Rows of the table that :func:`sim.report.collect.collect` returns.

    Returns
    -------
    list of str
        In the same order, all different: the protocol, and what else tells it from the others, as in
        ``PROTOCOL · 8 workers`` or ``PROTOCOL · topology=torus · optimizer.lr=0.1``. Where all have the same protocol,
        a label is without it, unless nothing else would be left but a folder. Of runs whose settings are the same, each
        is followed by its directory.
    """
    named: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        named[(str(row["protocol"]),)].append(row)
    start = 0 if len(named) > 1 else 1
    for key in settings(rows):
        named = _split(named, key)
    names: dict[str, str] = {}
    for parts, namesakes in named.items():
        name = " · ".join(parts[start:] or parts)
        parent = os.path.commonpath([Path(row["run"]).absolute() for row in namesakes])
        for row in namesakes:
            folder = os.path.relpath(Path(row["run"]).absolute(), parent)
            names[row["run"]] = name if len(namesakes) == 1 else f"{name} · {folder}"
    return [printable(names[row["run"]]) for row in rows]


def common(rows: Sequence[dict[str, Any]]) -> str:
    """What several runs have in common of what a run is known by, which their labels leave out.

    Parameters
    ----------
    rows
        As those of `labels`.

    Returns
    -------
    str
        As in ``PROTOCOL · network=leaf_spine · 64 workers``; empty of one run, which is described elsewhere, and of
        runs that have nothing in common.
    """
    if len(rows) < 2:
        return ""
    values = {key: {row.get(key) for row in rows} for key in _IDENTITY}
    shared = {key: next(iter(found)) for key, found in values.items() if len(found) == 1}
    return printable(" · ".join(setting(key, value) for key, value in shared.items() if value is not None))


def settings(rows: Iterable[Mapping[str, Any]]) -> list[str]:
    """The columns of a table's rows that say what was asked, not what was found; the seed comes last."""
    columns = dict.fromkeys(column for row in rows for column in row)
    found = {*summary_types(), *(f"{name}_ci95" for name in summary_types()), "run", "label", "protocol"}
    settings = [name for name in columns if name not in found and not name.startswith("report.")]
    options = [name for name in settings if "." not in name]
    return [*_IDENTITY[1:], *options, *(name for name in settings if "." in name), "seed"]


def _split(named: dict[tuple[str, ...], list[dict[str, Any]]], key: str) -> dict[tuple[str, ...], list[dict[str, Any]]]:
    """Add a setting to the names of the runs that have the same name and differ in it."""
    parts: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for name, namesakes in named.items():
        differ = len({row.get(key) for row in namesakes}) > 1
        for row in namesakes:
            value = row.get(key)
            parts[(*name, setting(key, value)) if differ and value is not None else name].append(row)
    return parts


def setting(key: str, value: Any) -> str:
    """A setting as a label says it: ``8 workers``, ``batch 32``, ``optimizer.lr=0.1``."""
    if key == "protocol":
        return str(value)
    if key == "workers":
        return f"{value} worker" if value == 1 else f"{value} workers"
    if key in ("batch", "seed"):
        return f"{key} {value}"
    return f"{key}={value}"
