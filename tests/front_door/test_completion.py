"""Tab completes verbs, flags, groups, options and keys; in bash, by the script that the command prints."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from command import Command

from sim.command.completion import candidates
from sim.config.options import groups

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("paceline rep", ["replay", "replicas=", "report"]),
        ("paceline li", ["list"]),
        ("paceline list netw", ["network"]),
        ("paceline --res", ["--resolve", "--resume"]),
        ("paceline -m --config-d", ["--config-dir"]),
        ("paceline protocol=ss", ["protocol=ssp"]),
        ("paceline -m workers=2,3 --resume protocol=ss", ["protocol=ssp"]),
        ("paceline stragg", ["straggler.", "straggler="]),
        ("paceline straggler=lognormal straggler.", ["straggler.cv="]),
        ("paceline until.ep", ["until.epochs="]),
        ("paceline wor", ["workers=", "workload.", "workload="]),
        ("paceline report ru", []),  # the shell completes names of files
        ("paceline --config-dir ", []),
        ("paceline tu", ["tune"]),
        ("paceline tune --o", ["--over"]),
        ("paceline tune --res", ["--resolve", "--resume"]),
        ("paceline tune --over optimizer.l", ["optimizer.lr="]),
        ("paceline tune workers=2,3 --seeds 3 protocol=ss", ["protocol=ssp"]),
        ("paceline nonsense=3 protocol=ss", ["protocol=ssp"]),
        ("paceline --nonsense optimizer.l", ["optimizer.lr="]),
    ],
)
def test_what_a_word_may_become(line: str, found: list[str]) -> None:
    assert candidates(line) == found


@pytest.mark.slow
def test_the_first_word_may_be_a_verb_a_group_or_a_key() -> None:
    found = candidates("paceline ")
    assert {"list", "replay", "report", "tune", "workers=", "until."} <= {*found}
    assert {f"{group}=" for group in groups()} <= {*found}
    assert not [each for each in found if each.startswith("schema")]


def test_options_of_ones_own_are_found(tmp_path: Path) -> None:
    (tmp_path / "device").mkdir()
    (tmp_path / "device" / "mine.yaml").write_text("defaults: [cpu_core]\n")
    assert candidates(f"paceline --config-dir {tmp_path} device=m") == ["device=mine"]


def test_a_shell_that_there_is_not_gets_one_line(paceline: Command) -> None:
    for words in (["install=tcsh"], [], ["complete=bash"]):
        status, out, err = paceline("-sc", *words)
        assert (status, out) == (2, "")
        assert err == (
            "paceline: error: --shell-completion: is followed by install or uninstall or query, '=' and one of bash, "
            "fish, zsh\n"
        )


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_every_shell_has_its_script(shell: str, paceline: Command) -> None:
    status, out, err = paceline("-sc", f"install={shell}")
    assert (status, err) == (0, "")
    assert "paceline" in out
    assert paceline("-sc", f"uninstall={shell}").status == 0


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_bash_completes_what_is_typed(tmp_path: Path) -> None:
    # A command of that name on the path, as an installation puts it there.
    (tmp_path / "paceline").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m sim "$@"\n')
    (tmp_path / "paceline").chmod(0o755)
    program = """
eval "$(paceline -sc install=bash)"
complete -p paceline | grep -q hydra_bash_completion || exit 3
for line in "paceline re" "paceline protocol=ss" "paceline workers=4 until.targ"; do
    COMP_LINE=$line COMP_POINT=${#line}
    words=($line); COMP_CWORD=$((${#words[@]} - 1))
    hydra_bash_completion
    echo "${COMPREPLY[@]}"
done
"""
    shown = subprocess.run(
        ["bash", "--norc", "-c", program],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={**os.environ, "PATH": f"{tmp_path}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        check=True,
    )
    assert shown.stdout == "record. replay replicas= report\nprotocol=ssp\nuntil.target_accuracy= until.target_loss=\n"
