"""README.md is true: its commands work and print what it shows, its snippet runs, its links lead somewhere."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from command import Command
from readme import README, ROOT, SHOWN, same_but_for_numbers


def test_the_two_commands_come_first() -> None:
    assert list(SHOWN)[:2] == ["make run", "make test"]


@pytest.mark.slow
def test_every_command_prints_what_is_shown(paceline: Command) -> None:
    for command, shown in SHOWN.items():
        if command.startswith("paceline "):  # in one directory: a report follows the sweep that it is of
            _, out, err = paceline(*shlex.split(command)[1:])
            same_but_for_numbers(out + err, shown)


def test_the_snippet_runs(capsys: pytest.CaptureFixture[str]) -> None:
    (snippet,) = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    exec(compile(snippet, "README.md", "exec"), {})
    assert 0.1 < float(capsys.readouterr().out) < 1.0


def test_every_link_leads_to_a_file_of_the_project() -> None:
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert targets
    for target in targets:
        assert (ROOT / target).exists(), target


def test_the_makefile_runs_the_commands_of_the_first_look() -> None:
    text = Path(ROOT / "Makefile").read_text()
    assert "paceline -m experiment=first_look hydra.sweep.dir=$(FIRST_LOOK)" in text
    assert "paceline report $(FIRST_LOOK) --best protocol" in text
