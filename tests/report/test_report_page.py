"""report.html."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from html_page import FETCHING, Page
from made_up_runs import clock_only, collected, regression, run

from sim.report.compared import compared
from sim.report.page import render
from sim.results.result import Result

pytestmark = pytest.mark.usefixtures("undrawn")


def page(*results: Result, folder: Path, target: float = 0.95) -> str:
    table, curves = collected(folder, *results)
    return render(compared(table, curves, target))


def coordinates(text: str) -> list[float]:
    paths = re.findall(r'<path class="(?:mean|seed)" d="([^"]*)"', text)
    return [float(number) for path in paths for number in re.findall(r"-?[\d.]+", path)]


def test_every_element_is_closed_in_order(tmp_path: Path) -> None:
    found = Page(page(run(), run("dpsgd", seeds=(0, 1)), regression(), clock_only("local"), folder=tmp_path))
    assert found.open == []
    assert found.tags.count("h1") == 1


def test_the_headline_names_the_first_to_reach_the_target(tmp_path: Path) -> None:
    found = Page(page(run("slow", interval=4.0), run("fast", interval=1.0), folder=tmp_path))
    assert found.words["h1"] == "fast reached 95 % test accuracy first, after 3 s"
    assert "slow needed 12 s (4.0× as long)" in found.words["p"].replace("4×", "4.0×")


def test_the_target_moves_the_arrival(tmp_path: Path) -> None:
    found = Page(page(run(interval=1.0), folder=tmp_path, target=0.5))
    assert found.words["h1"] == "async_ps reached 50 % test accuracy first, after 1 s"


def test_the_headline_says_when_nobody_reached_it(tmp_path: Path) -> None:
    found = Page(page(run(), folder=tmp_path, target=0.99))
    assert found.words["h1"] == "No run reached 99 % test accuracy"
    assert "async_ps came closest: 97.0 %." in found.words["p"]


def test_the_table_has_a_row_per_run_in_order_of_arrival(tmp_path: Path) -> None:
    found = Page(page(run("slow", interval=4.0), run("fast", interval=1.0), folder=tmp_path))
    heads, first, second = found.rows
    assert dict(zip(heads, first, strict=True)) == {
        "run": "fast",
        "time to 95 % (s)": "3",
        "times the first": "1",
        "early by at most (s)": "1",
        "seeds": "1",
        "updates to it": "300",
        "accuracy at the end (%)": "97.0",
        "compute (%)": "70",
        "communicate (%)": "20",
        "wait (%)": "10",
        "staleness, mean (largest)": "7.25 (12)",
        "updates": "400",
        "updates per second": "100",
        "sent (GB)": "3.20",
        "virtual time (s)": "4",
    }
    assert second[:3] == ["slow", "12", "4"]


def test_nothing_outside_the_page_is_referred_to(tmp_path: Path) -> None:
    text = page(run(), regression(), folder=tmp_path)
    found = Page(text)
    assert not [(tag, name, value) for tag, name, value in found.attributes if name in FETCHING]
    assert not re.findall(r"https?://(?!www\.w3\.org/2000/svg)|//cdn|@import|url\(", text)


def test_the_browser_is_told_to_fetch_nothing(tmp_path: Path) -> None:
    assert "default-src 'none'" in page(run(), folder=tmp_path)


def test_text_from_files_is_escaped(tmp_path: Path) -> None:
    evil = "<script>alert(1)</script>\"' onload='x"
    found = Page(page(run(evil, version=evil), run("b", network="</style>"), run("b", network="<b>"), folder=tmp_path))
    assert found.tags.count("script") == 1  # the page's own
    assert "alert(1)</script>" in found.words["h1"] + found.words["th"]
    assert not [name for _, name, _ in found.attributes if name.startswith("on")]


def test_the_same_runs_give_the_same_page(tmp_path: Path) -> None:
    assert page(run(), regression(), folder=tmp_path) == page(run(), regression(), folder=tmp_path)


def test_accuracy_and_rmse_get_charts_of_their_own(tmp_path: Path) -> None:
    found = Page(page(run(), regression(), folder=tmp_path))
    assert found.words["h3"] == "Test accuracy (%)Test lossTest RMSETest loss of the regression"


def test_runs_that_learn_nothing_are_compared_by_speed(tmp_path: Path) -> None:
    runs = [clock_only("a", samples_per_second=10.0), clock_only("b", samples_per_second=20.0)]
    found = Page(page(*runs, folder=tmp_path))
    assert found.words["h1"] == "b processed the most samples per virtual second, 20"
    assert "These runs measure no test accuracy." in found.words["p"]
    assert "Learning curves" not in found.words["h2"]
    assert found.rows[0][:2] == ["run", "samples per second"]


def test_runs_of_regression_are_compared_by_rmse(tmp_path: Path) -> None:
    found = Page(page(regression("a"), regression("b", final_test_rmse=None), folder=tmp_path))
    assert found.words["h1"] == "a ended with the lowest test RMSE, 2"


@pytest.mark.parametrize("loss", [math.nan, math.inf, 1e308, 0.0])
def test_a_diverged_run_stays_inside_its_chart(tmp_path: Path, loss: float) -> None:
    diverged = run("a", status="diverged")
    for metric in diverged.metrics[2:]:
        metric.test_loss = loss
    text = page(diverged, run("b"), folder=tmp_path)
    assert all(0 <= value <= 520 for value in coordinates(text))
    assert "nan" not in text.replace("nan ", "").lower().split("<style>")[0]


def test_an_accuracy_of_one_hundred_per_cent_is_drawn(tmp_path: Path) -> None:
    perfect = run()
    for metric in perfect.metrics:
        metric.test_accuracy = 1.0
    text = page(perfect, folder=tmp_path)
    path = re.search(r'<path class="mean" d="([^"]*)"', text)
    assert path is not None
    assert path[1].count("L") == 4  # five evaluations


def test_runs_of_very_different_length_share_a_logarithmic_axis(tmp_path: Path) -> None:
    text = page(run("a", interval=1.0), run("b", interval=100.0), folder=tmp_path)
    assert "virtual time (s, log scale)" in text
    assert "virtual time (s)" in page(run("a", interval=1.0), run("b", interval=2.0), folder=tmp_path)


def test_a_seed_that_missed_the_target_is_counted(tmp_path: Path) -> None:
    half = run(seeds=(0, 1))
    half.metrics = [row for row in half.metrics if row.seed == 0 or (row.test_accuracy or 0.0) < 0.95]
    found = Page(page(half, run("b"), folder=tmp_path))
    assert found.rows[2][:2] == ["async_ps", "≥ 7"]  # 6 s, and 8 s of the seed that was cut off


def test_more_runs_than_colours_are_drawn_in_grey(tmp_path: Path) -> None:
    found = Page(page(*(run(interval=1.0 + place / 10, workers=place + 1) for place in range(10)), folder=tmp_path))
    classes = [value for tag, name, value in found.attributes if tag == "g" and name == "class"]
    assert classes.count("line other") == 4  # two runs in two charts
    assert "2 more" in found.words["li"]


def test_every_bar_is_as_long_as_its_share(tmp_path: Path) -> None:
    text = page(run(), folder=tmp_path)
    assert re.findall(r'<i class="(\w+)" style="width:([\d.]+)%"', text) == [
        ("compute", "70.000"),
        ("communicate", "20.000"),
        ("wait", "10.000"),
    ]


def test_what_was_not_measured_has_no_bar(tmp_path: Path) -> None:
    unknown = {"compute_fraction": None, "communicate_fraction": None, "wait_fraction": None}
    assert "not measured" in Page(page(run("a"), run("b", **unknown), folder=tmp_path)).words["em"]
    assert "Where the time went" not in page(run("b", **unknown), run("a", **unknown), folder=tmp_path)


def test_a_sweep_has_bars_for_its_first_forty_runs(tmp_path: Path) -> None:
    found = Page(page(*(run(workers=place + 1) for place in range(42)), folder=tmp_path))
    assert found.tags.count("i") == 40 * 3
    assert "The other 2 runs are in the table." in found.words["p"]
