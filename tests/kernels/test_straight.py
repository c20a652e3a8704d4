"""Kernels called without a look at their arguments' types."""

from __future__ import annotations

import pytest
from numba import float64, int64

from kernels.jit import kernel
from kernels.straight import straight

SCALED = float64(int64, float64)


@kernel(SCALED)
def scaled(times: int, value: float) -> float:
    """A product."""
    return times * value


def test_the_result_is_the_kernels() -> None:
    assert straight(scaled, SCALED)(3, 0.1) == scaled(3, 0.1) == 3 * 0.1


def test_arguments_are_converted_as_the_signature_says() -> None:
    assert straight(scaled, SCALED)(True, 2) == 2.0


def test_what_cannot_be_converted_is_refused() -> None:
    with pytest.raises(TypeError):
        straight(scaled, SCALED)(1, "one")
