"""curve.png."""

from __future__ import annotations

import math
import subprocess
import sys
from pathlib import Path

import pytest
from made_up_runs import clock_only, regression, run

from sim.results.curve import curve_png, has_curve
from sim.results.result import Result
from sim.results.rows import Metric
from topologies.field_error import FieldError

PNG = b"\x89PNG\r\n\x1a\n"


def dimensions(path: Path) -> tuple[int, int]:
    """Width and height of a PNG in pixels, from its first chunk."""
    data = path.read_bytes()
    assert data.startswith(PNG)
    return int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")


@pytest.mark.parametrize("result", [run(), run(seeds=(0, 1, 2)), run(seconds_to_target=6.0), regression()])
def test_score_and_losses_are_drawn_side_by_side(tmp_path: Path, result: Result) -> None:
    (tmp_path / "curve.png").write_bytes(curve_png(result))
    width, height = dimensions(tmp_path / "curve.png")
    assert width > 2 * height


def test_a_problem_with_a_loss_only_gets_one_panel(tmp_path: Path) -> None:
    metrics = [Metric(0, 1e-6 * place, place, None, 1.0 / (1 + place)) for place in range(3)]
    (tmp_path / "curve.png").write_bytes(curve_png(Result(run().summary, metrics)))
    width, height = dimensions(tmp_path / "curve.png")
    assert width < 2 * height


@pytest.mark.slow
@pytest.mark.parametrize("loss", [math.nan, math.inf, 1e300, 1e-300, 0.0, -1.0])
def test_losses_that_no_axis_expects_are_drawn_all_the_same(tmp_path: Path, loss: float) -> None:
    result = run()
    result.metrics[-1].test_loss = loss
    (tmp_path / "curve.png").write_bytes(curve_png(result))
    assert (tmp_path / "curve.png").read_bytes().startswith(PNG)


def test_a_curve_of_nothing_but_nan_is_drawn_empty(tmp_path: Path) -> None:
    (tmp_path / "curve.png").write_bytes(curve_png(Result(run().summary, [Metric(0, 0.0, 0, None, math.nan)])))
    assert (tmp_path / "curve.png").exists()


def test_dollar_signs_in_a_name_are_not_mathematics(tmp_path: Path) -> None:
    (tmp_path / "curve.png").write_bytes(curve_png(run("$a_{$b")))
    assert (tmp_path / "curve.png").exists()


def test_a_run_without_measures_has_no_curve(tmp_path: Path) -> None:
    assert not has_curve(clock_only())
    with pytest.raises(FieldError, match=r"^metrics: nothing was measured"):
        (tmp_path / "curve.png").write_bytes(curve_png(clock_only()))


def test_the_users_own_style_does_not_change_the_bytes(tmp_path: Path) -> None:
    import matplotlib

    (tmp_path / "plain.png").write_bytes(curve_png(run()))
    with matplotlib.rc_context({"font.size": 30.0, "axes.facecolor": "red"}):
        (tmp_path / "styled.png").write_bytes(curve_png(run()))
        assert matplotlib.rcParams["font.size"] == 30.0
    assert (tmp_path / "plain.png").read_bytes() == (tmp_path / "styled.png").read_bytes()


def test_what_only_drawing_needs_is_not_imported_before() -> None:
    code = (
        "import sys, sim.results.result, sim.report.terminal, sim.report.collect, sim.report.command;"
        "print(sorted({'matplotlib', 'polars', 'rich', 'scipy', 'yaml'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.slow
def test_drawing_leaves_pyplot_alone(tmp_path: Path) -> None:
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; from made_up_runs import run;"
        "run().write(Path(sys.argv[2])); print('matplotlib.pyplot' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(Path(__file__).parent), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
