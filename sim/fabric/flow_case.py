"""Files of the format ``flowcase/1``: flows over a network, and when a trusted simulator says that each completes."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from topologies.field_error import FieldError
from topologies.files.foreign import refuse_foreign
from topologies.files.text import read_text

#: The only format there is.
FORMAT = "flowcase/1"


@dataclass(frozen=True)
class FlowCase:
    """Flows over a network.

    Attributes
    ----------
    name
        What the case is called.
    capacity : float64[resources]
        Of each directed resource (B/s).
    routes
        Of each route, the numbers of its resources in the order walked.
    latency : float64[routes]
        Sum over the links of each route (s).
    nbytes, start : float64[flows]
        Size (B), and instant at which the flow begins to pay its latency (s).
    route : int64[flows]
        Route of each flow.
    completion : float64[flows]
        When each flow is complete (s); NaN where the file does not say.
    """

    name: str
    capacity: NDArray[np.float64]
    routes: list[list[int]]
    latency: NDArray[np.float64]
    nbytes: NDArray[np.float64]
    start: NDArray[np.float64]
    route: NDArray[np.int64]
    completion: NDArray[np.float64]


def read_flow_case(path: Path) -> FlowCase:
    """Read a file.

    Raises
    ------
    ValueError
        If the file is not what it should be; the message starts with the path and names the field.
    OSError
        If the file cannot be read.
    """
    try:
        text = read_text(path)
        refuse_foreign(text)
        return _flow_case(json.loads(text, parse_constant=_refuse_constant))
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ValueError(
            f"{path}: is not JSON, or is truncated ({error.msg}, {where}); give a {FORMAT} file"
        ) from error
    except RecursionError as error:
        raise ValueError(f"{path}: is nested too deeply; give a {FORMAT} file") from error
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _refuse_constant(text: str) -> NoReturn:
    raise ValueError(f"{text} is not a number in JSON; give finite numbers")


def _flow_case(case: Any) -> FlowCase:
    if not isinstance(case, dict):
        raise ValueError(f"is {_named(case)} where a {FORMAT} object is expected")
    if case.get("format") != FORMAT:
        raise FieldError(
            "format", f"must be {FORMAT!r}, got {_shown(case.get('format'))}; no other format can be replayed"
        )
    name = case.get("name")
    if not isinstance(name, str):
        raise FieldError("name", f"must be text, got {_shown(name)}")
    nodes = len(_rows(case, "nodes"))
    capacity, resource, latency = _links(_rows(case, "links"), nodes)
    routes = [_route(number, row, resource) for number, row in enumerate(_rows(case, "routes"))]
    flows = case.get("flows")
    if not isinstance(flows, dict):
        raise FieldError("flows", f"must be an object of columns, got {_shown(flows)}")
    size = len(_rows(flows, "bytes", "flows."))
    for column in ("src", "dst"):
        _column(flows, column, size, lambda field, value: _index(field, value, nodes))
    return FlowCase(
        name=name,
        capacity=np.array(capacity, float),
        routes=[[resource[step] for step in route] for route in routes],
        latency=np.array([sum(latency[abs(step) - 1] for step in route) for route in routes], float),
        nbytes=np.array(_column(flows, "bytes", size, _not_negative), float),
        start=np.array(_column(flows, "start", size, _not_negative), float),
        route=np.array(_column(flows, "route", size, lambda field, value: _index(field, value, len(routes))), np.int64),
        completion=np.array(_completion(case, size), float),
    )


def _links(rows: list[Any], nodes: int) -> tuple[list[float], dict[int, int], list[float]]:
    """Capacity of each resource, resource of each link and direction as routes number them, latency of each link."""
    capacity: list[float] = []
    resource: dict[int, int] = {}
    latencies: list[float] = []
    for number, row in enumerate(rows):
        field = f"links[{number}]"
        if not isinstance(row, list) or len(row) != 5:
            raise FieldError(field, f"must be [u, v, bandwidth, latency, duplex], got {_shown(row)}")
        for end in row[:2]:
            _index(field, end, nodes)
        bandwidth, latency, duplex = _number(field, row[2]), _not_negative(field, row[3]), row[4]
        if not bandwidth > 0.0:
            raise FieldError(field, f"the bandwidth must be positive, got {bandwidth:g} B/s")
        if duplex not in ("split", "shared"):
            raise FieldError(field, f"the duplex must be split or shared, got {_shown(duplex)}")
        resource[number + 1] = len(capacity)
        resource[-number - 1] = len(capacity) + (duplex == "split")
        capacity += [bandwidth] * (2 if duplex == "split" else 1)
        latencies.append(latency)
    return capacity, resource, latencies


def _route(number: int, row: Any, resource: dict[int, int]) -> list[int]:
    """A route's links, as the file numbers them."""
    field, links = f"routes[{number}]", len(resource) // 2
    if not isinstance(row, list):
        raise FieldError(field, f"must be a list of links, got {_shown(row)}")
    for step in row:
        if not _is_integer(step) or not 1 <= abs(step) <= links:
            raise FieldError(field, f"there is no link {_shown(step)}; links are +-1 .. +-{links}")
    if len({resource[step] for step in row}) < len(row):
        raise FieldError(field, f"uses a link twice, got {_shown(row)}; a route uses each resource once")
    return row


def _completion(case: dict[str, Any], size: int) -> list[float]:
    if case.get("completion") is None:
        return [math.nan] * size
    return _column(case, "completion", size, lambda field, value: math.nan if value is None else _number(field, value))


def _column(table: dict[str, Any], name: str, size: int, check: Callable[[str, Any], Any]) -> list[Any]:
    prefix = "" if name == "completion" else "flows."
    column = _rows(table, name, prefix)
    if len(column) != size:
        raise FieldError(f"{prefix}{name}", f"must have a value for each of {size} flows, got {len(column)}")
    return [check(f"{prefix}{name}[{row}]", value) for row, value in enumerate(column)]


def _rows(table: dict[str, Any], name: str, prefix: str = "") -> list[Any]:
    rows = table.get(name)
    if not isinstance(rows, list):
        raise FieldError(f"{prefix}{name}", f"must be a list, got {_shown(rows)}")
    return rows


def _number(field: str, value: Any) -> float:
    try:
        number = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise FieldError(field, f"must be a finite number, got {_shown(value)}")
    return number


def _not_negative(field: str, value: Any) -> float:
    number = _number(field, value)
    if number < 0.0:
        raise FieldError(field, f"must be >= 0, got {number:g}")
    return number


def _index(field: str, value: Any, bound: int) -> int:
    if not _is_integer(value) or not 0 <= value < bound:
        raise FieldError(field, f"must be one of 0 .. {bound - 1}, got {_shown(value)}")
    return int(value)


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(value: Any) -> str:
    """A value as JSON has it, not too long for a line."""
    if value is None:
        return "nothing"
    text = json.dumps(value)
    return text if len(text) <= 40 else f"{text[:40]}..."


def _named(value: Any) -> str:
    return "a list" if isinstance(value, list) else _shown(value)
