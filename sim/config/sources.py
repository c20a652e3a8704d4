"""Where configs are looked for: beside ours, in folders of the user's own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path

from hydra._internal.utils import create_config_search_path
from hydra.core.config_search_path import ConfigSearchPath, SearchPathQuery
from omegaconf import OmegaConf

from sim.config.error import ConfigError
from sim.config.options import groups
from sim.config.own_yaml import OwnYaml, own_config

#: Our own root config.
ROOT = "config"
#: Hydra's key for folders of configs.
SEARCHPATH = "hydra.searchpath"


@dataclass(frozen=True)
class Sources:
    """Where configs are looked for.

    Attributes
    ----------
    folders
        The user's own, absolute; the first that has a config is taken.
    name
        Of the root config.
    """

    folders: tuple[Path, ...] = ()
    name: str = ROOT

    def search_path(self) -> ConfigSearchPath:
        """As Hydra takes it: ours, the user's, and the schemas last."""
        path = create_config_search_path("pkg://conf")
        for folder in self.folders:
            path.prepend("own", f"{OwnYaml.scheme()}://{folder}", SearchPathQuery(provider="schema"))
        return path

    def options(self, group: str) -> list[str]:
        """The names of what can be chosen in a group, ours first; none where there is no such group."""
        ours = experiments() if group == "experiment" else list(groups().get(group, ()))
        return [*ours, *sorted({path.stem for path in self._own(group)} - {*ours})]

    def _own(self, group: str) -> Iterable[Path]:
        return (path for folder in self.folders for path in sorted((folder / group).glob("*.yaml")) if path.is_file())

    def check(self) -> None:
        """Refuse files that would be passed over because ours have their names.

        Raises
        ------
        ConfigError
            Which names the file.
        """
        for group in (*groups(), "experiment"):
            ours = Sources().options(group)
            for path in self._own(group):
                if path.stem in ours:
                    raise ConfigError(f"{path}: paceline has {group}={path.stem}; give the file another name")


def experiments() -> list[str]:
    """The names of our own experiments."""
    names = (entry.name for entry in files("conf").joinpath("experiment").iterdir())
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


def sources(folder: str | None, name: str | None, searchpath: object = None) -> Sources:
    """Where configs are looked for when somebody says so.

    Parameters
    ----------
    folder
        What ``--config-dir`` names.
    name
        What ``--config-name`` names.
    searchpath
        The value of ``hydra.searchpath``; where None is given, that of the user's root config counts.

    Raises
    ------
    ConfigError
        Where there is no such folder or config, or files of the user's have names of ours.
    """
    folders = [_folder("--config-dir", folder)] if folder is not None else []
    root = (name or ROOT).removesuffix(".yaml")
    folders += _folders(searchpath)
    found = next((each for each in folders if (each / f"{root}.yaml").is_file()), None)
    if root != ROOT:
        if found is None:
            raise ConfigError(_no_such_root(root, folders))
        if searchpath is None:
            folders += _folders(OmegaConf.select(own_config(found / f"{root}.yaml"), SEARCHPATH))
    elif found is not None:
        raise ConfigError(
            f"{found / root}.yaml: is passed over, paceline's own root has that name; give the file another one, begin "
            f"it with 'defaults: [{ROOT}, _self_]' and choose it with --config-name"
        )
    made = Sources(tuple(dict.fromkeys(folders)), root)
    made.check()
    return made


def _folders(searchpath: object) -> list[Path]:
    if searchpath is None:
        return []
    if not isinstance(searchpath, Sequence) or isinstance(searchpath, str):
        raise ConfigError(f"{SEARCHPATH}: must be a list of folders; write {SEARCHPATH}=[{searchpath}]")
    return [_folder(SEARCHPATH, str(each)) for each in searchpath]


def _folder(key: str, given: str) -> Path:
    scheme, parted, rest = given.rpartition("://")
    if parted and scheme != "file":
        raise ConfigError(f"{key}: {given} is no folder, and only those are searched for YAML; give one")
    folder = Path(os.path.abspath(rest))
    if not rest or not folder.is_dir():
        raise ConfigError(f"{key}: {given or 'nothing'} is no folder; give one that has YAML files in it")
    return folder


def _no_such_root(name: str, folders: Sequence[Path]) -> str:
    there = sorted({path.stem for folder in folders for path in folder.glob("*.yaml")})
    near = get_close_matches(name, there, n=1)
    if not folders:
        remedy = "say with --config-dir where it is"
    else:
        remedy = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(there) or 'none: there is no YAML'}"
    return f"--config-name: there is no {name}.yaml{' in ' if folders else ''}{', '.join(map(str, folders))}; {remedy}"
