"""What a launcher's processes compose the jobs' configs with: each option that jobs share, once in a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra.core.config_search_path import ConfigSearchPath
from omegaconf import DictConfig, OmegaConf

from sim.config.build import register
from sim.config.composer import Composer, of_hydra
from sim.sweep.folder import ENDING


class SweepLoader(ConfigLoaderImpl):
    """Hydra's loader, for the jobs of one sweep.

    Parameters
    ----------
    search_path
        Where configs are looked for.
    folder
        Of the sweep.
    """

    def __init__(self, search_path: ConfigSearchPath, folder: Path) -> None:
        super().__init__(search_path)
        self._folder = folder

    def load_sweep_config(self, master_config: DictConfig, sweep_overrides: list[str]) -> DictConfig:
        register()
        words = [*master_config.hydra.overrides.hydra, *sweep_overrides]
        if (self._folder / ENDING).exists():  # no job is begun any more: that it is not needs no time
            words = [word for word in words if of_hydra(word)]
        path = tuple((each.provider, each.path) for each in self.config_search_path.get_path())
        config = _composer(path, str(master_config.hydra.job.config_name)).config(words, 0)
        OmegaConf.set_readonly(config.hydra, False)  # launchers number the job
        return config


@cache
def _composer(path: tuple[tuple[str | None, str | None], ...], name: str) -> Composer:
    search_path = ConfigSearchPathImpl()
    for provider, where in path:
        search_path.append(str(provider), str(where))
    return Composer(ConfigLoaderImpl(search_path), name, multirun=True)
