"""Every flow of the reference cases completes when the reference simulator says."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numba import config

from sim.fabric.flow_case import read_flow_case
from sim.fabric.replay import replay

CASES = sorted((Path(__file__).parents[3] / "shared" / "reference" / "flows").glob("*.json"))

if not CASES:
    pytest.skip("the reference cases are not here", allow_module_level=True)


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_flows_complete_as_in_the_reference(path: Path) -> None:
    case = read_flow_case(path)
    if config.DISABLE_JIT and len(case.completion) > 150:
        pytest.skip("takes minutes uncompiled")
    expected = case.completion
    # The reference's own bar: 1e-9 of the flow's duration, and 1e-11 s for its printing.
    assert np.all(np.abs(replay(case) - expected) <= 1e-9 * (expected - case.start) + 1e-11)
