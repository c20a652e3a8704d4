"""What a figure shows is what the runs came to, at the size that it has on paper."""

from __future__ import annotations

import csv
import json
import math
import re
import struct
from pathlib import Path

import numpy as np
import pytest
from made_up_sweep import SECONDS, write

from sim.evidence.interval import mean_interval
from sim.plot.asked import COLUMNS, Asked
from sim.plot.cells import read_runs
from sim.plot.command import main
from sim.plot.draw import Drawn, drawn
from sim.plot.latex import latex_table
from sim.plot.page import TEXT, files
from sim.plot.quantity import Scale
from sim.report.command import main as report
from sim.report.mark import DASHES


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("sweep"))


def asked(sweep: Path, **what: object) -> Drawn:
    given = Asked(**what)  # type: ignore[arg-type]
    return drawn(read_runs([sweep], given.where), given)


def test_a_point_is_the_mean_over_the_seeds_with_students_interval(sweep: Path) -> None:
    found = asked(sweep, y="seconds_to_target", x="workers", by=["protocol"])
    rows = {(row["name"], row["workers"]): row for row in found.picture.rows}
    seconds = [each for each in SECONDS["alpha"][2] if each is not None]
    expected = mean_interval(seconds)
    row = rows["alpha", 2]
    assert (row["seconds_to_target"], row["low95"], row["high95"]) == expected[:3]
    assert row["bound"] == ""


def test_seeds_that_were_cut_off_make_a_lower_bound(sweep: Path) -> None:
    found = asked(sweep, y="seconds_to_target", x="workers", by=["protocol"])
    row = next(row for row in found.picture.rows if (row["name"], row["workers"]) == ("beta", 8))
    # 3 s, 5 s, and one that waited 9 s in vain.
    assert row["seconds_to_target"] == pytest.approx((3.0 + 9.0 + 5.0) / 3)
    assert (row["bound"], row["low95"]) == ("at least", None)
    assert any("1 of 4" in line for line in found.picture.caption)


def test_a_speed_up_is_the_geometric_mean_of_the_seeds_ratios(sweep: Path) -> None:
    found = asked(sweep, y="speed_up", x="workers", by=["protocol"])
    rows = {(row["name"], row["workers"]): row for row in found.picture.rows}
    assert rows["alpha", 2]["speed_up"] == 1.0
    assert rows["alpha", 8]["speed_up"] == pytest.approx(4.0)  # of every seed: 4/1, 5/1.25, 6/1.5
    assert rows["beta", 8]["speed_up"] == pytest.approx((6 / 3 * 6.5 / 9 * 8.5 / 5) ** (1 / 3))
    assert rows["beta", 8]["bound"] == "at most"


def test_a_speed_up_over_seeds_of_which_the_fewest_workers_were_cut_off_is_more_than_that(tmp_path: Path) -> None:
    write(tmp_path, {"alpha": {2: (4.0, None), 8: (1.0, 1.5)}, "beta": {2: (None, 2.0), 8: (None, 1.0)}})
    found = asked(tmp_path, y="speed_up", x="workers", by=["protocol"])
    rows = {(row["name"], row["workers"]): row for row in found.picture.rows}
    # The second seed waited 9 s in vain with two workers.
    assert rows["alpha", 8]["speed_up"] == pytest.approx((4.0 / 1.0 * 9.0 / 1.5) ** 0.5)
    assert rows["alpha", 8]["bound"] == "at least"
    assert ("beta", 8) not in rows  # seeds of both were cut off
    assert any("1 of 4 groups" in line for line in found.picture.caption)


def test_seeds_that_diverged_are_said_to_be_left_out(tmp_path: Path) -> None:
    write(tmp_path, {"alpha": {2: (4.0, 5.0, 6.0)}, "beta": {2: (4.0, 5.0, 6.0)}})
    path = tmp_path / "beta-2-1" / "summary.json"
    lost = json.loads(path.read_text()) | {"status": "diverged", "final_test_accuracy": None}
    path.write_text(json.dumps(lost))
    found = asked(tmp_path, y="final_test_accuracy", x="workers", by=["protocol"])
    assert "Seeds that diverged have no such figure and are left out: beta (1)." in found.picture.caption
    assert found.table is not None
    assert [row.without for row in found.table.rows] == [0, 1]
    assert "beta (1)" in latex_table(found.table, "accuracy", Scale(0.01, "%"))


def test_another_target_is_raced_to_by_the_evaluations(sweep: Path) -> None:
    found = asked(sweep, y="seconds_to_target", x="workers", by=["protocol"], target=0.6)
    row = next(row for row in found.picture.rows if (row["name"], row["workers"]) == ("beta", 8))
    assert row["seconds_to_target"] == pytest.approx((1.5 + 4.5 + 2.5) / 3)  # the evaluation halfway
    assert row["bound"] == ""


