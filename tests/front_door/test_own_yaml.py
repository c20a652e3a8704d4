"""Options, experiments and whole configs from a folder of the user's own, and a run once more from its own folder."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import QUICK, Command

from sim.command.words import read_words
from sim.config.error import ConfigError
from sim.report.load_runs import load_runs

OPTION = "defaults: [cpu_core]\noverhead_seconds: 1.0e-3\n"
BY_SCHEMA = "defaults: [/schema/device/cpu_core@_here_]\noverhead_seconds: 1.0e-3\n"
EXPERIMENT = "# @package _global_\ndefaults:\n  - override /device: mine\nworkers: 3\n"
WHOLE = "defaults:\n  - config\n  - override device: mine\n  - _self_\nworkers: 5\n"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder with a device, an experiment and a root; it is ``own`` in the working directory of `paceline`."""
    write(tmp_path / "own" / "device" / "mine.yaml", OPTION)
    write(tmp_path / "own" / "experiment" / "ours.yaml", EXPERIMENT)
    write(tmp_path / "own" / "whole.yaml", WHOLE)
    return tmp_path / "own"


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def summary(run: Path) -> dict[str, object]:
    found: dict[str, object] = json.loads((run / "summary.json").read_text())
    del found["wall_seconds"]
    return found


def question(run: Path) -> str:
    return json.loads((run / ".hydra" / "question.json").read_text())["question"]


@pytest.mark.slow
@pytest.mark.parametrize("text", [OPTION, BY_SCHEMA])
def test_an_option_of_ones_own_is_the_one_that_it_is_based_on_with_other_values(
    text: str, paceline: Command, own: Path, tmp_path: Path
) -> None:
    write(own / "device" / "mine.yaml", text)
    assert paceline("--config-dir", "own", "device=mine", *QUICK, "hydra.run.dir=a").status == 0
    assert paceline("device.overhead_seconds=1e-3", *QUICK, "hydra.run.dir=b").status == 0
    assert summary(tmp_path / "a") == summary(tmp_path / "b")
    assert question(tmp_path / "a") == question(tmp_path / "b")  # the same, whatever it is called


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "workers"),
    [
        (["--config-dir", "own", "experiment=ours"], 3),
        (["--config-dir", "own", "--config-name", "whole"], 5),
        (["-cd", "own", "-cn", "whole.yaml"], 5),
        (["hydra.searchpath=[own]", "experiment=ours"], 3),
        (["hydra.searchpath=[file://own]", "device=mine", "workers=4"], 4),
    ],
)
def test_every_way_to_a_folder_of_ones_own(words: list[str], workers: int, paceline: Command, own: Path) -> None:
    status, out, err = paceline(*words, "-c", "job")
    assert (status, err) == (0, "")
    assert f"\nworkers: {workers}\n" in f"\n{out}"
    assert "overhead_seconds: 0.001\n" in out


@pytest.mark.slow
def test_a_sweep_over_options_of_ones_own_is_told_apart_by_their_names(
    paceline: Command, own: Path, tmp_path: Path
) -> None:
    words = ("--config-dir", "own", "-m", "device=cpu_core,mine", *QUICK, "hydra.sweep.dir=sweep")
    assert paceline(*words).status == 0
    names = [path.name.rpartition("-")[0] for path in sorted((tmp_path / "sweep").iterdir()) if path.is_dir()]
    assert names == ["device=cpu_core", "device=mine"]
    assert "2 of 2 runs are finished already" in paceline(*words).out
    assert paceline("report", "sweep").status == 0
    assert "device=mine" in (tmp_path / "sweep" / "report.html").read_text()


@pytest.mark.slow
def test_a_summary_and_a_report_have_ones_own_names(paceline: Command, own: Path, tmp_path: Path) -> None:
    write(own / "network" / "rack.yaml", "defaults: [leaf_spine]\nbandwidth_gbps: 25.0\n")
    assert "rack" in paceline("--config-dir", "own", "network=rack", *QUICK, "hydra.run.dir=a").out
    assert summary(tmp_path / "a")["network"] == "rack"
    assert load_runs(tmp_path / "a")["network"].to_list() == ["rack"]
    assert paceline("network=leaf_spine", "network.bandwidth_gbps=25", *QUICK, "hydra.run.dir=b").status == 0
    assert summary(tmp_path / "a") == {**summary(tmp_path / "b"), "network": "rack"}


