"""What is kept of linear scaling is learned from published series, and never from names."""

from __future__ import annotations

import math

import pytest

from sim.efficiency.scaling_law import BELIEVED, Pair, ScalingLaw, Size


def pair(devices: float, batch: float, benchmark: str = "a", series: int = 0, overhead: float = 0.004) -> Pair:
    """A step that computes 1 ms a sample, and waits besides, longer on more devices."""

    def step(size: Size) -> float:
        return size.seconds + overhead * (1.0 + 0.3 * math.log2(size.devices / 8.0))

    small = Size(8, 64, 0.064)
    large = Size(devices, batch, batch * 1e-3)
    kept = step(small) / step(large) * batch / 64
    return Pair(benchmark, series, small, large, kept)


@pytest.fixture(scope="module")
def law() -> ScalingLaw:
    return ScalingLaw(
        [
            pair(devices, batch, series=series)
            for series, some in enumerate(((64, 128), (256, 512), (32, 1024)))
            for devices in some
            for batch in (64, 16)
        ]
    )


def test_without_anything_learned_scaling_is_linear() -> None:
    law = ScalingLaw([])
    assert law.scales == BELIEVED
    assert law.kept(pair(64, 64)).mean == 0.0
    assert law.kept(pair(64, 8)).variance > law.kept(pair(64, 64)).variance > 0.0


@pytest.mark.parametrize(("devices", "batch"), [(64, 32), (256, 24), (700, 16)])
def test_a_run_between_others_is_predicted(law: ScalingLaw, devices: float, batch: float) -> None:
    asked = pair(devices, batch, series=9)
    assert math.exp(law.kept(asked).mean) == pytest.approx(asked.kept, rel=0.06)


def test_another_benchmark_is_known_less_well(law: ScalingLaw) -> None:
    same, other = pair(128, 16, series=9), pair(128, 16, "b", series=9)
    assert law.kept(other).variance > law.kept(same).variance


def test_the_number_of_a_series_says_nothing_but_that_it_is_the_same(law: ScalingLaw) -> None:
    assert law.kept(pair(128, 32, series=77)) == law.kept(pair(128, 32, series=99))


def test_the_smallest_run_keeps_itself(law: ScalingLaw) -> None:
    small = Size(8, 64, 0.064)
    assert law.kept(Pair("a", 9, small, small, math.nan)).mean == pytest.approx(0.0, abs=1e-9)
