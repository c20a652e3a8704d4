"""A job leaves alone what jobs of another sweep have finished since the sweep looked: Slurm's outlive a killed one."""

from __future__ import annotations

from pathlib import Path

import pytest

from sim.__main__ import main

pytestmark = pytest.mark.slow
WORDS = ["-m", "seed=1,2", "problem=quadratic", "workers=2", "until.updates=4", "hydra.sweep.dir=runs"]


def test_what_is_finished_when_a_job_begins_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    _sweep(monkeypatch, *WORDS)
    written = _written(tmp_path)
    capsys.readouterr()
    monkeypatch.setattr("sim.sweep.agenda.finished", lambda *asked: False)  # it looked before the others were done
    _sweep(monkeypatch, *WORDS)
    out = capsys.readouterr().out
    assert out.count("finished already; runs/seed=") == 2
    assert "2 runs; to compare them" in out
    assert _written(tmp_path) == written
    _sweep(monkeypatch, *WORDS, "record.spans=true")  # the same figures, and more beside them
    assert "finished already" not in capsys.readouterr().out
    assert len(list(tmp_path.glob("runs/*/spans.npz"))) == 2


def _sweep(patch: pytest.MonkeyPatch, *words: str) -> None:
    patch.setattr("sys.argv", ["paceline", *words])
    main()  # which ends the process where anything has failed


def _written(folder: Path) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in folder.glob("runs/*/*") if path.is_file()}
