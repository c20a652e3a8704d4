"""Power is that of waiting and that of computing."""

from __future__ import annotations

import pytest

from sim.efficiency.power_law import IDLE, SPREAD, Share, power_law


def test_measurements_give_back_the_idle_share() -> None:
    shares = [Share(kept, 0.3 + 0.7 * kept) for kept in (0.2, 0.4, 0.6, 0.8)] * 30
    law = power_law(shares)
    assert law.idle == pytest.approx(0.3, abs=0.005)
    assert law.uncertainty < 0.02
    assert law.watts(0.5) == pytest.approx(0.65, abs=0.005)


def test_without_measurements_it_is_what_is_believed() -> None:
    law = power_law([])
    assert (law.idle, law.uncertainty) == (IDLE, pytest.approx(SPREAD))
    assert law.watts(1.0) == 1.0  # one machine, busy
    assert law.variance(0.2) > law.variance(0.8)
