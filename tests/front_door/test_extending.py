"""docs/extending.md is true: what it adds to a copy of paceline is found, runs as it says; its tables name verbs."""

from __future__ import annotations

import filecmp
import inspect
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from experiments import simulated

from sim.connections.batches.assignments import Assignments
from sim.connections.centres.parent import Parent
from sim.connections.group.member import Member
from sim.connections.mixing.neighbours import Neighbours
from sim.connections.pairs.peers import Peers
from sim.connections.server.client import Client
from sim.connections.server.shard import Shard
from sim.protocols import Protocol, Steps
from sim.world.worker import Worker

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "extending.md").read_text()

#: Path -> text of every file that the page adds.
FILES = dict(re.findall(r"^`([\w/]+\.(?:py|yaml))`\n\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL))
#: The options that these are: group and name.
ADDED = [Path(name).with_suffix("").parts[1:] for name in FILES if name.endswith(".yaml")]
COMMANDS = [shlex.split(words) for words in re.findall(r"^\$ paceline (.+)$", PAGE, re.MULTILINE)]

#: Writes the YAML files, then does what the commands say, one after the other; prints how each ended and what it said.
PROGRAM = """
import io, json, sys
from contextlib import redirect_stdout
from sim.__main__ import main
from sim.config.write_conf import main as write_conf

write_conf()
ended = []
for arguments in json.loads(sys.argv[1]):
    status, sys.argv = 0, ["paceline", *arguments]
    with redirect_stdout(io.StringIO()) as out:
        try:
            main()
        except SystemExit as end:
            status = end.code
    ended.append([status, out.getvalue()])
print(json.dumps(ended))
"""


class Extended(NamedTuple):
    """A copy of paceline to which the page has added its files, and how its commands have ended there."""

    folder: Path
    ended: list[tuple[int, str]]

    def summaries(self, option: str) -> list[dict[str, Any]]:
        """The results of the runs that were given an option, in order."""
        return [
            json.loads(path.read_text())
            for path in sorted(self.folder.rglob("summary.json"))
            if option in (path.parent / ".hydra" / "overrides.yaml").read_text()
        ]


@pytest.fixture(scope="module")
def extended(tmp_path_factory: pytest.TempPathFactory) -> Extended:
    folder = tmp_path_factory.mktemp("extended")
    for package in ("sim", "topologies", "conf"):
        shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))
    for name, text in FILES.items():
        assert not (folder / name).exists(), "to add an option changes no file"
        if name.endswith(".py"):
            (folder / name).write_text(text)
    groups = sorted({group for group, _ in ADDED})
    program = [sys.executable, "-c", PROGRAM, json.dumps([*COMMANDS, ["list", *groups]])]
    path = {"PYTHONPATH": os.pathsep.join(map(str, (folder, ROOT)))}  # the kernels are ours, with their machine code
    done = subprocess.run(program, cwd=folder, env=os.environ | path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return Extended(folder, json.loads(done.stdout.splitlines()[-1]))


def test_it_adds_four_options_of_one_file_each() -> None:
    assert sorted(group for group, _ in ADDED) == ["problem", "protocol", "straggler", "topology"]
    assert len(FILES) == 2 * len(ADDED)


@pytest.mark.slow
def test_make_conf_writes_the_yaml_that_is_shown(extended: Extended) -> None:
    for name, text in FILES.items():
        assert (extended.folder / name).read_text() == text, name


@pytest.mark.slow
def test_no_other_file_is_touched(extended: Extended) -> None:
    def others(folder: Path) -> list[str]:
        paths = [path for package in ("sim", "topologies", "conf") for path in (folder / package).rglob("*")]
        names = [str(path.relative_to(folder)) for path in paths if path.is_file() and path.suffix != ".pyc"]
        return sorted({*names} - {*FILES})

    assert others(extended.folder) == others(ROOT)
    _, different, unreadable = filecmp.cmpfiles(ROOT, extended.folder, others(ROOT), shallow=False)
    assert (different, unreadable) == ([], [])


@pytest.mark.slow
def test_every_command_does_what_it_says(extended: Extended) -> None:
    for arguments, (status, out) in zip(COMMANDS, extended.ended, strict=False):
        assert status == 0, (arguments, out)


@pytest.mark.slow
def test_the_options_are_listed(extended: Extended) -> None:
    listed = extended.ended[-1][1].splitlines()
    for group, name in ADDED:
        what = FILES[f"conf/{group}/{name}.yaml"].splitlines()[0].removeprefix("# ")
        assert f"{name} {what}" in [" ".join(line.split()) for line in listed]


@pytest.mark.slow
def test_the_protocol_reaches_its_target(extended: Extended) -> None:
    (summary,) = extended.summaries("protocol=fed_async")
    assert (summary["protocol"], summary["status"]) == ("fed_async", "target_reached")
    assert summary["updates"] == pytest.approx(250, abs=50)
    assert summary["gradients"] == pytest.approx(8 * summary["updates"], abs=8 * 16)
    assert summary["mean_staleness"] == pytest.approx(14, abs=1.5)


@pytest.mark.slow
def test_the_topology_has_its_spectral_gap(extended: Extended) -> None:
    summaries = [each for name in ("ring", "wheel", "star") for each in extended.summaries(f"topology={name}")]
    assert [each["topology"] for each in summaries] == ["ring", "wheel", "star"]
    assert [f"{each['spectral_gap']:.3f}" for each in summaries] == ["0.013", "0.041", "0.031"]
    assert summaries[1]["virtual_seconds"] == pytest.approx(10 * summaries[0]["virtual_seconds"], rel=0.3)


@pytest.mark.slow
def test_the_law_has_its_slowest_of_32(extended: Extended) -> None:
    summaries = extended.summaries("straggler=weibull")
    # The mean of 100 maxima, of which each scatters by 1.3 s at most: known to 0.4 s, with three deviations.
    means = [each["virtual_seconds"] / each["updates"] for each in summaries]
    assert means == pytest.approx([4.1, 2.2, 1.2], abs=0.4)


@pytest.mark.slow
def test_the_problem_is_learned(extended: Extended) -> None:
    (summary,) = extended.summaries("problem=breast_cancer")
    assert summary["final_test_accuracy"] >= 0.97


@dataclass
class Forgetful(Protocol):
    """Uses a connection that it has not declared."""

    def worker(self, me: Worker) -> Steps:
        yield me.server.pull()


def test_a_protocol_is_told_of_a_connection_that_it_has_not_declared() -> None:
    with pytest.raises(AttributeError) as told:
        simulated(Forgetful(), workers=1, until="updates=1")
    assert f"    AttributeError: {told.value}\n" in PAGE


#: What `me` and its connections are.
KINDS = {
    "": (Worker, Shard),
    "server": (Client,),
    "group": (Member,),
    "neighbours": (Neighbours,),
    "peers": (Peers,),
    "parent": (Parent,),
    "coordinator": (Assignments,),
}
VERB = re.compile(r"\bme\.(?:(server|group|neighbours|peers|parent|coordinator)\.)?(\w+)")


def test_the_tables_have_every_verb_that_a_protocol_uses() -> None:
    tables = "".join(line for line in PAGE.splitlines(keepends=True) if line.startswith("|"))
    protocols = "".join(path.read_text() for path in (ROOT / "sim" / "protocols").rglob("*.py"))
    assert set(VERB.findall(protocols)) <= set(VERB.findall(tables))


@pytest.mark.slow
def test_the_tables_have_no_verb_that_is_not_there() -> None:
    for kind, verb in VERB.findall(PAGE):
        sources = "".join(map(inspect.getsource, KINDS[kind]))
        assert re.search(rf"def {verb}\(|self\.{verb}(: .+)? = |^    {verb}: ", sources, re.MULTILINE), verb


def test_every_file_and_folder_that_it_names_is_there() -> None:
    named = re.findall(r"(?<![\w/`(])((?:sim|topologies|kernels|conf|tests)/[\w/\\.]*\w)", PAGE)
    assert named
    for name in named:
        path = name.replace("\\", "")
        assert path in FILES or (ROOT / path).exists(), name
    for link in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (ROOT / "docs" / link).exists(), link
