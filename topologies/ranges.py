"""Range checks of numbers that describe a graph: the message names the argument, the value and the remedy."""

from __future__ import annotations

import math


def check(name: str, value: float, remedy: str, *, at_least: float | None = None, above: float | None = None) -> None:
    """Refuse a number that is out of range, infinite or not a number.

    Parameters
    ----------
    name
        The argument or field, as the user writes it.
    value
        What the user gave.
    remedy
        What to do about it: the end of the message.
    at_least, above
        Lower bound, inclusive or exclusive.

    Raises
    ------
    ValueError
        ``<name>: must be <range>, got <value>; <remedy>``.

    Examples
    --------
    >>> check("latency", -1.0, "give seconds per link", at_least=0)
    Traceback (most recent call last):
    ValueError: latency: must be at least 0, got -1.0; give seconds per link
    """
    finite = math.isfinite(value)
    if finite and (at_least is None or value >= at_least) and (above is None or value > above):
        return
    wanted = [f"{word} {bound:g}" for word, bound in (("at least", at_least), ("above", above)) if bound is not None]
    if not finite:
        wanted.append("finite")
    raise ValueError(f"{name}: must be {' and '.join(wanted)}, got {value}; {remedy}")
