"""Claims of second runs beside first ones."""

from __future__ import annotations

from functools import partial

from sim.study.claim import Expected
from sim.study.compared import Compared
from sim.study.effect import Effect


def test_a_claim_names_the_runs_that_it_compares() -> None:
    asked: list[tuple[str, str, str]] = []

    def measure(first: str, second: str, figure: str) -> object:
        asked.append((first, second, figure))
        return lambda table: Effect(None, None, None, None, 0)

    seconds = Compared(partial(measure, figure="seconds"), 10.0)  # type: ignore[arg-type]
    claim = seconds.claim("C", "more are sooner", Expected.less, "race workers={}", 4, 16)
    assert asked == [("race workers=4", "race workers=16", "seconds")]
    assert (claim.name, claim.margin, claim.conditions) == ("C", 10.0, "race workers=4, then race workers=16")
