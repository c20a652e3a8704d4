"""A result shows itself: as a table in a console of rich, and with its curve in a notebook."""

from __future__ import annotations

import io
import re
from base64 import b64decode

import pytest
from made_up_runs import clock_only, regression, run
from rich.console import Console

from sim.report.terminal import print_summary
from sim.results import result as result_module


def test_a_console_prints_the_summary_of_a_result() -> None:
    printed, shown = io.StringIO(), io.StringIO()
    print_summary(run(), Console(file=printed, width=80))
    Console(file=shown, width=80).print(run())
    assert shown.getvalue().strip() == printed.getvalue().strip()


def test_a_notebook_shows_summary_and_curve() -> None:
    html = run()._repr_html_()
    assert "<tr><th>staleness</th><td>mean 7.25, largest 12</td></tr>" in html
    assert "time went to</th><td>compute 70" in html
    curve = re.search(r'src="data:image/png;base64,([^"]+)"', html)
    assert curve is not None
    assert b64decode(curve[1]).startswith(b"\x89PNG")
    assert "test RMSE" in regression()._repr_html_()


def test_where_nothing_was_measured_there_is_no_curve() -> None:
    html = clock_only()._repr_html_()
    assert "<img" not in html
    assert "virtual time" in html


def test_names_are_no_markup() -> None:
    assert "&lt;b&gt;" in run("<b>")._repr_html_()
    file = io.StringIO()
    Console(file=file, width=80).print(run("[red]"))
    assert "[red]" in file.getvalue()


def test_a_curve_that_cannot_be_drawn_hides_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: object) -> bytes:
        raise RuntimeError("no canvas")

    monkeypatch.setattr(result_module, "curve_png", fails)
    with pytest.warns(RuntimeWarning, match="the curve could not be drawn: no canvas"):
        html = run()._repr_html_()
    assert "staleness" in html
    assert "<img" not in html
