"""What a key has to choose from: some values, or all between two."""

from __future__ import annotations

import math
from typing import NamedTuple

from hydra.core.override_parser.types import IntervalSweep, Override

from sim.config.error import ConfigError
from sim.config.keys import is_whole


class Values(NamedTuple):
    """Some values of a key.

    Attributes
    ----------
    key
        In full.
    words
        ``key=value``, one of each.
    """

    key: str
    words: tuple[str, ...]


class Span(NamedTuple):
    """All values of a key between two.

    Attributes
    ----------
    key
        In full.
    low, high
        The first number and the last, in the unit of the key.
    log
        Whether they are spread by their logarithms.
    whole
        Whether they are whole numbers.
    """

    key: str
    low: float
    high: float
    log: bool
    whole: bool

    def word(self, value: float) -> str:
        """A value as ``key=value``, to four digits where it is no whole number."""
        if self.whole:
            return f"{self.key}={round(value)}"
        return f"{self.key}={min(max(float(f'{value:.4g}'), self.low), self.high)}"


def space(override: Override) -> Values | Span:
    """What an override has to choose from.

    Raises
    ------
    ConfigError
        Where that is one value only, or none.
    """
    key, interval = override.get_key_element(), override.value()
    if not isinstance(interval, IntervalSweep):
        words = tuple(dict.fromkeys(each_word(override)))
        if len(words) < 2:
            raise ConfigError(f"{override.input_line}: one value leaves nothing to choose; give two at the least")
        return Values(key, words)
    low, high = interval.start, interval.end
    assert low is not None
    assert high is not None
    whole = is_whole(key.lstrip("+")) or (isinstance(low, int) and isinstance(high, int))
    if whole:  # Hydra makes numbers of both that need not be
        low, high = math.ceil(low), math.floor(high)
    log = "log" in interval.tags
    if not low < high or (log and low <= 0):
        least = "above 0 and below the last" if log else "below the last"
        raise ConfigError(f"{override.input_line}: the first value must be {least}; write interval(first,last)")
    return Span(key, float(low), float(high), log, whole)


def each_word(override: Override) -> list[str]:
    """An override as each job of a sweep has it.

    Raises
    ------
    ConfigError
        Where it has no values, or cannot have a list of them.
    """
    if not override.is_sweep_override():
        return [str(override.input_line)]
    if not override.is_discrete_sweep():
        raise ConfigError(f"{override.input_line}: an interval has no values to sweep over; use range(start,stop,step)")
    words = [f"{override.get_key_element()}={value}" for value in override.sweep_string_iterator()]
    if not words:
        raise ConfigError(f"{override.input_line}: a sweep over no values; give one at the least")
    return words
