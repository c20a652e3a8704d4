"""plan.html in a browser: nothing is cut, covered or too small, on a telephone, a screen and paper."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import BROWSED, look, printed
from made_up_plan import crowd, plan

from sim.planning.page import render

pytestmark = [pytest.mark.slow, BROWSED]

LOOK = """
return {
  card: page.querySelector(".card")?.textContent,
  marks: [...page.querySelectorAll("svg.mark")].filter(shown).length,
  rows: page.querySelectorAll("table.candidates tbody tr").length,
  names: [...page.querySelectorAll("text.name")].filter(shown).map((each) => [each.textContent, ...box(each)]),
};
"""


@pytest.mark.parametrize("width", [320, 390, 700, 1200])
@pytest.mark.parametrize("crowded", [False, True], ids=["several", "crowd"])
def test_everything_is_seen_at_any_width(tmp_path: Path, width: int, crowded: bool) -> None:
    made = plan(crowd()) if crowded else plan()
    found = look(tmp_path, render(made), width, LOOK)
    drawn = sum(each["time"] is not None for each in made["candidates"])
    assert found["wide"] <= width  # nothing scrolls to the side but the tables, in their own boxes
    assert found["out"] == 0
    assert made["recommendation"]["name"] in found["card"]
    assert (found["marks"], found["rows"]) == (drawn, len(made["candidates"]))
    assert found["small"] >= 11.0


@pytest.mark.parametrize("width", [390, 700, 800, 1200])
def test_no_name_in_the_figure_covers_another(tmp_path: Path, width: int) -> None:
    names = look(tmp_path, render(plan()), width, LOOK)["names"]
    assert names[0][0] == "32 x p4d.24xlarge"
    for place, (one, left, right, top, bottom) in enumerate(names):
        assert left >= 0.0, one
        assert right <= width, one
        for other, *box in names[:place]:
            apart = right <= box[0] or box[1] <= left or bottom <= box[2] + 1 or box[3] <= top + 1
            assert apart, (one, other)


def test_on_paper_it_is_of_a_few_sheets_of_a4(tmp_path: Path) -> None:
    sheets = printed(tmp_path, render(plan()))
    assert 2 <= len(sheets) <= 5
    # A4 is 210 mm x 297 mm, of 72 / 25.4 points each; a browser rounds to its pixels.
    assert {(sheet.width, sheet.height) for sheet in sheets} == {(595, 842)}
