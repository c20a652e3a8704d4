"""What of a sweep the page's colours and panels stand for, and what its columns say."""

from __future__ import annotations

import re
import statistics
from pathlib import Path

import pytest
from html_page import Page
from made_up_runs import clock_only, collected, regression, run, save

from sim.report.chart import Line, Measured
from sim.report.columns import columns
from sim.report.compared import compared
from sim.report.comparison import comparisons
from sim.report.layout import layout, panels
from sim.report.look import looks
from sim.report.mark import COLOURS, marks
from sim.report.page import render
from sim.report.wires import wires
from sim.results.result import Result
from sim.results.rows import Link
from sim.results.series import Series, band
from sim.results.units import time_unit

pytestmark = pytest.mark.usefixtures("undrawn")

PROTOCOLS = ("a", "b", "c")


def rows(**settings: tuple[object, ...]) -> list[dict[str, object]]:
    """A row for each combination of some settings."""
    found: list[dict[str, object]] = [{}]
    for name, values in settings.items():
        found = [row | {name: value} for row in found for value in values]
    return [row | {"run": str(place), "seed": 0} for place, row in enumerate(found)]


def page(folder: Path, *results: Result) -> str:
    return render(compared(*collected(folder, *results), 0.95))


def grid(seeds: int = 1) -> list[Result]:
    """Three protocols of three sizes: more groups than there are colours."""
    return [
        run(protocol, interval=1.0 + place / workers, workers=workers, seeds=(seed,))
        for place, protocol in enumerate(PROTOCOLS)
        for workers in (2, 4, 8)
        for seed in range(seeds)
    ]


def test_the_colour_stands_for_the_protocol_and_panels_for_what_else_varies():
    found = layout(rows(protocol=PROTOCOLS, network=("n", "m"), workers=(2, 4, 8)), [None] * 18)
    assert found.colour.name == "protocol"
    assert [(each.name, each.values) for each in found.facets] == [("network", ("m", "n")), ("workers", (2, 4, 8))]
    assert found.rest == ()


def test_a_third_factor_is_not_drawn_but_its_best_is():
    settings = {"protocol": PROTOCOLS, "network": ("n", "m"), "workers": (2, 4), "optimizer.lr": (0.1, 0.2)}
    found = layout(rows(**settings), [None] * 24)
    assert [each.name for each in found.rest] == ["optimizer.lr"]


def test_without_protocols_the_colour_stands_for_what_matters_most():
    # The figure is the batch and hardly the rate: of all its spread, nearly all lies between batches.
    found = rows(protocol=("a",), batch=(16, 32, 64), **{"optimizer.lr": (0.1, 0.2, 0.3)})
    figures = [float(row["batch"]) + float(row["optimizer.lr"]) for row in found]
    assert layout(found, figures).colour.name == "batch"
    assert (
        layout(found, [-100.0 * row["optimizer.lr"] + row["batch"] / 1000 for row in found]).colour.name
        == "optimizer.lr"
    )


def test_what_has_no_such_setting_is_in_every_panel():
    found = [*rows(protocol=("a",), topology=("ring", "torus")), {"run": "b", "protocol": "b", "topology": None}]
    (facet,) = layout([{**row, "workers": 2} for row in found], [None] * 3).facets
    assert [(values, len(shown)) for values, shown in panels([facet], found)] == [(("ring",), 2), (("torus",), 2)]


def test_every_panel_is_over_the_same_axes(tmp_path):
    text = page(tmp_path, *grid())
    small = re.findall(r'<svg class="chart" viewBox="0 0 250 186".*?data-x="([^"]*)" data-y="([^"]*)"', text, re.DOTALL)
    assert len(small) == 6  # three sizes, of test accuracy and of test loss
    assert len({*small[:3]}) == len({*small[3:]}) == 1


def test_a_colour_belongs_to_a_name_in_every_figure_and_on_the_page(tmp_path):
    text, of_plot = page(tmp_path, *grid()), marks(PROTOCOLS)
    drawn = set(re.findall(r'<g class="line s(\d) d\d[^"]*" data-label="([^"]*)"', text))
    assert drawn == {(str(of_plot[name].place), name) for name in PROTOCOLS}


def test_every_series_has_a_marker_and_dashes_of_its_own():
    found = looks([f"protocol {place}" for place in range(len(COLOURS))])
    assert len({look.style for look in found.values()}) == len({look.shape for look in found.values()}) == len(COLOURS)
    assert all(look.shape for look in found.values())


def test_a_band_is_students_interval_at_every_instant():
    # Of five values with standard deviation s: t(4, 0.975) s / sqrt(5), t = 2.7764451.
    curves = [Series([0.0, 1.0, 2.0], [0.0, float(seed), float(seed**2)]) for seed in range(5)]
    found = band(curves, [0.0, 1.0, 2.0])
    for place, values in enumerate(([0.0] * 5, [0.0, 1.0, 2.0, 3.0, 4.0], [0.0, 1.0, 4.0, 9.0, 16.0])):
        half = 2.7764451 * statistics.stdev(values) / 5**0.5
        assert found.mean.values[place] == pytest.approx(statistics.mean(values))
        assert found.high.values[place] - found.mean.values[place] == pytest.approx(half)
        assert found.mean.values[place] - found.low.values[place] == pytest.approx(half)


def test_more_than_three_seeds_are_a_band_and_fewer_are_lines(tmp_path):
    many, few = page(tmp_path / "many", *grid(5)), page(tmp_path / "few", *grid(3))
    assert ('class="band"' in many, 'class="seed"' in many) == (True, False)
    assert ('class="band"' in few, 'class="seed"' in few) == (False, True)


