"""Files of measured tables: JSON, a list of objects, one for each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from sim.truth.entry import Entry, entries, loaded
from sim.truth.table import Point, Table, Transport

#: The digest that the package carries.
DIGEST = "scaling.json"
_FABRICS = ("InfiniBand", "RoCE", "RDMA")


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
    return read_tables(None)


def read_tables(path: Path | None) -> Read:
    """The tables of a file.

    Parameters
    ----------
    path
        Where it is; None: the public measurements inside the package.

    Raises
    ------
    ValueError
        In one line, if it is no such file: file, table, key, value and remedy.
    OSError
        If it cannot be read.
    """
    records, file = loaded(path, DIGEST)
    tables: dict[str, Table] = {}
    others: list[tuple[str, str]] = []
    for entry in entries(records, f"{file}: table"):
        if entry.text("kind") != "training_throughput":
            continue  # of something else, which has a check of its own
        name = entry.text("id")
        if name in tables:
            raise ValueError(f"{entry.where}: id: {name[:60]!r} is there already; give each a name of its own")
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


def _left_out(entry: Entry) -> tuple[str, Transport | None]:
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


def _table(entry: Entry, transport: Transport) -> Table:
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


def _points(entry: Entry, usual: int) -> Iterator[Point]:
    for point in entry.entries("points", "point"):
        if point.known("throughput") is None:
            continue  # measured something else
        servers = point.whole("servers") if point.known("servers") else None
        devices, nodes = point.whole("devices"), point.whole("nodes")
        if nodes > devices:
            point.refuse("nodes", f"at most its {devices} devices")
        yield Point(devices, nodes, point.number("throughput"), servers, point.whole("grad_accum", usual))
