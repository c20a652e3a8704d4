"""What a study says has happened to a run."""

from __future__ import annotations

import pytest

from sim.results.rows import Summary
from sim.study.events import ended_below, late


def summary(status: str, accuracy: float | None = None) -> Summary:
    return Summary(
        status=status,
        protocol="async_ps",
        topology=None,
        network="ideal",
        workers=2,
        batch=4,
        seed=0,
        final_test_accuracy=accuracy,
    )


def test_who_has_not_reached_the_target_is_late() -> None:
    assert [late(summary(status)) for status in ("target_reached", "completed", "diverged")] == [False, True, True]


@pytest.mark.parametrize(
    ("status", "accuracy", "expected"),
    [("completed", 0.9, False), ("completed", 0.899, True), ("diverged", 0.95, True), ("completed", None, True)],
)
def test_who_diverged_or_ended_below_an_accuracy_has_ended_badly(
    status: str, accuracy: float | None, expected: bool
) -> None:
    assert ended_below(0.9)(summary(status, accuracy)) is expected
