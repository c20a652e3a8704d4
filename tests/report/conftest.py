"""Fixtures of the report's tests."""

from __future__ import annotations

import pytest

import sim.results.result


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs are written without curve.png, which is most of the time that writing takes."""
    monkeypatch.setattr(sim.results.result, "has_curve", lambda _: False)
