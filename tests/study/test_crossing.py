"""Where one method stops being ahead of another, of made-up times."""

from __future__ import annotations

import pytest
from cells_made_up import cell

from sim.plot.cells import Cell
from sim.study.crossing import ahead

FIGURE = "seconds_to_target"


def pair(first: float | None, second: float | None) -> tuple[Cell, Cell]:
    one, other = (cell(dict.fromkeys(range(3), seconds), FIGURE) for seconds in (first, second))
    return one, other


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ({2: (2.0, 1.0), 8: (3.0, 1.0)}, "ahead at 2 to 8"),
        ({2: (1.0, 2.0), 8: (1.0, 3.0)}, "behind at 2 to 8"),
        ({8: (1.0, 2.0)}, "behind at 8"),
        # From log 1/2 to log 2: the middle of the logarithms, 2 * 4^(1/2).
        ({2: (2.0, 1.0), 8: (1.0, 2.0)}, "ahead at 2, behind from about 4 on"),
        # A quarter of the way from 8 to 128: 8 * 16^(1/4).
        ({8: (2.0, 1.0), 128: (1.0, 8.0)}, "ahead at 8, behind from about 16 on"),
        ({2: (2.0, 1.0), 8: (1.0, 2.0), 32: (2.0, 1.0)}, "ahead at 2, behind from about 4 on, ahead from about 16 on"),
        ({2: (2.0, 1.0), 8: (1.0, None)}, "ahead at 2, behind from somewhere between 2 and 8 on"),
        (
            {2: (2.0, 1.0), 8: (None, None)},
            "ahead at 2; not known at 8, where half of the runs of both were cut off",
        ),
        ({2: (None, None)}, "not known at 2, where half of the runs of both were cut off"),
    ],
)
def test_where_medians_cross(seconds: dict[int, tuple[float | None, float | None]], said: str) -> None:
    assert ahead({workers: pair(*times) for workers, times in seconds.items()}, FIGURE) == said
