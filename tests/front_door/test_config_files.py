"""The YAML files say what the dataclasses say: the same options, the same fields, the same defaults."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import asdict, is_dataclass
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
from hydra import compose, initialize_config_module
from omegaconf import DictConfig, OmegaConf

from sim.command.listing import read_groups
from sim.config.build import build, register
from sim.config.options import groups
from sim.experiment import Experiment
from topologies.communication import Topology
from topologies.communication.complete import Complete
from topologies.communication.ring import Ring
from topologies.communication.star import Star

ROOT = Path(__file__).resolve().parents[2]
CONF = ROOT / "conf"
OPTIONS = [(group, option) for group, options in groups().items() for option in options]
EXPERIMENTS = sorted(path.stem for path in (CONF / "experiment").glob("*.yaml"))


@pytest.fixture(autouse=True)
def hydra() -> Iterator[None]:
    register()
    with initialize_config_module("conf", version_base="1.3"):
        yield


def test_the_root_config_is_the_default_experiment() -> None:
    assert build(compose("config")) == Experiment()


def test_every_option_has_one_yaml_and_every_yaml_is_an_option() -> None:
    found = {(path.parent.name, path.stem) for path in CONF.glob("*/*.yaml")}
    assert found == {*OPTIONS, *(("experiment", name) for name in EXPERIMENTS)}


@cache
def composed(number: int) -> DictConfig:
    """The config with the option of this number in every group that has as many; -1: that of all defaults."""
    names = {group: [*options] for group, options in groups().items()}
    choices = [f"{group}={options[number]}" for group, options in names.items() if 0 <= number < len(options)]
    return compose("config", choices)


@pytest.mark.slow
@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_an_option_composes_and_builds_to_its_dataclass_with_its_defaults(group: str, option: str) -> None:
    config = composed(-1).copy()  # all options of one number need not fit together
    config[group] = composed([*groups()[group]].index(option))[group]
    built = getattr(build(config), group)
    assert type(built) is groups()[group][option]
    assert built == groups()[group][option]()


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_a_yaml_lists_every_field_with_its_value_and_what_it_is(group: str, option: str) -> None:
    text = (CONF / group / f"{option}.yaml").read_text()
    written = OmegaConf.to_container(OmegaConf.create(text))
    assert isinstance(written, dict)
    written.pop("defaults")
    dataclass = groups()[group][option]
    assert is_dataclass(dataclass)
    assert written == asdict(dataclass())
    for name in [*written, *(inner for part in written.values() if isinstance(part, dict) for inner in part)]:
        assert re.search(rf"^ *{name}:.* # \w.+$", text, re.MULTILINE), name


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_a_yaml_begins_with_one_line_that_says_what_it_is_and_with_its_schema(group: str, option: str) -> None:
    lines = (CONF / group / f"{option}.yaml").read_text().splitlines()
    assert re.fullmatch(r"# \S.{,110}\S", lines[0])
    schema, *choices = OmegaConf.create("\n".join(lines)).defaults
    assert schema == f"/schema/{group}/{option}@_here_"
    for choice in choices:  # of another group, which the user may still make differently
        assert [key for key in choice if re.fullmatch(r"override /\w+@_group_", key)] == list(choice)
    assert lines[1].startswith("defaults:")


@pytest.mark.slow
@pytest.mark.parametrize("protocol", ["gossip_pull", "gossip_push"])
def test_gossip_is_among_everybody_unless_somebody_chooses_otherwise(protocol: str) -> None:
    def topology(*overrides: str) -> Topology:
        return build(compose("config", [f"protocol={protocol}", *overrides])).topology

    assert topology() == Complete()
    assert topology("experiment=first_look") == Complete()
    assert topology("topology=ring") == Ring()
    assert topology("topology=star") == Star()
    assert build(compose("config", ["protocol=dpsgd"])).topology == Ring()


@pytest.mark.slow
def test_in_python_a_protocol_has_the_topology_that_it_has_in_the_config() -> None:
    for name in ("gossip_pull", "gossip_push", "sgp", "adpsgd"):
        protocol = groups()["protocol"][name]
        composed = build(compose("config", [f"protocol={name}"]))
        assert Experiment(protocol=protocol()).topology == composed.topology
        assert Experiment(protocol=protocol(), topology=Star()).topology == Star()


def test_numbers_with_an_exponent_are_numbers() -> None:
    for path in CONF.rglob("*.yaml"):
        for line in path.read_text().splitlines():  # YAML 1.1 reads 1e-4 as a word: it wants the point and the sign
            assert not re.search(r"(?<![\w.])\d+e|\d\.\d+e\d", line.partition("#")[0]), f"{path.name}: {line}"


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiment_composes_and_builds(name: str) -> None:
    assert build(compose("config", [f"experiment={name}"])) != Experiment()


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_an_experiments_first_comment_is_its_command_line(name: str) -> None:
    (group,) = (group for group in read_groups() if group.name == "experiment")
    (what,) = (option.what for option in group.options if option.name == name)
    assert re.match(rf"paceline (-m )?experiment={name}(:|$)", what)


def test_no_yaml_names_code_to_run() -> None:
    for path in CONF.rglob("*.yaml"):
        assert "_target_" not in path.read_text()


def test_every_yaml_is_installed_with_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    patterns = project["tool"]["setuptools"]["package-data"]["conf"]
    for path in CONF.rglob("*.yaml"):
        name = str(path.relative_to(CONF))
        assert any(fnmatch(name, pattern) or fnmatch(f"/{name}", pattern[2:]) for pattern in patterns), name
