"""docs/development.md is true: its targets are make's, and it says of every slow test why it is one."""

from __future__ import annotations

import re

from readme import ROOT

TEXT = (ROOT / "docs" / "development.md").read_text()


def test_every_target_is_make_s() -> None:
    made = re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    named = re.findall(r"`make ([a-z]+)`", TEXT)
    assert {"test", "check"} <= set(named) <= set(made)


def test_every_slow_test_is_listed() -> None:
    mark = "pytest.mark." + "slow"
    slow = {path.name for path in (ROOT / "tests").rglob("test_*.py") if mark in path.read_text()}
    assert slow == set(re.findall(r"`(test_\w+\.py)(?:::\w+\.*)?`", TEXT.partition("**Slow**")[2]))


def test_the_continuous_integration_runs_the_tests_as_the_readme_does() -> None:
    assert re.search(r"^make test check\b", (ROOT / ".ci" / "run").read_text(), re.MULTILINE)


def test_the_site_is_built_before_anything_is_merged() -> None:
    made = re.search(r"^check: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert made is not None
    assert "docs" in made[1].split()
