"""The twelve runs as Hydra's own launcher has them done, one after the other in one process."""

from __future__ import annotations

from pathlib import Path

import pytest
from launched import RUNS, left, swept


@pytest.fixture(scope="session")
def basic(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What every other launcher is to leave, too."""
    home: Path = tmp_path_factory.mktemp("basic")
    swept(home, "runs")
    files = left(home / "runs")
    assert sum(name.endswith("/summary.json") for name in files) == RUNS
    return files