@pytest.mark.parametrize(("arrival", "log"), [(9.0, True), (11.0, False)])
def test_time_is_logarithmic_where_all_reach_the_target_in_its_first_tenth(arrival, log):
    lines = [
        Line(name, looks("ab")[name], [Series([0.0, 1.0, 100.0], [0.1, 0.5, 0.9])], (at, 0.6))
        for name, at in (("a", 5.0), ("b", arrival))
    ]
    across, _ = Measured("Test accuracy (%)", time_unit(100.0), percent=True, target=0.6).axes(lines)
    assert across.log is log


def test_a_column_has_one_unit_and_one_that_is_empty_is_not_there(tmp_path):
    slow = run("slow", interval=4000.0, bytes_sent=3e12)
    found = Page(page(tmp_path, slow, run("fast", interval=0.004, bytes_sent=3e3)))
    heads, *lines = found.rows[:3]
    table = {head: [line[place] for line in lines] for place, head in enumerate(heads)}
    assert table["time to 95 % (s)"] == ["0.0120", "12 000"]
    assert table["sent (TB)"] == ["3.00e-09", "3"]
    assert not [head for head, cells in table.items() if {*cells} <= {"", "–"}]
    numbers = re.compile(r"^(≈ )?[+−]?[\d ]+(\.\d+)?(e[-+]\d+)?( \(\d+\))?$")
    assert not [cell for line in lines for cell in line[1:] if cell != "–" and not numbers.match(cell)]


@pytest.mark.parametrize("kind", [run, regression, clock_only])
def test_no_report_has_a_column_of_dashes(tmp_path, kind):
    found = compared(*collected(tmp_path, kind("a"), kind("b")), 0.95)
    assert not [column.head for column in columns(comparisons(found.table), found, {}) if column.empty]


def test_runs_that_only_take_time_begin_with_how_fast_they_are(tmp_path):
    results = [
        clock_only(name, workers=2, communicate_fraction=0.2, samples_per_second=rate, seconds_per_epoch=100.0 / rate)
        for name, rate in (("a", 10.0), ("b", 20.0))
    ]
    for result in results:
        result.links = links(0.5)
    table, curves = collected(tmp_path, *results)
    found = Page(render(compared(table, curves, 0.95), {name: links(0.5) for name in table["run"]}))
    heads, first = found.rows[:2]
    assert heads[:3] == ["run", "samples per second", "seeds"]
    assert heads[3:7] == [
        *("time per epoch (s)", "busiest link (% utilised)"),
        *("hidden communication, at least (%)", "exposed communication (%)"),
    ]
    assert first[4] == "50host 0 → switch, 10 Gb/s"
    assert first[5:7] == ["30", "20"]  # of half of the time on the wire, a fifth of all was seen


def links(*shares: float) -> list[Link]:
    """Two workers on a switch, that send at some shares of their line rates; the second as the first where not said."""
    return [
        Link(str(rank), "switch", "worker", "switch", "split", 10.0, 1e6, share)
        for rank, share in enumerate((shares * 2)[:2])
    ]


def test_what_hides_is_at_least_what_the_wires_carried_and_nobody_waited_for():
    # Worker 0 has a message on its wire for 60 % of its time, worker 1 for 20 %: 40 % of both. Of their time 25 % is
    # communication in which nothing is computed, and while they wait their wires are silent.
    summary = run(workers=2, communicate_fraction=0.25).summary
    assert wires(summary, links(0.6, 0.2)).hidden == pytest.approx(0.40 - 0.25)
    assert wires(run(workers=2, communicate_fraction=0.5).summary, links(0.6, 0.2)).hidden == 0.0
    assert (
        wires(run(workers=3).summary, links(0.6, 0.2)).hidden is None
    )  # two share a host: whose traffic it is, is not known


def test_what_hides_is_not_known_where_hosts_carry_what_others_send():
    ring = [Link(str(rank), str(1 - rank), "worker", "worker", "split", 10.0, 1e6, 0.6) for rank in (0, 1)]
    assert wires(run(workers=2, communicate_fraction=0.25).summary, ring).hidden is None


def test_the_time_to_the_target_is_drawn_over_every_number_of_three_values(tmp_path):
    found = Page(page(tmp_path, *grid(3)))
    assert "Time to 95 % test accuracy over what was varied" in found.words["h2"]
    two = [result for result in grid() if result.summary.workers != 2]
    assert "over what was varied" not in Page(page(tmp_path / "two", *two)).words["h2"]


def test_all_rows_stand_in_the_table_whatever_is_folded(tmp_path):
    runs = [
        run(protocol, interval=1.0 + place / 10, workers=place + 1) for protocol in PROTOCOLS for place in range(15)
    ]
    found = Page(page(tmp_path, *runs))
    names = [row[0] for row in found.rows if " · " in row[0]]
    assert sorted(names) == sorted({f"{name} · {n} worker{'s' * (n > 1)}" for name in PROTOCOLS for n in range(1, 16)})
    assert "25 more" not in found.words["summary"]
    assert sum(map(int, re.findall(r"(\d+) more", found.words["summary"]))) >= len(runs) - 20


@pytest.mark.slow
def test_two_thousand_groups_are_a_page_of_less_than_three_megabytes(tmp_path):
    for place in range(2000):
        save(
            run("abcd"[place % 4], interval=1.0 + place, workers=2 ** (place % 5)),
            tmp_path / str(place),
            f"lr: {place}\n",
        )
    from sim.report.command import main

    assert main([str(tmp_path)]) == 0
    assert (tmp_path / "report.html").stat().st_size < 3e6
