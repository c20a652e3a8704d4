"""How fast and how long a file says its links are, in the names and units that people use."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

Attributes: TypeAlias = Mapping[str, object]

_PREFIXES = {"": 1e-9, "k": 1e-6, "m": 1e-3, "g": 1.0, "t": 1e3}
_RATE = re.compile(r"([kKmMgGtT]?)(bits?|Bits?|bytes?|Bytes?|b|B)?(/s|/sec|ps|s)?")
_TIMES = {"ns": 1e-3, "us": 1.0, "µs": 1.0, "μs": 1.0, "ms": 1e3, "s": 1e6}
_TIME_WORDS = {"usec": "us", "microseconds": "us", "msec": "ms", "milliseconds": "ms", "sec": "s", "seconds": "s"}
_LENGTHS = {"m": 1e-3, "meter": 1e-3, "meters": 1e-3, "km": 1.0, "kilometers": 1.0, "mi": 1.609344, "miles": 1.609344}
_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*(.*?)\s*")
_JOINTS = re.compile(r"[\s_()\[\]-]")


def _gbps(unit: str) -> float | None:
    """How many Gb/s a unit is: ``G``, ``Gbps``, ``Mbit/s``; ``GB/s`` is of bytes, and ``GBPS`` unclear."""
    match = _RATE.fullmatch(unit)
    if match is None or not unit or (match[2] is None and (match[3] or not match[1])):
        return None
    of_bytes = (match[2] or "") == "B" or (match[2] or "").lower().startswith("byte")
    return _PREFIXES[match[1].lower()] * (8.0 if of_bytes else 1.0)


def _us(unit: str) -> float | None:
    return _TIMES.get(_TIME_WORDS.get(unit.lower(), unit.lower()))


def _km(unit: str) -> float | None:
    return _LENGTHS.get(unit.lower())


@dataclass(frozen=True, eq=False)
class Quantity:
    """What an attribute of a link may be about.

    Attributes
    ----------
    name : str
        The attribute that says it in paceline's own words, a number without a unit.
    words : mapping
        How others call it, in lower case, with the unit that goes without saying there; None where none does.
    unit : callable
        How much of the unit of `name` another unit is; None of what is none.
    remedy : str
        What to give for a link.
    """

    name: str
    words: Mapping[str, str | None]
    unit: Callable[[str], float | None]
    remedy: str


#: ``LinkSpeedRaw`` is the Topology Zoo's, in bit/s; its ``LinkSpeed`` has ``LinkSpeedUnits`` beside it.
BANDWIDTH = Quantity(
    "bandwidth_gbps",
    {"linkspeedraw": "bps"} | dict.fromkeys(("linkspeed", "bandwidth", "capacity", "datarate", "speed", "bw")),
    _gbps,
    "give the Gb/s of the link",
)
LATENCY = Quantity(
    "latency_us",
    dict.fromkeys(("propagationdelay", "propdelay", "latency", "delay")),
    _us,
    "give the microseconds of the link",
)
#: topohub and SNDlib give ``dist`` in km.
DISTANCE = Quantity("dist_km", {"distance": "km", "dist": "km", "length": None}, _km, "give the km of the link")


def quantity(of: Quantity, link: Attributes, graph: Attributes, what: str) -> tuple[float | None, str]:
    """What a link says of a quantity.

    The unit is in the attribute's name (``delay_ms``), in its text (``"10 Gbps"``), or in an attribute beside it, of
    the link or of the whole graph (``capacity_unit``, as FNSS writes it).

    Parameters
    ----------
    of
        The quantity.
    link, graph
        What the file says of the link, and of the graph as a whole.
    what
        How the link is called in errors.

    Returns
    -------
    tuple
        How much it is (Gb/s, us or km, the unit of the quantity's name), None where the link does not say; and the
        attribute that may say it but has no unit, empty where none is unclear.

    Raises
    ------
    ValueError
        If what should be a number is none, or two attributes say two things.

    Examples
    --------
    >>> quantity(BANDWIDTH, {"capacity": 400, "delay": 2}, {"capacity_unit": "Mbps"}, "edge")
    (0.4, '')
    >>> quantity(LATENCY, {"capacity": 400, "delay": 2}, {"capacity_unit": "Mbps"}, "edge")
    (None, 'delay')
    """
    said: dict[str, float] = {}
    unclear = ""
    for key, value in link.items():
        known, factor = _meaning(of, key)
        if not known or value is None:
            continue
        if key == of.name and factor is not None:
            said[key] = _number(value, f"{what}: {key}", of.remedy)
            continue
        number = _in_unit(of, key, value, factor, (link, graph))
        if number is None:
            unclear = key
        else:
            said[key] = number
    if not said:
        return None, unclear
    (first, number), *others = said.items()
    for key, other in others:
        if not math.isclose(number, other, rel_tol=1e-6):
            raise ValueError(
                f"{what}: {first} says {of.name}={number:g}, but {key} says {of.name}={other:g}; remove one of them"
            )
    return number, ""


@lru_cache(maxsize=4096)
def _meaning(of: Quantity, key: str) -> tuple[bool, float | None]:
    """Whether an attribute is about a quantity, and the factor of the unit that its name has or implies."""
    plain = _JOINTS.sub("", key)
    for word, implied in of.words.items():
        if plain.lower() == word:
            return True, None if implied is None else of.unit(implied)
        if plain.lower().startswith(word) and (factor := of.unit(plain[len(word) :])) is not None:
            return True, factor
    return False, None


def _in_unit(
    of: Quantity, key: str, value: object, factor: float | None, around: tuple[Attributes, ...]
) -> float | None:
    """A value in the quantity's own unit; None if it is no number, or nothing says its unit."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        number, written = _number(value, key, of.remedy), ""
    elif isinstance(value, str) and (match := _NUMBER.fullmatch(value)):
        number, written = float(match[1]), match[2]
    else:
        return None
    if written:
        own = of.unit(written)
        return None if own is None else number * own
    for attributes in around:
        for suffix in ("_unit", "_units", "Unit", "Units"):
            unit = attributes.get(key + suffix)
            if isinstance(unit, str) and (beside := of.unit(unit.strip())) is not None:
                return number * beside
    return None if factor is None else number * factor


def _number(value: object, what: str, remedy: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError(f"{what} must be a number, got {value!r}; {remedy}")
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf
