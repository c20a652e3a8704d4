"""What is said of a run, and kept beside its result."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from hydra.core.hydra_config import HydraConfig
from hydra.types import RunMode
from omegaconf import DictConfig

from sim.config.yaml_text import plain_of, yaml_text

#: Parts of the root config that are no part of what a run asks.
BESIDE = ("hydra", "sweep")


class RunConfig(NamedTuple):
    """What is said of a run.

    Attributes
    ----------
    words
        The overrides that make it, Hydra's own aside.
    number
        Which job of a sweep it is, from 0.
    choices
        The option of every group that is chosen; None: none.
    swept
        Whether it is one of a sweep.
    config
        Gives its config as YAML.
    hydra
        Gives Hydra's own, of the run's directory.
    """

    words: Sequence[str]
    number: int
    choices: Mapping[str, str | None]
    swept: bool
    config: Callable[[], str]
    hydra: Callable[[Path], str]

    @classmethod
    def of(cls, config: DictConfig) -> RunConfig:
        """What Hydra says of the run that it has begun."""
        hydra: Any = HydraConfig.get()
        return cls(
            words=list(hydra.overrides.task),
            number=int(hydra.job.num) if hydra.mode == RunMode.MULTIRUN else 0,
            choices=plain_of(hydra.runtime.choices),
            swept=hydra.mode == RunMode.MULTIRUN,
            config=lambda: yaml_text(config, without=BESIDE),
            hydra=lambda directory: yaml_text(hydra, below="hydra"),
        )

    def texts(self, directory: Path) -> dict[str, str]:
        """What is kept in the run's directory of how it was asked, by file."""
        return {
            ".hydra/config.yaml": self.config(),
            ".hydra/hydra.yaml": self.hydra(directory),
            ".hydra/overrides.yaml": yaml_text(self.words),
        }
