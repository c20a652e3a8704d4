"""The catalogue: what is known of every device and machine, figure by figure."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from sim.catalogue.read import read_rows, told
from sim.catalogue.row import Row
from topologies.field_error import FieldError
from topologies.files.text import read_text

#: The tables of this folder.
TABLES = ("devices.csv", "throughputs.csv", "machines.csv")
#: What a table of a user's own may have (B).
MOST_BYTES = 2**24
REMEDY = "give a CSV file of figures as docs/devices.md describes it"


class Catalogue:
    """Figures of devices and machines.

    Parameters
    ----------
    rows
        The figures, no two of them the same one.
    """

    def __init__(self, rows: Iterable[Row]) -> None:
        self.rows = {row.key: row for row in rows}

    def names(self, group: str) -> list[str]:
        """The devices or machines that there is a figure of, in the order of the tables."""
        return list(dict.fromkeys(row.name for row in self.rows.values() if row.group == group))

    def of(self, group: str, name: str) -> list[Row]:
        """All figures of a device or machine, in the order of the tables."""
        return [row for row in self.rows.values() if (row.group, row.name) == (group, name)]

    def find(self, group: str, name: str, figure: str, workload: str = "", precision: str = "") -> Row | None:
        """One figure, or None where it is not known."""
        return self.rows.get((group, name, figure, workload, precision))

    def throughputs(self) -> list[Row]:
        """What has been measured of single workloads."""
        return [row for row in self.rows.values() if row.figure == "throughput"]

    def extended(self, rows: Iterable[Row]) -> Catalogue:
        """This catalogue with more figures, of which a throughput takes the place of the same one here.

        Raises
        ------
        ValueError
            If any other figure is here already, a data sheet being what it is; or a machine is made of devices that
            are nowhere.
        """
        both = dict(self.rows)
        for row in rows:
            if row.key in both and row.figure != "throughput":
                raise ValueError(
                    f"line {row.line}, column {row.group}: paceline has the {told(row)}; give the {row.group} another "
                    "name"
                )
            both[row.key] = row
        whole = Catalogue(both.values())
        for row in rows:
            if (row.group, row.figure) == ("machine", "device") and row.value not in whole.names("device"):
                raise ValueError(
                    f"line {row.line}, column value: there is no device {row.value[:40]!r}; "
                    f"{near(row.value, whole.names('device'))}, or add its figures"
                )
        return whole


def near(name: str, known: list[str]) -> str:
    """What somebody may have meant: the end of a message."""
    found = get_close_matches(name, known, n=1)
    return f"did you mean {found[0]}?" if found else f"choose one of {', '.join(known)}"


@cache
def built_in() -> Catalogue:
    """The catalogue of the package."""
    folder = files(__package__)
    return Catalogue(row for name in TABLES for row in read_rows(folder.joinpath(name).read_text("utf-8"), name))


def memory_of(device: str) -> float | None:
    """What a device of the package holds (B); None where it is not known."""
    row = built_in().find("device", device, "memory")
    return None if row is None else row.amount


def catalogue(path: str = "") -> Catalogue:
    """The catalogue of the package, with the figures of a user's file.

    Parameters
    ----------
    path
        The file; empty: the package alone.

    Raises
    ------
    FieldError
        About ``catalogue``, if the file cannot be read, or says what it must not: file, line, column and remedy.
    """
    if not path:
        return built_in()
    try:
        where = Path(os.path.expanduser(path))
        state = where.stat()
        return _extended(where, path, state.st_mtime_ns, state.st_size)
    except OSError as error:
        raise FieldError("catalogue", f"{path}: cannot be read ({error.strerror}); {REMEDY}") from error
    except ValueError as error:
        raise FieldError("catalogue", f"{path}: {error}") from error


@lru_cache(maxsize=16)
def _extended(where: Path, path: str, changed: int, size: int) -> Catalogue:
    """The catalogue with a file as it was when it was last changed (ns), when it had so many bytes."""
    return built_in().extended(read_rows(read_text(where, MOST_BYTES), path))
