"""Transposed copies."""

from __future__ import annotations

import numpy as np
import pytest

from kernels.transpose import transpose


@pytest.mark.parametrize(("rows", "columns"), [(1, 1), (3, 17), (16, 16), (17, 3), (32, 10), (31, 65)])
def test_every_element_changes_place(rows, columns):
    source = np.arange(rows * columns, dtype=np.float32).reshape(rows, columns)
    target = np.zeros((-(-columns // 16) * 16, -(-rows // 16) * 16), dtype=np.float32)
    transpose(source, target)
    np.testing.assert_array_equal(target[:columns, :rows], source.T)
