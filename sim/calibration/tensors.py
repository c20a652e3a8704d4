"""The tensors of a published model, by the name that a table gives it."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

from sim.workloads import Tensor, Workload
from sim.workloads.file import File
from sim.workloads.tabulated import Tabulated
from topologies.options import options_in

if TYPE_CHECKING:
    from sim.truth.table import Table

#: Other names of workloads, letters and digits alone.
ALIASES = {
    "gpt2124m": "gpt2",
    "inception3": "inception_v3",
    "transformerxllarge": "transformer_xl",
    "txl": "transformer_xl",
}
#: What follows a name where another model is meant.
OTHER_SIZES = {"gpt2": ("medium", "large", "xl")}
#: Into how many equal tensors a model is cut whose tensors nobody has written down.
EQUAL = 100


def workload_named(model: str) -> str | None:
    """The workload that a name means: the longest whose own name it begins with, whatever is between the letters.

    Parameters
    ----------
    model
        Name of a model, as it is published or as people write it.

    Examples
    --------
    >>> workload_named("ResNet-18 (CIFAR)")
    'resnet18'
    >>> workload_named("GPT-2 small"), workload_named("gpt2"), workload_named("BERT-Large")
    ('gpt2', 'gpt2', 'bert_large')
    >>> workload_named("MPT-70b") is None
    True
    """
    plain = _plain(model)
    names = {**{_plain(name): name for name in _workloads()}, **ALIASES}
    fitting = [name for name in names if plain.startswith(name) and not _goes_on(plain, name)]
    return names[max(fitting, key=len)] if fitting else None


def known_workload(model: str) -> str:
    """The same of a name that a user gives.

    Parameters
    ----------
    model
        The name.

    Raises
    ------
    ValueError
        Where it means none: in one line, with the nearest.
    """
    found = workload_named(model)
    if found is None:
        names = {_plain(name): name for name in _workloads()}
        near = get_close_matches(_plain(model), names, n=1, cutoff=0.0)
        raise ValueError(f"{model[:60]!r} is no model whose tensors are written down; the nearest is {names[near[0]]}")
    return found


def _goes_on(plain: str, name: str) -> bool:
    """Whether a number goes on after a name, or a size: ResNet-152 is no ResNet-15, and GPT-2 medium is not small."""
    rest = plain[len(name) :]
    return bool((name[-1].isdigit() and rest[:1].isdigit()) or rest.startswith(OTHER_SIZES.get(name, ())))


def tensors_of(table: Table) -> list[Tensor]:
    """The tensors of what a table has trained, in the order of the forward pass.

    Their sizes add up to the table's; of a model that no workload is of they are equal.

    Parameters
    ----------
    table
        The table.
    """
    if table.tensors is not None:
        return [*table.tensors]
    name = workload_named(table.model)
    if name is None:
        return [Tensor(table.gradient_bytes / EQUAL, 1.0)] * EQUAL
    rows = _workloads()[name]().table.rows
    each = table.gradient_bytes / sum(row.size for row in rows)
    return [Tensor(row.size * each, row.flops) for row in rows]


def gradient_of(workload: str) -> float:
    """Size of a workload's gradient in fp32 (B).

    Parameters
    ----------
    workload
        Its name.
    """
    return 4.0 * workload_of(workload).table.parameters


def workload_of(workload: str) -> Tabulated:
    """A workload by its name.

    Parameters
    ----------
    workload
        Its name.
    """
    return _workloads()[workload]()


@cache
def _workloads() -> dict[str, type[Tabulated]]:
    options = options_in("sim.workloads", Workload)
    return {name: option for name, option in options if issubclass(option, Tabulated) and option is not File}


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))
