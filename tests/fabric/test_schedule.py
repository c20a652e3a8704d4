"""Columns that are no schedule are refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.fabric.schedule import Schedule
from topologies.field_error import FieldError

#: Rank 0 sends to rank 1, then both go on.
COLUMNS: dict[str, Any] = {
    "source": np.array([0, -1, -1], np.int32),
    "target": np.array([1, -1, -1], np.int32),
    "nbytes": np.array([8.0, 0.0, 0.0]),
    "delay": np.zeros(3),
    "successors": np.array([1, 2]),
    "offsets": np.array([0, 2, 2, 2]),
    "entry": np.array([0, 0]),
    "exit": np.array([1, 2]),
}


def test_prerequisites_are_dependencies_and_entries() -> None:
    schedule = Schedule(**COLUMNS)
    assert schedule.ranks == 2
    assert schedule.prerequisites().tolist() == [2, 1, 1]


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("target", np.array([1, -1], np.int32), "^target: must have 3 rows, got 2"),
        ("exit", np.array([1]), "^exit: must have a node for each of 2 ranks, got 1"),
        ("source", np.array([2, -1, -1], np.int32), "^source: must lie in -1 .. 1, got -1 .. 2"),
        ("source", np.array([-1, -1, -1], np.int32), "^source: a delay node has -1 as source and as target"),
        ("successors", np.array([1, 3]), "^successors: must lie in 0 .. 2, got 1 .. 3"),
        ("offsets", np.array([0, 1, 1, 1]), "^offsets: must rise from 0 to the 2 successors"),
        ("nbytes", np.array([-8.0, 0.0, 0.0]), "^nbytes: must be finite and >= 0, got -8.0"),
        ("delay", np.array([np.inf, 0.0, 0.0]), "^delay: must be finite and >= 0"),
        ("entry", np.array([1, 2]), "^entry: node 0 waits for no node and for no rank"),
    ],
)
def test_a_column_that_does_not_fit_is_refused(column: str, value: NDArray[Any], message: str) -> None:
    with pytest.raises(FieldError, match=message):
        Schedule(**COLUMNS | {column: value})
