"""The user's own YAML, read as data: looked at before it is opened, and told by its name where something is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from sim.config.error import ConfigError
from sim.config.keys import keys
from sim.config.options import NODES
from topologies.files.text import read_text

#: What a config in YAML may have (B): ours have some thousand.
MOST_BYTES = 2**20


class OwnYaml(FileConfigSource):
    """A folder of the user's, where Hydra looks for configs."""

    @staticmethod
    def scheme() -> str:
        return "own"

    def is_group(self, config_path: str) -> bool:
        """Whether there is such a folder; one that happens to be called like a key holds no options."""
        name = config_path.strip("/").partition("/")[0]
        return name not in NODES and name not in keys() and bool(super().is_group(config_path))

    def load_config(self, config_path: str) -> ConfigResult:
        path = Path(self.path, self._normalize_file_name(config_path))
        header = self._get_header_dict(file_text(path)[:512])
        return ConfigResult(provider=self.provider, path=self.full_path(), config=own_config(path), header=header)


def own_config(path: Path) -> DictConfig:
    """What a file of the user's says.

    Raises
    ------
    ConfigError
        Which names the file, where it is no YAML, or says what no config may.
    """
    text = file_text(path)
    try:
        config = OmegaConf.create(text)
    except (yaml.YAMLError, OmegaConfBaseException, ValueError, RecursionError) as error:
        raise ConfigError(f"{path}: {_wrong(error)}") from error
    if not isinstance(config, DictConfig):
        raise ConfigError(f"{path}: is no config; write a line 'key: value' for each key")
    return config


def file_text(path: Path) -> str:
    """The text of a YAML file that unfolds into no more than its own size.

    Raises
    ------
    ConfigError
        Which names the file, where it cannot be read, or has aliases, which could unfold into any size.
    """
    try:
        text = read_text(path, MOST_BYTES)
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        if "*" in text and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=loader)):
            raise ConfigError(f"{path}: YAML aliases are not accepted; write out what they stand for")
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror}") from error
    except (ValueError, yaml.YAMLError) as error:
        raise ConfigError(f"{path}: {_wrong(error)}") from error
    return text


def _wrong(error: Any) -> str:
    """What is wrong with a file, and in which line, where the parser says so."""
    mark = getattr(error, "problem_mark", None)
    if mark is None:
        return str(error).splitlines()[0] if str(error) else "is nested too deeply"
    return f"line {mark.line + 1}: no YAML ({error.problem}); indent with spaces, and write key: value"
