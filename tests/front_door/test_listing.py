"""`paceline list`, `paceline --help`, `paceline --version`: what they show, and that they need next to nothing."""

from __future__ import annotations

import itertools
import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest
from command import Command

from sim.command.listing import read_groups, read_root_keys
from sim.config.keys import keys
from sim.config.options import groups
from sim.experiment import Experiment
from sim.option_name import option_name
from sim.stragglers import StragglerLaw, exponential
from sim.stragglers.exponential import Exponential
from topologies.options import option_of, options_in

ROOT = Path(__file__).resolve().parents[2]


def test_the_listing_has_every_group_and_option_that_the_program_has() -> None:
    listed = {group.name: [option.name for option in group.options] for group in read_groups()}
    assert "first_look" in listed.pop("experiment")
    assert listed == {name: list(options) for name, options in groups().items()}


def test_the_listing_has_every_key_of_the_root() -> None:
    of_groups = {key for key in keys() if key.partition(".")[0] in groups()}
    assert {key.name for key in read_root_keys()} == set(keys()) - of_groups


def test_the_listing_has_every_key_of_every_option() -> None:
    listed = {
        (f"{group.name}.{key.name}", option.name)
        for group in read_groups()
        if group.name != "experiment"
        for option in group.options
        for key in option.keys
    }
    assert listed == {(key, option) for key, options in keys().items() for option in options if option}


def test_the_default_of_each_group_is_an_option_of_it() -> None:
    for group in read_groups():
        assert group.default in [*(option.name for option in group.options), "null"]


def test_list_shows_one_line_for_each_group_and_option(paceline: Command) -> None:
    status, out, err = paceline("list")
    assert (status, err) == (0, "")
    assert len(out.splitlines()) == sum(1 + len(group.options) for group in read_groups())
    assert "ring each rank talks to the next and the previous one (default)" in " ".join(out.split())


def test_list_of_a_group_shows_the_keys_of_its_options(paceline: Command) -> None:
    lines = paceline("list", "straggler", "server").out.splitlines()
    assert lines[0] == "straggler  how compute times scatter about their mean"
    texts = [" ".join(line.split()) for line in lines]
    assert "none no stragglers: every gradient takes exactly its mean time (default)" in texts
    assert "straggler.factor how many times slower they are (ratio), > 0 (4.0)" in texts
    assert lines[-11:-9] == [
        "server  the parameter server, where the protocol has one",
        "  default  one parameter server with a queue in front of its cores (default)",
    ]
    assert lines[-2:] == [
        "      server.cores        pushes that each shard applies, or each aggregator adds up, at a time, >= 1 (1)",
        "      server.apply_rate   gradient that one core applies or adds up per second (B/s), > 0; null: instant "
        "(null)",
    ]


@pytest.mark.parametrize("flag", ["--help", "-h"])
def test_help_shows_verbs_groups_options_and_root_keys(flag: str, paceline: Command) -> None:
    status, out, err = paceline("workers=3", flag)
    assert (status, err) == (0, "")
    assert "paceline report DIR..." in out
    for name in [*groups(), *itertools.chain(*groups().values())]:
        assert f"\n{name}  " in out or f"\n  {name}  " in out
    assert re.search(r"\n  until\.seconds +virtual time \(s\), > 0 \(null\)\n", out)


def test_version_is_that_of_the_package(paceline: Command) -> None:
    assert paceline("--version") == (0, f"paceline {version('paceline')}\n", "")


def test_the_defaults_of_the_root_config_are_those_of_the_experiment() -> None:
    experiment = Experiment()
    defaults = {group.name: group.default for group in read_groups() if group.name != "experiment"}
    names = {name: option_name(getattr(experiment, name)) for name in groups()}
    assert defaults == names | {"server": "default"}  # the one option of a group that is a plain module


@pytest.mark.parametrize("arguments", ["'--help'", "'list'", "'list', 'network'", "'--version'"])
def test_what_only_shows_something_imports_nothing_heavy(arguments: str) -> None:
    program = f"""
import sys
sys.argv = ["paceline", {arguments}]
from sim.__main__ import main
main()
heavy = {{"hydra", "numba", "numpy", "networkx", "simpy", "sklearn", "scipy", "matplotlib", "polars"}}
print(*sorted(heavy & set(sys.modules)), file=sys.stderr)
"""
    shown = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True, cwd=ROOT)
    assert shown.stderr == "\n"


def test_a_reader_that_stops_early_is_no_error() -> None:
    shown = subprocess.run(
        ["/bin/sh", "-c", '"$0" -m sim --help | head -n 1', sys.executable],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    assert shown.stdout.startswith("paceline predicts")
    assert shown.stderr == ""


def test_a_module_that_defines_several_options_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    other = type("Other", (Exponential,), {"__module__": exponential.__name__})
    monkeypatch.setattr(exponential, "Other", other, raising=False)
    with pytest.raises(TypeError, match=r"sim\.stragglers\.exponential: must define one StragglerLaw, found .*, Other"):
        option_of("sim.stragglers.exponential", StragglerLaw)


def test_a_module_that_defines_no_option_may_live_beside_those_that_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(exponential, "Exponential")
    assert option_of("sim.stragglers.exponential", StragglerLaw) is None
    assert "exponential" not in dict(options_in("sim.stragglers", StragglerLaw))
