"""Hydra's own object for an application, with our configs and the user's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hydra import version
from hydra._internal.hydra import Hydra
from hydra.core.global_hydra import GlobalHydra
from hydra.core.hydra_config import HydraConfig

from sim.config.build import register
from sim.config.sources import Sources


@contextmanager
def application(sources: Sources) -> Iterator[Hydra]:
    """Hydra while the block runs; what the caller has of it (a notebook may) is put back.

    Parameters
    ----------
    sources
        Where configs are looked for.
    """
    register()
    version.setbase("1.3")
    before = GlobalHydra.instance().hydra, HydraConfig.instance().cfg
    GlobalHydra.instance().clear()
    try:
        yield Hydra.create_main_hydra2(task_name="paceline", config_search_path=sources.search_path())
    finally:
        GlobalHydra.instance().hydra, HydraConfig.instance().cfg = before
