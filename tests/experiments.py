"""Experiments in the words of the command: ``experiment("ssp slack=2", workers=6, network="single_switch hosts=9")``.

A part is an option's name and its fields, or the option itself. ``server``, ``until`` and ``record`` have no options to
choose from, so that only fields are given: ``until="updates=40"``. A key that is no part has its value, as
``start=Start.spread``. What is not given is as in `Experiment`.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any, get_type_hints

from numpy.typing import NDArray
from omegaconf import OmegaConf

from sim.cluster.blueprint import Blueprint
from sim.cluster.cluster import Cluster
from sim.config.options import NODES, groups
from sim.experiment import Experiment
from sim.results.result import Result
from sim.simulate import simulate

#: Part -> option -> its class; of the parts without options there is one, called default.
OPTIONS = groups() | {name: {"default": hint} for name, hint in get_type_hints(Experiment).items() if name in NODES}

#: Every update is evaluated, and its model kept.
EVERY_UPDATE = "every_updates=1 trajectory=true"


@cache
def option(part: str, words: str) -> Any:
    """An option by its name and its fields: ``option("straggler", "gamma cv=0.1")``."""
    name, *fields = re.findall(r"(?:\[.*?\]|\S)+", words) or ["default"]  # a list may have spaces
    if "=" in name:
        name, fields = "default", [name, *fields]
    written = [field.removesuffix("None") + "null" if field.endswith("=None") else field for field in fields]
    return OmegaConf.to_object(OmegaConf.merge(OPTIONS[part][name], OmegaConf.from_dotlist(written)))


def names(part: str, base: type = object) -> list[str]:
    """The options of a part that are of a class: conformance suites need no list of their own."""
    return [name for name, one in OPTIONS[part].items() if issubclass(one, base)]


def parts(**words: Any) -> dict[str, Any]:
    """Keywords of an experiment, with the options that their words stand for."""
    return {key: option(key, said) if isinstance(said, str) and key in OPTIONS else said for key, said in words.items()}


def experiment(protocol: Any = "async_ps", **words: Any) -> Experiment:
    """An experiment by its words."""
    return Experiment(**parts(protocol=protocol, **words))


def simulated(protocol: Any = "async_ps", **words: Any) -> Result:
    """What a simulation of it results in."""
    return simulate(experiment(protocol, **words))


def trajectory(protocol: Any = "async_ps", **words: Any) -> NDArray[Any]:
    """The model after each update, ``[updates + 1, parameters]``."""
    result = simulated(protocol, **{"record": EVERY_UPDATE} | words)
    assert result.trajectory is not None
    return result.trajectory.x


def cluster_of(protocol: Any = "async_ps", seed: int = 0, **words: Any) -> Cluster:
    """Its cluster, which has not run yet."""
    return Cluster(Blueprint(experiment(protocol, **words)), seed)