def test_a_gantt_chart_is_of_the_run_of_the_first_seed(tmp_path: Path) -> None:
    write(tmp_path, {"alpha": {2: (4.0, 5.0)}})
    (tmp_path / "alpha-2-0").rename(tmp_path / "z")  # its folder comes last
    spans = {"worker": np.zeros(1, np.int32), "start": np.zeros(1), "kind": np.array(["compute"])}
    for folder, end in (("z", 3.0), ("alpha-2-1", 7.0)):
        np.savez(tmp_path / folder / "spans.npz", **spans, end=np.array([end]))
    found = asked(tmp_path, y="gantt")
    assert [row["end"] for row in found.picture.rows] == [3.0]
    assert found.picture.caption == ["The run of seed 0."]


def test_efficiency_is_the_speed_up_over_the_workers(sweep: Path) -> None:
    found = asked(sweep, y="efficiency", x="workers", by=["protocol"])
    assert {row["workers"]: row["efficiency"] for row in found.picture.rows if row["name"] == "alpha"} == {
        2: 1.0,
        8: pytest.approx(4.0 / 4),
    }
    throughput = asked(sweep, y="throughput_efficiency", x="workers", by=["protocol"])
    assert [row["throughput_efficiency"] for row in throughput.picture.rows] == pytest.approx([1.0] * 4)


@pytest.mark.parametrize(("x", "last"), [("seconds", 4.0), ("updates", 40), ("epochs", 2.0), ("bytes", 4e6)])
def test_a_curve_goes_as_far_as_the_first_of_its_seeds(sweep: Path, x: str, last: float) -> None:
    found = asked(sweep, y="test_accuracy", x=x, by=["protocol"], where={"protocol": ["alpha"], "workers": ["2"]})
    assert found.picture.rows[-1][x] == last


def test_a_curve_is_the_mean_of_straight_lines_with_its_interval(sweep: Path) -> None:
    found = asked(
        sweep, y="test_accuracy", x="seconds", by=["protocol"], where={"protocol": ["alpha"], "workers": ["2"]}
    )
    row = next(row for row in found.picture.rows if row["seconds"] == 1.0)
    # Evaluations at quarters of 4, 5 and 6 s, between which accuracy moves in a line from 0.1 to 0.4.
    at_one = mean_interval([0.4, 0.1 + 0.3 / 1.25, 0.1 + 0.3 / 1.5])
    assert (row["test_accuracy"], row["low95"], row["high95"]) == pytest.approx(at_one[:3])


def test_staleness_is_the_share_of_all_applied_gradients(sweep: Path) -> None:
    found = asked(sweep, y="staleness", by=["protocol"], where={"workers": ["2"]})
    assert [row["share"] for row in found.picture.rows if row["name"] == "alpha"] == [0.25, 0.0, 0.75]


def test_utilisation_has_the_shares_of_the_time(sweep: Path) -> None:
    rows = asked(sweep, y="utilisation", x="workers", by=["protocol"]).picture.rows
    assert len(rows) == 4
    assert all((row["compute"], row["communicate"], row["wait"]) == pytest.approx((0.5, 0.3, 0.2)) for row in rows)


def test_without_words_the_race_is_drawn_over_the_workers(sweep: Path) -> None:
    found = asked(sweep)
    assert found.picture.file == "seconds_to_target_over_workers"
    assert [*found.picture.marks] == ["alpha", "beta"]
    assert found.said == ["--y seconds_to_target --x workers", "--by protocol"]


KINDS = (
    {"y": "seconds_to_target", "x": "workers"},
    {"y": "speed_up", "x": "workers"},
    {"y": "test_accuracy", "x": "seconds", "facets": ["workers"]},
    {"y": "staleness", "facets": ["workers"]},
    {"y": "utilisation", "x": "workers"},
    {"y": "bytes_sent", "x": "protocol", "facets": ["workers"]},
    {"y": "seconds_to_target", "x": "samples_per_second"},
)


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: f"{kind['y']}-{kind.get('x')}")
@pytest.mark.parametrize("columns", COLUMNS)
def test_a_figure_is_as_wide_as_the_columns_and_its_text_of_eight_points(
    sweep: Path, kind: dict[str, object], columns: int
) -> None:
    found = dict(files(asked(sweep, **kind).picture, columns, ["pdf", "svg", "png"]))
    pdf, svg, png = (next(data for name, data in found.items() if name.endswith(end)) for end in ("pdf", "svg", "png"))
    box = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", pdf)
    assert box is not None
    points = COLUMNS[columns] / 25.4 * 72
    assert float(box[1]) == pytest.approx(points, abs=0.01)
    assert b"/Type3" not in pdf  # publishers refuse such fonts
    width = re.search(rb'width="([\d.]+)pt"', svg)
    assert width is not None
    assert float(width[1]) == pytest.approx(points, abs=0.01)
    assert abs(struct.unpack(">I", png[16:20])[0] - points / 72 * 300) < 1
    assert dict(files(asked(sweep, **kind).picture, columns, ["pdf", "svg", "png"])) == found  # the same bytes


