"""The command, run in this process and in an empty directory."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from command import Command, Outcome

from sim.__main__ import main


@pytest.fixture
def paceline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """``paceline("workers=4", ...)``: the command in an empty directory, which is the working directory."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["paceline", *arguments])
        status = 0
        try:
            main()
        except SystemExit as end:
            status = end.code if isinstance(end.code, int) else -1
        return Outcome(status, *capsys.readouterr())

    return command
