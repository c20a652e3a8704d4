"""``hydra/launcher=cores``: the runs are shared by processes of this machine."""

from __future__ import annotations

from pathlib import Path

import pytest
from launched import RUNS, left, swept

pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="pip install 'paceline[joblib]'")
pytestmark = pytest.mark.slow


def test_two_processes_leave_the_same_bytes(tmp_path: Path, basic: dict[str, bytes]) -> None:
    out, _ = swept(tmp_path, "runs", "hydra/launcher=cores", "hydra.launcher.n_jobs=2")
    assert left(tmp_path / "runs") == basic
    assert f"{RUNS} runs; to compare them: paceline report runs\n" in out
    again, _ = swept(tmp_path, "runs", "hydra/launcher=cores")
    assert again.startswith(f"{RUNS} of {RUNS} runs are finished already, 0 are to be done\n")
