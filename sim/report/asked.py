"""What a run was asked: the config, and the choices in its groups, that Hydra has left in it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.results.read import read_text
from sim.results.rows import Scalar

#: Where an entry of a mapping in block style begins: what is indented, a list or a comment goes on with that before.
_ENTRY = re.compile(r"^(?=[\w'\"])", re.MULTILINE)
#: Where the choices stand in Hydra's own file.
_CHOICES = re.compile(
    r"^hydra:\n(?:^(?: .*)?\n)*?^  runtime:\n(?:^(?:    .*)?\n)*?^    choices:\n(?P<below>(?:^      .*\n)+)",
    re.MULTILINE,
)


def asked(run: Path) -> dict[str, Scalar | bool]:
    """The option chosen in each config group, and the composed config under dotted keys; lists are JSON text.

    Raises
    ------
    ValueError
        When a file is truncated or not a config (its name comes first).
    """
    return {**_choices(run / ".hydra" / "hydra.yaml"), **_config(run / ".hydra" / "config.yaml")}


def _choices(path: Path) -> dict[str, Scalar | bool]:
    """The option chosen in each config group; the groups of Hydra itself (``hydra/launcher``) are left out."""
    text = _text(path)
    # The rest of Hydra's own file, which is of the machine and the moment, need not be understood.
    part = _CHOICES.search(text)
    below = "" if part is None else part["below"]
    if below and "*" not in below and (found := _entry(f"choices:\n{below}")) is not None:
        return {name.partition(".")[2]: option for name, option in found if not name.startswith("choices.hydra")}
    node: Any = _loaded(text, path) if text else {}
    for key in ("hydra", "runtime", "choices"):
        node = node.get(key) if isinstance(node, dict) else None
    if not isinstance(node, dict | None):
        raise ValueError(f"{path}: hydra.runtime.choices: a mapping expected, got {type(node).__name__}")
    return {name: option for name, option in _flatten(node or {}) if not name.startswith("hydra")}


def _config(path: Path) -> dict[str, Scalar | bool]:
    """The composed config; {} without the file, as a run need not have been started by Hydra."""
    text = _text(path)
    before, *entries = _ENTRY.split(text)
    if entries and not before and "*" not in text:
        parts = [_entry(entry) for entry in entries]
        known = [part for part in parts if part is not None]
        if len(known) == len(parts) == len({entry.partition(":")[0] for entry in entries}):
            return {name: value for part in known for name, value in part}
    return dict(_flatten(_loaded(text, path))) if os.path.lexists(path) else {}


def _text(path: Path) -> str:
    return read_text(path) if os.path.lexists(path) else ""  # a link to nothing is refused where it is read


def _loaded(text: str, path: Path) -> dict[Any, Any]:
    """What YAML says that is to be a mapping."""
    import yaml  # type: ignore[import-untyped, unused-ignore]  # its stubs are a package of their own

    try:
        # Hydra writes no aliases; refusing them keeps a file from unfolding into more than its own size.
        if "*" in text and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=_loader())):
            raise ValueError(f"{path}: YAML aliases are not accepted")
        found = yaml.load(text, Loader=_loader())
    except (yaml.YAMLError, RecursionError) as error:
        raise ValueError(f"{path}: truncated or not YAML ({' '.join(str(error).split())})") from error
    if not isinstance(found, dict):
        raise ValueError(f"{path}: truncated or not a config: a mapping expected, got {type(found).__name__}")
    return found


@lru_cache(maxsize=4096)  # a sweep has some hundred different entries
def _entry(text: str) -> tuple[tuple[str, Scalar | bool], ...] | None:
    """The dotted keys of one entry; None where it is none by itself."""
    import yaml

    try:
        found = yaml.load(text, Loader=_loader())
    except (yaml.YAMLError, RecursionError):
        return None  # perhaps the whole is YAML, and else it says where it is not
    return tuple(_flatten(found)) if isinstance(found, dict) and len(found) == 1 else None


def _loader() -> Any:
    """The safe loader, in C where that is installed: ten times as fast."""
    import yaml

    return getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def _flatten(node: dict[Any, Any], prefix: str = "") -> Iterator[tuple[str, Scalar | bool]]:
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _flatten(value, f"{prefix}{key}.")
        elif value is None or isinstance(value, (str, bool, int, float)):
            yield f"{prefix}{key}", value
        else:
            yield f"{prefix}{key}", json.dumps(value, default=str)
