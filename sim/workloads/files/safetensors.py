"""The header of a safetensors file: names, shapes and types, and none of the weights."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from sim.workloads.files import Found
from sim.workloads.table import Row, Table

#: The header's length comes first (B).
LENGTH = 8
#: No header is longer (B), says the format.
LONGEST = 100_000_000
#: What is no parameter, whatever its type: running statistics of batch norms.
_STATISTICS = re.compile(r"(^|\.)(running_mean|running_var|num_batches_tracked)$")


def read_safetensors(path: Path) -> Found:
    """Read which tensors a safetensors file has; its weights are not read, and need not be there.

    The file says nothing of the order of the forward pass: tensors are sorted by name, numbers in it by value. Tensors
    of whole numbers and running statistics are no parameters, and left out.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ValueError
        If its header is truncated, or none.
    """
    with path.open("rb") as file:
        start = file.read(LENGTH)
        length = int.from_bytes(start, "little")
        if len(start) < LENGTH or length > LONGEST:
            raise ValueError("does not begin with the length of a safetensors header")
        header = file.read(length)
    if len(header) < length:
        raise ValueError(f"is truncated: the header has {length} bytes, and {len(header)} are there")
    try:
        entries = json.loads(header)
    except (ValueError, RecursionError) as error:
        raise ValueError("has a header that is not JSON") from error
    if not isinstance(entries, dict):
        raise ValueError("has a header that is not a table of tensors")
    entries.pop("__metadata__", None)
    shapes = {name: _shape(name, entry) for name, entry in entries.items()}
    kept = [name for name, entry in entries.items() if _is_parameter(name, entry)]
    rows = tuple(Row(name, shapes[name], 0.0) for name in sorted(kept, key=_by_value))
    if not rows:
        raise ValueError("has no tensors of floating-point numbers")
    left = len(entries) - len(kept)
    kinds = "/".join(sorted({entries[name]["dtype"] for name in kept}))
    remark = (
        f"{len(rows)} tensors, kept in {kinds} and sent as workload.precision says, in the order of their names, as "
        "the file does not say that of the forward pass"
    )
    return Found(
        Table(rows), arithmetic=False, remark=remark + (f"; {left} that are no parameters left out" if left else "")
    )


def _shape(name: str, entry: Any) -> tuple[int, ...]:
    shape = entry.get("shape") if isinstance(entry, dict) else None
    if (
        not isinstance(shape, list)
        or not all(type(extent) is int and extent >= 0 for extent in shape)
        or not isinstance(entry.get("dtype"), str)
    ):
        raise ValueError(f"has no shape and dtype of the tensor {name[:80]!r}")
    return tuple(shape)


def _is_parameter(name: str, entry: dict[str, Any]) -> bool:
    return entry["dtype"].startswith(("F", "BF")) and not _STATISTICS.search(name)


def _by_value(name: str) -> list[tuple[int, str]]:
    """What a name is sorted by: layer.2 comes before layer.10."""
    return [(int(word), "") if word.isdigit() else (-1, word) for word in re.split(r"(\d+)", name)]
