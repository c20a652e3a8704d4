"""A model from a file."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from sim.workloads.files import Found
from sim.workloads.files.chakra import read_chakra
from sim.workloads.files.layers_csv import read_layers_csv
from sim.workloads.files.onnx_graph import read_onnx
from sim.workloads.files.pytorch_trace import read_pytorch_trace
from sim.workloads.files.safetensors import read_safetensors
from sim.workloads.table import Row, Table
from sim.workloads.tabulated import Tabulated
from topologies.field_error import FieldError
from topologies.ranges import check

#: The most that is read at once (B); of weights nothing is read but where they are.
LARGEST = 2**29

#: Elements of a tensor, and FLOP that it takes, at most.
MOST = 10**18


def _whole(path: Path) -> bytes:
    if path.stat().st_size > LARGEST:
        raise ValueError(f"has {path.stat().st_size} bytes, expected at most {LARGEST}")
    return path.read_bytes()


def _checked(found: Found) -> Found:
    """Refuse sizes and costs that nobody means: a file may say anything."""
    for row in found.table.rows:
        if not 0 <= row.size <= MOST or not 0.0 <= row.flops <= MOST:
            raise ValueError(f"has a tensor {row.name[:80]!r} of sizes or costs out of range, at most {MOST:.0e}")
    return found


#: How files are read, by the end of their name.
READERS: dict[str, Callable[[Path], Found]] = {
    ".csv": lambda path: read_layers_csv(_whole(path)),
    ".safetensors": read_safetensors,
    ".onnx": read_onnx,
    ".et": lambda path: read_chakra(_whole(path)),
    ".json": lambda path: read_pytorch_trace(_whole(path)),
}
REMEDY = (
    "give a CSV file of layers (name, shape, flops), or a .safetensors, .onnx, Chakra (.et) or PyTorch trace (.json)"
)


@dataclass
class File(Tabulated):
    """A model from a file: a table of layers (CSV), weights (safetensors), a graph (ONNX), or a trace (Chakra).

    Parameters
    ----------
    path
        The file: .csv, .safetensors, .onnx, .et, or .json of PyTorch's ExecutionTraceObserver.
    flops_per_sample
        Arithmetic of the forward pass of one sample (FLOP), >= 0; None: as the file says. Where the file says nothing
        of single tensors, each has the share of its elements.
    samples
        Of the mini-batch that a trace is of, >= 1; None: the file is no trace.
    """

    source = "the file"

    path: str = ""
    flops_per_sample: float | None = None
    samples: int | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check("flops_per_sample", self.flops_per_sample, at_least=0.0)
        check("samples", self.samples, at_least=1)

    @cached_property
    def found(self) -> Found:
        """What the file says; read once, so that a run does not depend on it once it has begun."""
        if not self.path:
            raise FieldError("path", f"no file is given; {REMEDY}")
        path = Path(os.path.expanduser(self.path))
        reader = READERS.get(path.suffix.lower())
        try:
            if not stat.S_ISREG(path.stat().st_mode):
                raise ValueError("is not a file")
            if reader is None:
                raise ValueError(f"has a name that ends in none of {', '.join(READERS)}")
            return _checked(reader(path))
        except OSError as error:
            raise FieldError("path", f"{self.path}: cannot be read ({error.strerror}); {REMEDY}") from error
        except ValueError as error:
            raise FieldError("path", f"{self.path}: {error}; {REMEDY}") from error

    @property
    def measured_as(self) -> str:
        return ""  # no catalogue knows it

    def check(self) -> None:
        self.table  # noqa: B018  # reads the file

    def remarks(self) -> list[str]:
        return [f"{self.path}: {self.found.remark}"] if self.found.remark else []

    def layers(self) -> Table:
        found = self.found
        self._check_fields(found)
        table, samples = found.table, self.samples or 1
        rows = table.rows
        if self.flops_per_sample is not None:
            rows = tuple(row._replace(flops=flops) for row, flops in zip(rows, self._shared(table), strict=True))
        elif samples > 1:
            rows = tuple(Row(row.name, row.shape, row.flops / samples) for row in rows)
        measured = table.seconds is not None and self.flops_per_sample is None
        return Table(rows, table.seconds / samples if measured and table.seconds is not None else None)

    def _check_fields(self, found: Found) -> None:
        if found.of_a_gradient and self.samples is None:
            raise FieldError("samples", "a trace is of one gradient, got null; give the samples of its mini-batch")
        if self.samples is not None and not found.of_a_gradient:
            raise FieldError("samples", f"only a trace is of a mini-batch, got {self.samples}; give null")
        if self.flops_per_sample is None and not found.arithmetic:
            raise FieldError(
                "flops_per_sample", f"{self.path} does not say what its tensors compute, got null; give forward FLOP"
            )

    def _shared(self, table: Table) -> list[float]:
        """The given arithmetic in the shares that the file says, or else by elements."""
        assert self.flops_per_sample is not None
        costs = [row.flops for row in table.rows] if table.flops else [float(row.size) for row in table.rows]
        return [self.flops_per_sample * cost / sum(costs) for cost in costs] if sum(costs) else [0.0 for _ in costs]
