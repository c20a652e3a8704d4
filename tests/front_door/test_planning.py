"""docs/planning.md is true: its commands decide as it says, and print what it shows."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from command import Command
from readme import ROOT, same_but_for_numbers

from sim.planning.pace import SHARES
from sim.planning.sensitivity import PARTS

TEXT = (ROOT / "docs" / "planning.md").read_text()
SHOWN = dict(re.findall(r"^```console\n\$ (paceline plan .+)\n((?:.*\n)*?)```$", TEXT, re.MULTILINE))


@pytest.mark.slow
@pytest.mark.parametrize("command", SHOWN)
def test_examples_decide_as_the_page_says(command: str, paceline: Command, tmp_path: Path) -> None:
    _, out, _ = paceline(*shlex.split(command)[1:], f"plan.folder={tmp_path}/plan")
    said = SHOWN[command].splitlines()[0].partition(":")[0]
    assert out.startswith(said)
    found = json.loads((tmp_path / "plan" / "plan.json").read_text())
    assert found["recommendation"]["meets"]
    is_promised(found)
    for line in SHOWN[command].splitlines()[1:]:
        if line.startswith(("- ", "note: ", "It is ")):
            assert any(_alike(line, each) for each in out.splitlines()), line


def is_promised(plan: dict[str, Any]) -> None:
    """What plan.json has for machines."""
    assert plan["recommendation"]["bound_by"]
    assert plan["recommendation"] | plan["candidates"][0] == plan["recommendation"]
    for each in plan["candidates"]:
        assert each["evidence"]
        assert abs(sum(each["why"][name] for name in SHARES) - 1.0) < 1e-9
        for figure in ("time", "cost", "energy", "samples_per_second", "utilisation"):
            range_ = each[figure]
            assert range_ is None or range_["low80"] <= range_["middle"] <= range_["high80"]
    assert {each["part"] for each in plan["sensitivity"]} >= set(PARTS)
    assert all(each["low80"] <= each["seconds_saved_share"] <= each["high80"] for each in plan["sensitivity"])
    assert all(each["measure"] for each in plan["unsure"])
    assert all(each["what"] for each in plan["provenance"]["assumptions"])


def test_the_page_has_the_three_questions() -> None:
    assert len(SHOWN) == 5
    assert all(f"## {question}" in TEXT for question in QUESTIONS)


QUESTIONS = (
    "ResNet-50 to 75.9 % in under an hour: which of these?",
    "25 Gb/s Ethernet or 100 Gb/s RDMA for 16 x 8 GPUs?",
    "Two sites at 1 Gb/s: which H?",
)


def _alike(shown: str, printed: str) -> bool:
    try:
        same_but_for_numbers(printed, shown)
    except AssertionError:
        return False
    return True
