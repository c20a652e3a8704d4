"""Range checks of config fields: the message names the field, the value and what is allowed."""

from __future__ import annotations

import math


def check(
    name: str,
    value: float | None,
    *,
    at_least: float | None = None,
    above: float | None = None,
    at_most: float | None = None,
) -> None:
    """Refuse a number that is not finite or out of range; None (not used) passes.

    Parameters
    ----------
    name
        The field, as the user writes it.
    value
        What the user gave.
    at_least, above, at_most
        Bounds, inclusive, exclusive, inclusive.

    Raises
    ------
    ValueError
        The message starts with the field's name; the config layer puts the group before it.
    """
    if value is None:
        return
    wanted = []
    good = math.isfinite(value)
    if at_least is not None:
        wanted.append(f"at least {at_least:g}")
        good = good and value >= at_least
    if above is not None:
        wanted.append(f"above {above:g}")
        good = good and value > above
    if at_most is not None:
        wanted.append(f"at most {at_most:g}")
        good = good and value <= at_most
    if not good:
        raise ValueError(f"{name}: must be {' and '.join(wanted) or 'finite'}, got {value:g}")
