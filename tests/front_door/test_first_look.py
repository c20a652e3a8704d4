"""`make run`: what it compares, on real data, and what it says."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest
from command import Command
from readme import same_but_for_numbers, shown_after

FOLDER = "runs/first_look"


@pytest.mark.slow
def test_all_four_protocols_reach_95_percent_and_the_readme_shows_it(paceline: Command, tmp_path: Path) -> None:
    sweep = paceline("-m", "experiment=first_look", f"hydra.sweep.dir={FOLDER}")
    report = paceline("report", FOLDER, "--best", "protocol")
    assert (sweep.status, sweep.err, report.status, report.err) == (0, "", 0, "")
    same_but_for_numbers(sweep.out + report.out, shown_after("make run"))
    with (tmp_path / FOLDER / "runs.csv").open() as file:
        runs = list(csv.DictReader(file))  # the first to reach the target first
    assert len(runs) == 24
    rows = {row["protocol"]: row for row in reversed(runs)}
    assert sorted(rows) == ["allreduce", "async_ps", "dpsgd", "hardsync"]
    for row in rows.values():
        assert float(row["best_test_accuracy"]) >= 0.95
        assert (row["workers"], row["network"]) == ("32", "leaf_spine")
        assert (row["network.bandwidth_gbps"], row["straggler"]) == ("10.0", "lognormal")
    assert 25 < float(rows["async_ps"]["mean_staleness"]) <= 31  # lambda - 1 = 31, less at the run's start
    page = (tmp_path / FOLDER / "report.html").read_text()
    assert not re.search(r"(src|href)\s*=|@import|url\(", page)  # self-contained: it fetches nothing
