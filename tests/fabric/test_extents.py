"""Rows are lent first fit, and lent again."""

from __future__ import annotations

import pytest

from sim.fabric.extents import Extents
from topologies.field_error import FieldError


def test_extents_follow_each_other() -> None:
    extents = Extents()
    assert [extents.lend(3), extents.lend(2), extents.lend(1)] == [0, 3, 5]


def test_the_first_gap_that_is_large_enough_is_lent() -> None:
    extents = Extents()
    starts = [extents.lend(size) for size in (2, 1, 3, 1)]
    extents.take_back(starts[0])
    extents.take_back(starts[2])
    assert [extents.lend(3), extents.lend(2), extents.lend(2)] == [3, 0, 7]


def test_an_empty_extent_has_a_row_of_its_own() -> None:
    extents = Extents()
    assert [extents.lend(0), extents.lend(0)] == [0, 1]


def test_rows_that_are_not_lent_cannot_be_taken_back() -> None:
    with pytest.raises(FieldError, match=r"row 4 is not lent"):
        Extents().take_back(4)