def test_all_text_of_a_figure_has_the_same_size(sweep: Path) -> None:
    import matplotlib
    from matplotlib.text import Text

    from sim.plot import page

    picture = asked(sweep, y="seconds_to_target", x="workers").picture
    with matplotlib.rc_context(page._STYLE):  # type: ignore[arg-type]
        figure = page._figure(picture, COLUMNS[1] / 25.4)
        figure.draw_without_rendering()
        texts = [text for text in figure.findobj(Text) if text.get_text()]
        assert {text.get_fontsize() for text in texts} == {TEXT} == {8.0}
        renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
        boxes = [text.get_window_extent(renderer) for text in texts if text.get_visible()]
        assert all(box.x0 >= -1 and box.x1 <= figure.bbox.x1 + 1 for box in boxes), "text is cut off"
        assert all(box.y0 >= -1 and box.y1 <= figure.bbox.y1 + 1 for box in boxes), "text is cut off"


def test_what_is_drawn_is_beside_the_figure_as_numbers(
    sweep: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--x", "workers", "--y", "seconds_to_target", "--by", "protocol", "--format", "png", "--columns", "1"]
    assert main([str(sweep), *words, "--output", str(tmp_path)]) == 0
    names = {path.name for path in tmp_path.iterdir()}
    base = "seconds_to_target_over_workers"
    ends = {"_1col.png", ".csv", "_table.tex", "_table.csv", "_methods.tex", "_methods.md", "_paper.tex"}
    assert names == {*(f"{base}{end}" for end in ends), "paceline.bib"}
    rows = list(csv.DictReader((tmp_path / f"{base}.csv").read_text().splitlines()))
    assert len(rows) == 4
    assert math.isclose(float(rows[0]["seconds_to_target"]), 5.0)
    printed = capsys.readouterr().out
    assert all(str(tmp_path / name) in printed for name in names)


MISTAKES = {
    "--y seconds": "--y seconds: no such figure; did you mean",
    "--y nonsense_at_all": "--y nonsense_at_all: no such figure; choose of",
    "--by protocl": "--by protocl: no run has it; did you mean protocol?",
    "--facets protocol --by protocol": "--facets protocol: it is asked for by --by, too; leave one of them out",
    "--x seconds --y staleness": "--x seconds: staleness is no curve",
    "--x workers --y train_loss": "--x workers: train_loss is a curve; choose --x seconds, updates, epochs, bytes",
    "--x seconds --y samples_per_second": "--x seconds: samples_per_second is no curve",
    "--x seed": "--x seed: runs that differ in it only are one point",
    "--x nothing --y samples_per_second": "--x nothing: no run has it",
    "--by protocol --x protocol": "--by protocol: it is asked for by --x, too",
    "--by protocol --x optimizer.lr --y samples_per_second": "runs at one point differ in workers; give --by or",
    "--where protocol=gamma": "--where protocol=gamma: no run has it; choose of alpha, beta",
    "--where protocol": "must be KEY=VALUE",
    "--where workers=2 --where workers=8": "--where workers: given twice",
    "--y gantt": "has no spans; simulate it with record.spans=true",
    "--window 0:1": "--window: only --y gantt has one; leave it out",
    "--window 2:1 --y gantt": "must be FROM:TO in seconds",
    "--columns 3": "must be of 1 and 2",
    "--format gif": "must be of pdf, svg, png",
    "--target 2": "must be above 0 and at most 1",
    "--target 0.5 --y bytes_sent --x workers": "--target: bytes_sent goes by the runs' own target or by none",
    "--target 0.5 --y updates_to_target --x workers": "--target: updates_to_target goes by the runs' own target",
    "--y speed_up --x protocol --by workers": "--x protocol: speed_up is that of more workers beside the fewest",
    "--baseline alpha --y seconds_to_target --x samples_per_second --by network": "no table to compare in",
    "--baseline gamma --x workers": "--baseline gamma: no such name; choose of alpha, beta",
    "--best optimizer.lr --y mean_staleness --x workers": "no run has it",
    "--y spectral_gap --best optimizer.lr": "neither more nor less is better",
}


@pytest.mark.parametrize("words", MISTAKES)
def test_a_mistake_is_told_in_one_line(
    sweep: Path, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(sweep), *words.split(), "--output", str(tmp_path / "figures")]) == 2
    said = capsys.readouterr().err
    assert said.startswith("paceline plot: ")
    assert said.count("\n") == 1
    assert MISTAKES[words] in said
    assert not (tmp_path / "figures").exists()


def test_a_name_looks_the_same_on_the_page_of_the_report(sweep: Path, tmp_path: Path) -> None:
    assert report([str(sweep), "--target", "0.9", "--output", str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text()
    by = ["protocol", "workers"]
    for name, mark in asked(sweep, y="seconds_to_target", x="network", by=by).picture.marks.items():
        style = f"s{mark.place} d{DASHES.index(mark.dashes)}"
        assert re.search(rf'class="key {style}"[^\n]*</svg>{name}\b', page), name
