"""Fixtures of the laws."""

from __future__ import annotations

from pathlib import Path

import pytest
from experiments import names


@pytest.fixture(params=names("straggler"))
def any_law(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Every straggler law with its defaults; a trace is of four step times."""
    if request.param != "trace":
        return str(request.param)
    (tmp_path / "steps.csv").write_text("0.9\n1.0\n1.3\n4.0\n")
    return f"trace file={tmp_path / 'steps.csv'}"
