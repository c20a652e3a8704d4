"""Files of measured tables: JSON, a list of objects, one for each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any, NamedTuple

from sim.truth.table import Point, Table, Transport
from topologies.files.text import read_text

#: What a file may have (B).
MOST_BYTES = 2**26
#: Numbers that are nobody's are smaller, or larger; and so are counts.
LEAST, MOST, MOST_COUNT = 1e-12, 1e24, 10**9
#: The digest that the package carries.
DIGEST = "scaling.json"
_FABRICS = ("InfiniBand", "RoCE", "RDMA")
_SEE = "docs/validation.md says what a table has"


class Read(NamedTuple):
    """What a file has.

    Attributes
    ----------
    tables
        Those that a prediction can be judged on.
    others
        What else is in it: the name of each, and why it is not judged.
    """

    tables: tuple[Table, ...]
    others: tuple[tuple[str, str], ...]


def digest() -> Read:
    """The public measurements inside the package."""
    return _read(files(__package__).joinpath(DIGEST).read_text("utf-8"), DIGEST)


def read_tables(path: Path) -> Read:
    """The tables of a file.

    Parameters
    ----------
    path
        Where it is.

    Raises
    ------
    ValueError
        In one line, if it is no such file: file, table, key, value and remedy.
    OSError
        If it cannot be read.
    """
    try:
        text = read_text(path, MOST_BYTES)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    return _read(text, str(path))


def _read(text: str, file: str) -> Read:
    try:
        records = json.loads(text)
    except ValueError as error:
        raise ValueError(f"{file}: is no JSON ({error}); give a list of tables, {_SEE}") from error
    except RecursionError as error:
        raise ValueError(f"{file}: is nested too deeply; give a list of tables, {_SEE}") from error
    if not isinstance(records, list):
        raise ValueError(f"{file}: expected a list of tables, got {_shown(records)}; {_SEE}")
    tables: dict[str, Table] = {}
    others: list[tuple[str, str]] = []
    for number, record in enumerate(records, 1):
        entry = _Entry(record, f"{file}: table {number}")
        if entry.text("kind") != "training_throughput":
            continue  # of something else, which has a check of its own
        name = entry.text("id")
        if name in tables:
            raise ValueError(f"{file}: table {number}: id: {name[:60]!r} is there already; give each a name of its own")
        left_out, transport = _left_out(entry)
        if transport is None:
            others.append((name, left_out))
            continue
        table = _table(entry, transport)
        if table.beyond():
            tables[name] = table
        else:
            others.append((name, "has no points on one machine and on several"))
    return Read(tuple(tables.values()), tuple(others))


def _left_out(entry: _Entry) -> tuple[str, Transport | None]:
    """Why a table is not judged; or what it has travelled by."""
    if entry.known("score") is False:
        return "score: false says that communication does not decide it", None
    method, transport = entry.text("method"), entry.text("transport")
    if "parameter server" in method:
        return "", Transport.grpc_ps
    if "all-reduce" not in method:
        return f"method: {method} is neither an all-reduce nor a parameter server", None
    if transport.startswith(_FABRICS):
        return "", Transport.rdma
    if transport.startswith("TCP"):
        return "", Transport.tcp
    return f"transport: {transport} is none of InfiniBand, RoCE, RDMA and TCP", None


def _table(entry: _Entry, transport: Transport) -> Table:
    usual = entry.whole("grad_accum", 1)
    return Table(
        id=entry.text("id"),
        cluster=entry.text("family"),
        device=entry.text("device"),
        transport=transport,
        elastic="ENA" in entry.text("transport"),
        method=entry.text("method"),
        model=entry.text("model"),
        gradient_bytes=entry.number("gradient_bytes"),
        largest_bytes=entry.number("largest_tensor_bytes") if entry.known("largest_tensor_bytes") else None,
        line_gbps=entry.number("inter_node_gbps") if entry.known("inter_node_gbps") else None,
        nics=entry.whole("nics_per_node", 1),
        units=entry.number("batch_per_device") * (entry.number("units_per_sample", 1.0)),
        points=tuple(_points(entry, usual)),
        source=entry.text("source"),
    )


def _points(entry: _Entry, usual: int) -> Iterator[Point]:
    points = entry.known("points")
    if not isinstance(points, list):
        entry.refuse("points", "a list of measurements", points)
    for number, record in enumerate(points, 1):
        point = _Entry(record, f"{entry.where}: point {number}")
        if point.known("throughput") is None:
            continue  # measured something else
        servers = point.whole("servers") if point.known("servers") else None
        devices, nodes = point.whole("devices"), point.whole("nodes")
        if nodes > devices:
            point.refuse("nodes", f"at most its {devices} devices", nodes)
        yield Point(devices, nodes, point.number("throughput"), servers, point.whole("grad_accum", usual))


class _Entry:
    """An object of the file, whose keys are looked at one by one."""

    def __init__(self, record: Any, where: str) -> None:
        self.where = where
        if not isinstance(record, Mapping):
            raise ValueError(f"{where}: expected an object, got {_shown(record)}; {_SEE}")
        self._record = record

    def known(self, key: str) -> Any:
        """What is said; None where nothing is."""
        return self._record.get(key)

    def text(self, key: str) -> str:
        return str(self._checked(key, lambda value: isinstance(value, str) and bool(value), "a text"))

    def number(self, key: str, usual: float | None = None) -> float:
        return float(self._checked(key, _is_number, f"a number of {LEAST:g} to {MOST:g}", usual))

    def whole(self, key: str, usual: int | None = None) -> int:
        return int(self._checked(key, _is_count, f"a count of 1 to {MOST_COUNT}", usual))

    def refuse(self, key: str, wanted: str, value: Any) -> None:
        raise ValueError(f"{self.where}: {key}: expected {wanted}, got {_shown(value)}; {_SEE}")

    def _checked(self, key: str, fits: Callable[[Any], bool], wanted: str, usual: Any = None) -> Any:
        value = self.known(key)
        if value is None and usual is not None:
            return usual
        if not fits(value):
            self.refuse(key, wanted, value)
        return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and LEAST <= value <= MOST


def _is_count(value: Any) -> bool:
    return _is_number(value) and 1 <= value <= MOST_COUNT and value == int(value)


def _shown(value: Any) -> str:
    return "nothing" if value is None else repr(value)[:60]
