"""plan.html in a browser: nothing is cut, covered or too small, on a telephone, a screen and paper."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from made_up_plan import crowd, plan

from sim.planning.page import render

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed"),
]

#: Looks into a page in a frame: a browser's own window is never as narrow as a telephone.
LOOK = """
const frame = document.querySelector("iframe");
frame.onload = () => {
  const page = frame.contentDocument, shown = (each) => each.getClientRects().length > 0;
  const box = (each) => ["left", "right", "top", "bottom"].map((side) => each.getBoundingClientRect()[side]);
  const all = [...page.body.querySelectorAll("*")].filter(shown);
  const texts = all.filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  document.querySelector("pre").textContent = JSON.stringify({
    wide: page.documentElement.scrollWidth,
    card: page.querySelector(".card")?.textContent,
    marks: [...page.querySelectorAll("svg.mark")].filter(shown).length,
    rows: page.querySelectorAll("table.candidates tbody tr").length,
    small: Math.min(...texts.map((each) => parseFloat(frame.contentWindow.getComputedStyle(each).fontSize))),
    out: all.filter((each) => !each.closest(".scroll") && box(each)[1] > frame.clientWidth + 0.5).length,
    names: [...page.querySelectorAll("text.name")].filter(shown).map((each) => [each.textContent, ...box(each)]),
  });
};
frame.srcdoc = PAGE;
"""


def browse(folder: Path, *arguments: str) -> bytes:
    assert BROWSER is not None
    own = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder / 'profile'}")
    return subprocess.run([BROWSER, *own, *arguments], capture_output=True, check=True, timeout=120).stdout


def look(folder: Path, text: str, width: int) -> dict[str, Any]:
    """What a browser shows of a page of this width (px)."""
    script = LOOK.replace("PAGE", json.dumps(text).replace("</", "<\\/"))
    around = folder / "around.html"
    around.write_text(
        f'<!DOCTYPE html><meta charset="utf-8"><body><pre></pre>'
        f'<iframe style="width:{width}px;height:900px;border:0"></iframe><script>{script}</script>'
    )
    dumped = browse(folder, "--virtual-time-budget=5000", "--window-size=1400,1000", "--dump-dom", around.as_uri())
    said = re.search(r"<pre>(.*?)</pre>", dumped.decode(), re.DOTALL)
    assert said is not None
    found: dict[str, Any] = json.loads(unescape(said[1]))
    return found


@pytest.mark.parametrize("width", [320, 390, 700, 1200])
@pytest.mark.parametrize("crowded", [False, True], ids=["several", "crowd"])
def test_everything_is_seen_at_any_width(tmp_path: Path, width: int, crowded: bool) -> None:
    made = plan(crowd()) if crowded else plan()
    found = look(tmp_path, render(made), width)
    drawn = sum(each["time"] is not None for each in made["candidates"])
    assert found["wide"] <= width  # nothing scrolls to the side but the tables, in their own boxes
    assert found["out"] == 0
    assert made["recommendation"]["name"] in found["card"]
    assert (found["marks"], found["rows"]) == (drawn, len(made["candidates"]))
    assert found["small"] >= 11.0


@pytest.mark.parametrize("width", [390, 700, 800, 1200])
def test_no_name_in_the_figure_covers_another(tmp_path: Path, width: int) -> None:
    names = look(tmp_path, render(plan()), width)["names"]
    assert names[0][0] == "32 x p4d.24xlarge"
    for place, (one, left, right, top, bottom) in enumerate(names):
        assert left >= 0.0, one
        assert right <= width, one
        for other, *box in names[:place]:
            apart = right <= box[0] or box[1] <= left or bottom <= box[2] + 1 or box[3] <= top + 1
            assert apart, (one, other)


def test_on_paper_it_is_of_a_few_sheets_of_a4(tmp_path: Path) -> None:
    page, sheets = tmp_path / "plan.html", tmp_path / "plan.pdf"
    page.write_text(render(plan()), encoding="utf-8")
    browse(tmp_path, "--no-pdf-header-footer", f"--print-to-pdf={sheets}", page.as_uri())
    boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", sheets.read_bytes())
    assert 2 <= len(boxes) <= 5
    # A4 is 210 mm x 297 mm, of 72 / 25.4 points each; a browser rounds to its pixels.
    assert {(round(float(wide)), round(float(high))) for wide, high in boxes} == {(595, 842)}