@pytest.mark.slow
def test_a_root_of_ones_own_may_name_the_folders_to_search(paceline: Command, own: Path, tmp_path: Path) -> None:
    write(tmp_path / "roots" / "root.yaml", "defaults: [config, _self_]\nhydra: {searchpath: [own]}\n")
    assert paceline("--config-dir", "roots", "-cn", "root", "device=mine", "-c", "job", "-p", "device").out == (
        "# @package device\npeak_flops: null\nefficiency: null\noverhead_seconds: 0.001\nmemory_bytes: null\n"
        "catalogue: ''\n"
    )


#: Where, what is written there, what is asked, and what is said of it; FOLDER is the user's.
MISTAKES = {
    "an unknown key": (
        "device/bad.yaml",
        "defaults: [cpu_core]\npeek_flops: 1.0\n",
        "device=bad",
        "device/bad.yaml: device.peek_flops: no such key; did you mean device.peak_flops?",
    ),
    "a value of another type": (
        "device/bad.yaml",
        "defaults: [cpu_core]\npeak_flops: much\n",
        "device=bad",
        "device/bad.yaml: device.peak_flops: must be a number or null, got 'much'",
    ),
    "an unknown key of the root": (
        "bad.yaml",
        "defaults: [config, _self_]\nwrokers: 3\n",
        "-cn bad",
        "bad.yaml: wrokers: no such key; did you mean workers?",
    ),
    "no YAML": (
        "device/bad.yaml",
        "defaults: [cpu_core]\n  x: [1\n",
        "device=bad",
        "FOLDER/device/bad.yaml: line 2: no YAML (expected <block end>, but found '<block mapping start>'); indent "
        "with spaces, and write key: value",
    ),
    "a list": (
        "device/bad.yaml",
        "- 1\n",
        "device=bad",
        "FOLDER/device/bad.yaml: is no config; write a line 'key: value' for each key",
    ),
    "aliases": (
        "device/bad.yaml",
        "a: &x [1]\nb: *x\n",
        "device=bad",
        "FOLDER/device/bad.yaml: YAML aliases are not accepted; write out what they stand for",
    ),
    "nothing that it is based on": (
        "device/bad.yaml",
        "peak_flops: 1.0e+12\n",
        "device=bad",
        "device: bad.yaml says of no option that it is based on it; begin it with 'defaults: [a100]', or another of "
        "a100, b200, cpu_core, h100, h200, k80, l40s, named, p100, t4, v100",
    ),
    "a circle": (
        "device/bad.yaml",
        "defaults: [bad]\n",
        "device=bad",
        "defaults: a config that device=bad problem=quadratic asks for includes itself; take it out there",
    ),
    "an option that there is not": (
        "device/bad.yaml",
        "defaults: [cpu]\n",
        "device=bad",
        "device/bad.yaml: device: there is no option 'cpu'; choose one of a100, b200, cpu_core, h100, h200, "
        "k80, l40s, named, p100, t4, v100",
    ),
    "a name of ours": (
        "device/v100.yaml",
        "defaults: [cpu_core]\n",
        "device=v100",
        "FOLDER/device/v100.yaml: paceline has device=v100; give the file another name",
    ),
    "the root's name": (
        "config.yaml",
        "workers: 3\n",
        "-cn config",
        "FOLDER/config.yaml: is passed over, paceline's own root has that name; give the file another one, begin it "
        "with 'defaults: [config, _self_]' and choose it with --config-name",
    ),
    "a target": (
        "device/bad.yaml",
        "defaults: [cpu_core]\n_target_: os.system\n",
        "device=bad",
        "device/bad.yaml: device._target_: no such key; device=cpu_core has device.peak_flops, device.efficiency, "
        "device.overhead_seconds, device.memory_bytes, device.catalogue",
    ),
    "a callback": (
        "bad.yaml",
        "defaults: [config, _self_]\nhydra: {callbacks: {x: {_target_: os.system}}}\n",
        "-cn bad",
        "hydra.callbacks.x: a config is data and calls nothing; leave callbacks out",
    ),
    "what a module of Hydra's imports": (
        "bad.yaml",
        "defaults: [config, _self_]\n"
        "hydra: {sweeper: {_target_: hydra._internal.core_plugins.bash_completion.os.system}}\n",
        "-cn bad",
        "hydra.sweeper._target_: hydra._internal.core_plugins.bash_completion.os.system is none of Hydra's launchers "
        "and sweepers, and a config calls nothing else; choose with hydra/launcher= and hydra/sweeper=",
    ),
    "a handler of logs": (
        "bad.yaml",
        'defaults: [config, _self_]\nhydra: {job_logging: {handlers: {x: {"()": os.system, command: "touch x"}}}}\n',
        "-cn bad",
        "hydra.job_logging.handlers.x.(): os.system is called by no config; use one of colorlog.ColoredFormatter, "
        "ext://sys.stderr, ext://sys.stdout, logging.FileHandler, logging.Formatter, logging.NullHandler, "
        "logging.StreamHandler, or leave it out",
    ),
    "a package to search": (
        "bad.yaml",
        "defaults: [config, _self_]\nhydra: {searchpath: [pkg://this]}\n",
        "-cn bad",
        "hydra.searchpath: pkg://this is no folder, and only those are searched for YAML; give one",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", MISTAKES)
def test_a_mistake_in_ones_own_yaml_gets_one_line(kind: str, paceline: Command, tmp_path: Path) -> None:
    name, text, words, said = MISTAKES[kind]
    write(tmp_path / "own" / name, text)
    status, out, err = paceline("--config-dir", "own", *words.split(), *QUICK)
    assert (status, out) == (2, "")
    assert err == f"paceline: error: {said.replace('FOLDER', str(tmp_path / 'own'))}\n"
    assert [path.name for path in tmp_path.iterdir()] == ["own"]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("--config-dir none", "--config-dir: none is no folder; give one that has YAML files in it"),
        ("-cn whole", "--config-name: there is no whole.yaml; say with --config-dir where it is"),
        ("--config-dir own -cn wole", "--config-name: there is no wole.yaml in {own}; did you mean whole?"),
        ("hydra.searchpath=own", "hydra.searchpath: must be a list of folders; write hydra.searchpath=[own]"),
        ("--config-dir own device=min", "device: there is no option 'min'; did you mean mine? "),
        ("hydra.sweeper.params.workers=2,3", "hydra.sweeper.params.workers=2,3: says what a sweep goes over"),
        ("-cp own", "-cp: no such flag; a folder of your own is searched, too, with --config-dir"),
    ],
)
def test_a_folder_or_a_name_that_there_is_not_gets_one_line(
    line: str, said: str, own: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(own.parent)
    with pytest.raises(ConfigError) as refused:
        read_words(line.split())
    assert str(refused.value).startswith(said.format(own=own))


def test_what_hydras_sweeper_is_told_is_a_sweep_like_any_other() -> None:
    for word in ("hydra.sweeper.params.workers=2,3", "+hydra.sweeper.params.workers='2,3'"):
        assert read_words(["-m", word]).overrides == ["workers=2,3"]


@pytest.mark.slow
def test_a_run_is_repeated_from_its_own_folder(paceline: Command, own: Path, tmp_path: Path) -> None:
    first = ("--config-dir", "own", "device=mine", "straggler=lognormal", "protocol=dpsgd", "optimizer.lr=0.02", *QUICK)
    assert paceline(*first, "hydra.run.dir=first").status == 0
    again = ("--config-dir", "first/.hydra", "--config-name", "config")
    assert paceline(*again, "hydra.run.dir=again").status == 0
    assert question(tmp_path / "again") == question(tmp_path / "first")
    assert summary(tmp_path / "again") == summary(tmp_path / "first")
    for name in ("metrics.csv", "staleness.csv", "links.csv", ".hydra/config.yaml"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "first" / name).read_bytes()
    # Of what is said anew, an option has its own values, and all else stays.
    assert paceline(*again, "straggler=exponential", "workers=3", "hydra.run.dir=other").status == 0
    other = summary(tmp_path / "other")
    assert (other["workers"], other["protocol"]) == (3, "dpsgd")


@pytest.mark.slow
def test_a_run_whose_folder_of_options_is_gone_says_so(paceline: Command, own: Path, tmp_path: Path) -> None:
    assert paceline("--config-dir", "own", "device=mine", *QUICK, "hydra.run.dir=first").status == 0
    own.rename(tmp_path / "elsewhere")
    again = ("--config-dir", "first/.hydra", "--config-name", "config")
    assert paceline(*again).err == (
        f"paceline: error: hydra.searchpath: {own} is no folder; give one that has YAML files in it\n"
    )
    assert paceline(*again, "hydra.searchpath=[elsewhere]").status == 0
