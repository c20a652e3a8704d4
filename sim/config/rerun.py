"""A run once more, of what lies in its folder: the options and the values that it had, but for what is said anew."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from omegaconf import OmegaConf

from sim.config.keys import keys
from sim.config.options import NODES, groups
from sim.config.overrides import written
from sim.config.own_yaml import OwnYaml, own_config
from sim.config.root import Root
from sim.config.sources import ROOT, Sources, sources
from sim.option_name import option_name

#: What Hydra has chosen, beside the config that it has composed.
CHOICES = "hydra.yaml"


@dataclass(frozen=True)
class Rerun:
    """A run once more.

    Attributes
    ----------
    sources
        Where its configs are looked for: those of the user's, too, that it had.
    words
        All of it that is not the default.
    """

    sources: Sources
    words: tuple[str, ...]

    def changed_by(self, overrides: Sequence[Override]) -> list[Override]:
        """What is left of it where something is said anew, and that; a new option has its own values."""
        anew = {override.key_or_group for override in overrides}
        own = OverridesParser.create().parse_overrides(list(self.words))
        left = [each for each in own if not {each.key_or_group, each.key_or_group.partition(".")[0]} & anew]
        return [*left, *overrides]


def rerun(folder: str | None, name: str | None, searchpath: object) -> Rerun | None:
    """What a run has left, where that is what the user names; None where it is another config.

    Parameters
    ----------
    folder
        What ``--config-dir`` names.
    name
        What ``--config-name`` names.
    searchpath
        The value of ``hydra.searchpath``, in place of the folders that the run had.

    Raises
    ------
    ConfigError
        Where the files are not what a run leaves, or a folder that it had is gone.
    """
    if folder is None or (name or "").removesuffix(".yaml") != ROOT or not Path(folder, CHOICES).is_file():
        return None
    config, hydra = (_read(Path(folder), each) for each in (f"{ROOT}.yaml", CHOICES))
    runtime = hydra.get("hydra", hydra).get("runtime") or {}
    choices, had = runtime.get("choices") or {}, runtime.get("config_sources") or []
    if searchpath is None:
        searchpath = [each["path"] for each in had if each["schema"] == OwnYaml.scheme()]
    return Rerun(sources(None, None, searchpath), tuple(_words(config, choices)))


def _read(folder: Path, name: str) -> dict[str, Any]:
    found: Any = OmegaConf.to_container(own_config(folder / name))
    return {str(key): value for key, value in found.items()}


def _words(config: dict[str, Any], choices: dict[str, Any]) -> Iterator[str]:
    """The options, and the values that are not their defaults."""
    default = Root()
    chosen = {group: str(choices.get(group)) for group in groups()}
    protocol = groups()["protocol"].get(chosen["protocol"])
    for group, option in chosen.items():
        usual = "default" if [*groups()[group]] == ["default"] else option_name(getattr(default, group))
        if group == "topology":
            usual = getattr(protocol, "topology", None) or usual
        if option != usual:
            yield f"{group}={option}"
    for key, value in _values(config):
        group = key.partition(".")[0]
        known = keys().get(key, {}).get(chosen.get(group, ""))
        if group != "sweep" and (known is None or _plain(known.default) != value):
            yield f"{key}={written(value)}"


def _values(config: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in config.items():
        if name in groups() or name in NODES:
            yield from _within(name, value or {})
        else:
            yield name, value


def _within(name: str, node: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """The values of a node and of its parts, by their full keys."""
    for key, value in node.items():
        if isinstance(value, dict):
            yield from _within(f"{name}.{key}", value)
        else:
            yield f"{name}.{key}", value


def _plain(value: Any) -> Any:
    """A default as YAML has it."""
    return value.name if isinstance(value, Enum) else value
