"""A launcher that is not installed names the package that brings it, also where a ready setting asks for it."""

from __future__ import annotations

import re
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml
from hydra.errors import MissingConfigException

import conf
from sim.__main__ import main
from sim.config.mistakes import PLUGINS, explain

SETTINGS = {path.stem: path for path in sorted(Path(str(files(conf) / "hydra" / "launcher")).glob("*.yaml"))}
#: The ready settings, each with the plugin's own that it is made of.
BASES = {"cores": "joblib", "ray_cluster": "ray", "slurm": "submitit_slurm"}
TEXT = (Path(__file__).parents[2] / "pyproject.toml").read_text()


def test_each_setting_is_of_a_plugin_whose_package_is_known() -> None:
    assert {name: yaml.safe_load(path.read_text())["defaults"] for name, path in SETTINGS.items()} == {
        name: [base] for name, base in BASES.items()
    }
    assert {f"hydra/launcher/{base}" for base in BASES.values()} <= PLUGINS.keys()


@pytest.mark.parametrize("missing", PLUGINS)
def test_what_is_missing_is_named_with_its_package(missing: str) -> None:
    group, _, option = missing.rpartition("/")
    said = explain(MissingConfigException("Could not find it", missing, ["basic"]))
    assert said == f"{group}: {option} is not installed; pip install {PLUGINS[missing]}"


@pytest.mark.parametrize("package", [package for package in PLUGINS.values() if package.startswith("'paceline[")])
def test_the_extra_exists(package: str) -> None:
    (extra,) = re.findall(r"\[(\w+)\]", package)
    assert re.search(rf"^{extra} = \[", TEXT, re.MULTILINE)


@pytest.mark.skipif(find_spec("hydra_plugins") is not None, reason="plugins are installed")
@pytest.mark.parametrize(("setting", "base"), BASES.items())
def test_the_command_says_it_in_one_line(
    setting: str, base: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.argv", ["paceline", "-m", "seed=1,2", f"hydra/launcher={setting}"])
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 2
    said = f"hydra/launcher: {base} is not installed; pip install {PLUGINS[f'hydra/launcher/{base}']}"
    assert capsys.readouterr() == ("", f"paceline: error: {said}\n")
    assert not list(tmp_path.iterdir())
