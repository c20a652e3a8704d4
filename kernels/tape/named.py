"""The type that Numba gives a named tuple."""

from __future__ import annotations

from typing import Any

from numba import types


def named(kind: Any, *fields: Any) -> Any:
    """The type of a named tuple of class `kind`, whose fields have the given types."""
    heterogeneous: Any = types.NamedTuple
    uniform: Any = types.NamedUniTuple  # what Numba infers where all fields are of one type
    if all(field == fields[0] for field in fields):
        return uniform(fields[0], len(fields), kind)
    return heterogeneous(fields, kind)
