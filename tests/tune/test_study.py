"""Candidates that Optuna chooses: within their ranges, and the same for the same answers."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from sim.config.error import ConfigError
from sim.config.space import Span, Values
from sim.tune.plan import Candidate
from sim.tune.study import Study

SPACES = (
    Span("optimizer.lr", 0.001, 10.0, log=True, whole=False),
    Span("batch", 4.0, 64.0, log=False, whole=True),
    Values("optimizer", ("optimizer=sgd", "optimizer=adam")),
)


def test_without_optuna_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)  # as where it is not installed
    with pytest.raises(ConfigError, match=r"--trials: optuna is not installed; pip install 'paceline\[optuna\]'"):
        Study(SPACES, 0, "cell")


def asked(trials: int, cost: Callable[[Candidate], float], seed: int = 0, name: str = "cell") -> list[Candidate]:
    pytest.importorskip("optuna", reason="pip install 'paceline[optuna]'")
    study, found = Study(SPACES, seed, name), []
    for _ in range(trials):
        found.append(study.ask())
        study.tell(cost(found[-1]))
    return found


def rate(candidate: Candidate) -> float:
    return float(candidate[0].partition("=")[2])


def far(candidate: Candidate) -> float:
    """A cost that is least at a rate of 0.1."""
    return abs(math.log10(rate(candidate)) + 1.0)


def test_candidates_are_in_their_ranges() -> None:
    for lr, batch, optimizer in asked(30, far):
        assert 0.001 <= float(lr.removeprefix("optimizer.lr=")) <= 10.0
        assert 4 <= int(batch.removeprefix("batch=")) <= 64
        assert optimizer in SPACES[2].words  # type: ignore[union-attr]


def test_the_same_answers_are_asked_the_same() -> None:
    first = asked(15, far)
    assert asked(15, far) == first
    assert asked(15, far, seed=1) != first
    assert asked(15, far, name="other") != first


def test_it_learns_from_what_it_is_told() -> None:
    found = asked(60, far)
    # Half a decade to either side of the best is a quarter of the four decades: at random, so many would be close.
    close = [far(each) <= 0.5 for each in found[30:]]
    assert sum(close) > 2 * len(close) / 4
