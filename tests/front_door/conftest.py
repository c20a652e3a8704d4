"""The command, run in this process and in an empty directory."""

from __future__ import annotations

import io
import signal
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from command import QUICK, Command, Outcome

from sim.__main__ import main


def status_of(patch: pytest.MonkeyPatch, *arguments: str) -> int:
    """What the command ends with, in this process and the working directory."""
    patch.setattr(sys, "argv", ["paceline", *arguments])
    interrupt = signal.getsignal(signal.SIGINT)
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else -1
    finally:
        signal.signal(signal.SIGINT, interrupt)  # which a command that was interrupted ignores from then on
    return 0


@pytest.fixture
def paceline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """``paceline("workers=4", ...)``: the command in an empty directory, which is the working directory."""
    monkeypatch.chdir(tmp_path)

    def command(*arguments: str) -> Outcome:
        status = status_of(monkeypatch, *arguments)
        return Outcome(status, *capsys.readouterr())

    return command


@pytest.fixture(scope="module")
def quick_run(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Outcome]:
    """One quick run that several tests look at: the directory in which it was started, and how it ended."""
    folder, out, err = tmp_path_factory.mktemp("quick"), io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.chdir(folder)
        status = status_of(patch, *QUICK)
    return folder, Outcome(status, out.getvalue(), err.getvalue())
