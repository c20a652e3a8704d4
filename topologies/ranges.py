"""Range checks of arguments and config fields: the message names the field, the value and the remedy."""

from __future__ import annotations

import math
from collections.abc import Sequence

from topologies.field_error import FieldError


def check(
    name: str,
    value: float | None,
    remedy: str = "",
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
) -> None:
    """Refuse a number that is out of range, infinite or not a number; None (not used) passes.

    Parameters
    ----------
    name
        The argument or field, as the user writes it.
    value
        The number that the user gave.
    remedy
        What to do about it, where the range does not say it: the end of the message.
    at_least, above, at_most
        Numbers: lower bound, inclusive or exclusive; upper bound, inclusive.

    Raises
    ------
    FieldError
        ``<name>: must be <range>, got <value>; <remedy>``.

    Examples
    --------
    >>> check("latency", -1.0, "give seconds per link", at_least=0)
    Traceback (most recent call last):
    topologies.field_error.FieldError: latency: must be at least 0, got -1.0; give seconds per link
    """
    if value is None:
        return
    finite = -math.inf < value < math.inf  # also of whole numbers that are too large for a float
    within = (
        (at_least is None or value >= at_least)
        and (above is None or value > above)
        and (at_most is None or value <= at_most)
    )
    if finite and within:
        return
    bounds = (("at least", at_least), ("above", above), ("at most", at_most))
    given = ((word, bound) for word, bound in bounds if bound is not None)
    wanted = [f"{word} {bound if isinstance(bound, int) else format(bound, '.12g')}" for word, bound in given]
    if not finite:
        wanted.append("finite")
    raise FieldError(name, f"must be {' and '.join(wanted)}, got {value}" + (f"; {remedy}" if remedy else ""))


def check_share(name: str, value: float) -> None:
    """Refuse a number outside [0, 1).

    Raises
    ------
    FieldError
        ``<name>: must be at least 0 and below 1, got <value>``.
    """
    if not 0.0 <= value < 1.0:
        raise FieldError(name, f"must be at least 0 and below 1, got {value}")


def check_choice(name: str, value: str, choices: Sequence[str]) -> None:
    """Refuse a word that is not one of the choices.

    Parameters
    ----------
    name
        The argument or field, as the user writes it.
    value
        What the user gave.
    choices
        What may be given.

    Raises
    ------
    FieldError
        ``<name>: must be one of <choices>, got <value>``.

    Examples
    --------
    >>> check_choice("routing", "valiant", ["ecmp", "shortest"])
    Traceback (most recent call last):
    topologies.field_error.FieldError: routing: must be one of ecmp, shortest, got 'valiant'
    """
    if value not in choices:
        raise FieldError(name, f"must be one of {', '.join(choices)}, got {value!r}")
