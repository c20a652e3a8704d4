"""What a run was asked: the config, and the choices in its groups, that Hydra has left in it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped, unused-ignore]  # its stubs are a package of their own

from sim.results.read import read_text
from sim.results.rows import Scalar

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the safe loader in C is ten times as fast
#: Where an entry of a mapping in block style begins: what is indented, a list or a comment, goes on with the one before.
_ENTRY = re.compile(r"^(?=[\w'\"])", re.MULTILINE)


def asked(run: Path) -> dict[str, Scalar | bool]:
    """The option chosen in each config group, and the composed config under dotted keys; lists are JSON text.

    Raises
    ------
    ValueError
        When a file is truncated or not a config (its name comes first).
    """
    return {**dict(_choices(run)), **dict(_flatten(_mapping(run / ".hydra" / "config.yaml")))}


def _choices(run: Path) -> Iterator[tuple[str, Scalar | bool]]:
    """The option chosen in each config group; the groups of Hydra itself (``hydra/launcher``) are left out."""
    path = run / ".hydra" / "hydra.yaml"
    node = _mapping(path, ("hydra", "runtime", "choices"))
    if not isinstance(node, dict | None):
        raise ValueError(f"{path}: hydra.runtime.choices: a mapping expected, got {type(node).__name__}")
    for name, option in _flatten(node or {}):
        if not name.startswith("hydra"):
            yield name, option


def _mapping(path: Path, keys: Sequence[str] = ()) -> Any:
    """What is below some keys of a YAML file of Hydra, {} without the file: a run need not have been started by it."""
    if not os.path.lexists(path):  # a link to nothing is refused where it is read
        return {}
    text = read_text(path)
    try:
        # Hydra writes no aliases; refusing them keeps a file from unfolding into more than its own size.
        if "*" in text and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_LOADER)):
            raise ValueError(f"{path}: YAML aliases are not accepted")
        if (part := _below(text, keys)) is not None:
            return _loaded(part)
        found = _loaded(text)
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"{path}: truncated or not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path}: truncated or not a config: a mapping expected, got {type(found).__name__}")
    for key in keys:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _below(text: str, keys: Sequence[str]) -> str | None:
    """The text of what is below some keys, one inside the other; None where it is not found so, or no keys are given.

    The rest of a file of Hydra's own, which is of the machine and the moment, need not be understood.
    """
    for key in keys:
        entry = next((each for each in _ENTRY.split(text) if each.startswith(f"{key}:\n")), "")
        text = _unindented(entry.partition("\n")[2]) or ""
    return text or None if keys else None


def _unindented(text: str) -> str | None:
    """The lines of a block without their two spaces; None where not all have them."""
    lines = text.split("\n")
    return "\n".join([line[2:] for line in lines]) if all(line[:2] in ("  ", "") for line in lines) else None


def _loaded(text: str) -> Any:
    """What YAML says; entry by entry where it is a mapping in block style, as the runs of a sweep share nearly all."""
    try:
        found = _by_entry(text)
    except yaml.YAMLError:
        found = None  # a piece of it is not YAML: perhaps the whole is, and else it says where it is not
    return yaml.load(text, Loader=_LOADER) if found is None else found


def _by_entry(text: str) -> dict[Any, Any] | None:
    """A mapping from its entries, each read by itself; None where the text does not fall apart so."""
    before, *entries = _ENTRY.split(text)
    if before or not entries:
        return None
    found: dict[Any, Any] = {}
    for entry in entries:
        one = _entry(entry)
        if not isinstance(one, dict) or len(one) != 1:
            return None
        found |= one
    return found


@lru_cache(maxsize=4096)  # a sweep has some hundred different entries; each run adds a few of its own
def _entry(text: str) -> Any:
    """What one entry says; what is below its key again entry by entry."""
    head, _, rest = text.partition("\n")
    below = _unindented(rest) if head.endswith(":") else None
    inner = None if below is None else _by_entry(below)
    key = None if inner is None else yaml.load(head, Loader=_LOADER)
    return dict.fromkeys(key, inner) if isinstance(key, dict) else yaml.load(text, Loader=_LOADER)


def _flatten(node: dict[Any, Any], prefix: str = "") -> Iterator[tuple[str, Scalar | bool]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        elif value is None or isinstance(value, (str, bool, int, float)):
            yield f"{prefix}{key}", value
        else:
            yield f"{prefix}{key}", json.dumps(value, default=str)
