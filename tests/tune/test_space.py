"""What keys have to choose from."""

from __future__ import annotations

import pytest
from hydra.core.override_parser.overrides_parser import OverridesParser

from sim.config.error import ConfigError
from sim.config.space import Span, space


def span(word: str) -> Span:
    found = space(OverridesParser.create().parse_overrides([word])[0])
    assert isinstance(found, Span)
    return found


def test_an_interval_of_a_key_of_whole_numbers_has_these_alone() -> None:
    assert span("batch=interval(16,512)") == Span("batch", 16, 512, log=False, whole=True)
    assert span("workers=tag(log,interval(1.5,8.5))") == Span("workers", 2, 8, log=True, whole=True)
    assert span("batch=interval(16,512)").word(20.0) == "batch=20"
    with pytest.raises(ConfigError, match="the first value must be below the last"):
        span("batch=interval(16.2,16.8)")


def test_an_interval_of_another_key_has_all_numbers() -> None:
    assert span("optimizer.lr=interval(1,2)") == Span("optimizer.lr", 1.0, 2.0, log=False, whole=False)
    assert span("optimizer.lr=interval(1,2)").word(1.23456) == "optimizer.lr=1.235"
