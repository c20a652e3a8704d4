"""The tensors of a published model, by the name that a table gives it."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from sim.workloads import Tensor, Workload
from sim.workloads.file import File
from sim.workloads.tabulated import Tabulated
from topologies.options import options_in

if TYPE_CHECKING:
    from sim.truth.table import Table

#: Into how many equal tensors a model is cut whose tensors nobody has written down.
EQUAL = 100


def workload_named(model: str) -> str | None:
    """The workload that a name means: the longest whose own name it begins with, whatever is between the letters.

    Parameters
    ----------
    model
        Name of a model, as it is published.

    Examples
    --------
    >>> workload_named("ResNet-18 (CIFAR)")
    'resnet18'
    >>> workload_named("MPT-70b") is None
    True
    """
    plain = _plain(model)
    fitting = [name for name in _workloads() if plain.startswith(_plain(name))]
    return max(fitting, key=len, default=None)


def tensors_of(table: Table) -> list[Tensor]:
    """The tensors of what a table has trained, in the order of the forward pass.

    Their sizes add up to the table's; of a model that no workload is of they are equal.

    Parameters
    ----------
    table
        The table.
    """
    name = workload_named(table.model)
    if name is None:
        return [Tensor(table.gradient_bytes / EQUAL, 1.0)] * EQUAL
    rows = _workloads()[name]().table.rows
    each = table.gradient_bytes / sum(row.size for row in rows)
    return [Tensor(row.size * each, row.flops) for row in rows]


def workloads() -> list[str]:
    """The workloads whose tensors are written down, by name."""
    return [*_workloads()]


def gradient_of(workload: str) -> float:
    """Size of a workload's gradient in fp32 (B).

    Parameters
    ----------
    workload
        Its name.
    """
    return 4.0 * _workloads()[workload]().table.parameters


@cache
def _workloads() -> dict[str, type[Tabulated]]:
    options = options_in("sim.workloads", Workload)
    return {name: option for name, option in options if issubclass(option, Tabulated) and option is not File}


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))
