"""report.html in a browser: what is clicked answers, and nothing is cut on a telephone, a screen and paper."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from browser import BROWSED, DARK, look, printed
from made_up_runs import clock_only, collected, run

import sim.results.result
from sim.report.compared import compared
from sim.report.page import render

pytestmark = [pytest.mark.slow, BROWSED]

PROTOCOLS = ("dpsgd", "async_ps", "allreduce", "hardsync")
WORKERS = (4, 8, 16, 32)
NETWORKS = ("leaf_spine", "single_switch")

#: Uses the page as a reader does, and says after each step what stands in the open table.
CLICKS = """
const table = () => [...page.querySelector("table.rows tbody").rows].filter((row) => !row.hidden);
const names = () => table().map((row) => row.cells[0].textContent);
const heads = [...page.querySelector("table.rows thead tr").cells].map((each) => each.textContent);
const said = { heads, first: names(), background: frame.contentWindow.getComputedStyle(page.body).backgroundColor };
const column = heads.findIndex((each) => each.startsWith("updates per second"));
const head = () => page.querySelectorAll("table.rows thead th")[column];
head().querySelector("[role=button]").click();
said.up = table().map((row) => row.cells[column].firstChild.textContent);
head().querySelector("[role=button]").click();
said.down = table().map((row) => row.cells[column].firstChild.textContent);
said.sorted = head().getAttribute("aria-sort");
const filter = page.querySelector(".comparison input");
filter.value = "hardsync 8";
filter.dispatchEvent(new Event("input"));
said.filtered = names();
said.count = page.querySelector(".count").textContent;
filter.value = "";
filter.dispatchEvent(new Event("input"));
const part = page.querySelector(".comparison details");
said.folded = [...part.querySelectorAll("tbody tr")].filter(shown).length;
part.querySelector("summary").click();
said.unfolded = [...part.querySelectorAll("tbody tr")].filter(shown).length;
const name = page.querySelector("li[data-focus]");
name.click();
const opacity = (each) => frame.contentWindow.getComputedStyle(each).opacity;
const faint = [...page.querySelectorAll(".line")].filter((each) => opacity(each) < 0.5);
said.focus = name.dataset.focus;
said.faint = [...new Set(faint.map((each) => each.dataset.label))].sort();
name.click();
said.kept = page.querySelectorAll(".has-focus").length;
const box_of = page.querySelector(".comparison .scroll");
box_of.scrollLeft = 200;
said.sticky = box(page.querySelector("table.rows tbody th"))[0] - box(box_of)[0];
said.rows = page.querySelectorAll("table.rows tbody tr").length;
said.charts = page.querySelectorAll("svg.chart").length;
return said;
"""


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The page of 160 runs in 32 groups: four protocols on two networks of four sizes, with five seeds each."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sim.results.result, "has_curve", lambda _: False)
        runs = [
            run(
                protocol,
                interval=(1.0 + place) / workers + 0.3 * NETWORKS.index(network),
                seeds=(seed,),
                workers=workers,
                network=network,
                status="completed",
            )
            for place, protocol in enumerate(PROTOCOLS)
            for network in NETWORKS
            for workers in WORKERS
            for seed in range(5)
        ]
        return render(compared(*collected(tmp_path_factory.mktemp("sweep"), *runs), 0.95))


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [390, 1200])
def test_a_reader_clicks_through_it(tmp_path: Path, sweep: str, width: int, dark: bool) -> None:
    found = look(tmp_path, sweep, width, CLICKS, *(DARK if dark else ()))
    assert (found["wide"], found["out"]) == (width, 0)  # nothing scrolls to the side but tables, in their own boxes
    assert (
        sum(map(int, re.findall(r"\d+", found["background"])[:3])) < 150
        if dark
        else found["background"] == "rgb(255, 255, 255)"
    )
    assert len(found["first"]) == 20
    assert found["rows"] == 32  # the others are folded away, none is lost
    for order, sign in (("up", 1.0), ("down", -1.0)):
        rates = [sign * float(text.replace("\N{NO-BREAK SPACE}", "")) for text in found[order]]
        assert rates == sorted(rates)
    assert found["sorted"] == "descending"
    assert sorted(found["filtered"]) == [f"hardsync · network={network} · 8 workers" for network in NETWORKS]
    assert found["count"].startswith("Shown: all 2 that have these words, of 32")
    assert (found["folded"], found["unfolded"] > 0) == (0, True)
    assert found["faint"] == sorted({*PROTOCOLS} - {found["focus"]})
    assert found["kept"] == 0  # a second click lets go
    assert -1.0 <= found["sticky"] <= 1.0  # the first column stays where it is while the others scroll
    # Test accuracy and test loss in a panel for each network and size, and the time to the target over the size.
    assert found["charts"] == 2 * len(NETWORKS) * len(WORKERS) + len(NETWORKS)


def test_letters_are_large_enough_on_a_telephone(tmp_path: Path, sweep: str) -> None:
    assert look(tmp_path, sweep, 390, "return {}")["small"] >= 11.0


#: Where the style for paper holds: on a screen as wide as a sheet of A4 across within its margins of 10 mm.
PAPER = """
const table = page.querySelector("table.rows"), frames = [...page.querySelectorAll("figure, table.rows")].filter(shown);
return {
  heads: [...table.querySelectorAll("thead th")].map((each) => [each.textContent, ...box(each)]),
  columns: [...table.querySelectorAll("tbody tr:first-child td")].map((each) => [each.scrollWidth, each.clientWidth]),
  widest: Math.max(...frames.map((each) => box(each)[1])),
  highest: Math.max(...[...page.querySelectorAll("figure")].filter(shown).map((each) => box(each)[3] - box(each)[2])),
};
"""
#: 277 mm x 190 mm, in pixels of 1/96 inch.
SHEET_WIDTH, SHEET_HEIGHT = 1046, 718


def test_on_paper_no_column_and_no_figure_is_cut(tmp_path: Path, sweep: str) -> None:
    found = look(tmp_path, sweep.replace("@media print", "@media screen"), SHEET_WIDTH, PAPER)
    assert [name for name, left, right, *_ in found["heads"] if left < 0 or right > SHEET_WIDTH + 0.5] == []
    assert len(found["heads"]) >= 15
    assert all(inner <= outer + 1 for inner, outer in found["columns"])
    assert found["widest"] <= SHEET_WIDTH + 0.5
    assert found["highest"] <= SHEET_HEIGHT
    sheets = printed(tmp_path, sweep)
    assert {(sheet.width, sheet.height) for sheet in sheets} == {(842, 595)}  # A4 across
    assert 3 <= len(sheets) <= 6
    assert min(sheet.texts for sheet in sheets) > max(sheet.texts for sheet in sheets) / 10  # none is nearly empty


def test_runs_that_only_take_time_are_printed_on_one_sheet_or_two(tmp_path: Path) -> None:
    runs = [clock_only(protocol, workers=workers) for protocol in PROTOCOLS for workers in WORKERS]
    assert len(printed(tmp_path, render(compared(*collected(tmp_path / "runs", *runs), 0.95)))) <= 2
