"""What is printed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from made_up_runs import clock_only, collected, regression, run
from rich.console import Console

from sim.report.compared import compared
from sim.report.terminal import compare, print_summary, score
from sim.results.result import Result

pytestmark = pytest.mark.usefixtures("undrawn")


def printed(result: Result, width: int = 80) -> str:
    file = io.StringIO()
    print_summary(result, Console(file=file, width=width))
    return file.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def lines_of(*results: Result, folder: Path, width: int = 80) -> list[str]:
    table, curves = collected(folder, *results)
    file = io.StringIO()
    compare(compared(table, curves, 0.95), Console(file=file, width=width))
    return file.getvalue().replace("\N{NO-BREAK SPACE}", " ").splitlines()


def test_a_summary_says_what_a_person_asks_first() -> None:
    text = printed(run(status="target_reached", seconds_to_target=6.0, updates_to_target=300, wall_seconds=0.5))
    assert "async_ps · 8 workers · batch 32 · leaf_spine  target reached" in text
    assert "6 s (300 updates)" in text
    assert "97.0 %, best 97.0 %" in text
    assert "400 (50/s)" in text
    assert "mean 7.25, largest 12" in text
    assert "3.20 GB" in text
    assert "compute 70 %, communicate 20 %, wait 10 %" in text
    assert "500 ms" in text


def test_a_summary_says_how_busy_the_server_was() -> None:
    text = printed(run(server_utilisation=0.31, server_mean_response_seconds=0.0012, server_mean_queue=0.4))
    assert "31 % busy, responds in 1.20 ms, 0.40 in its queue" in text


def test_a_summary_says_how_fast_models_mix() -> None:
    assert "spectral gap 0.195" in printed(run("dpsgd", spectral_gap=0.19526))


def test_a_summary_says_how_the_losses_ended() -> None:
    text = printed(run(final_train_loss=0.0263, final_test_loss=0.0976, epochs=42.0, seconds_per_epoch=0.278))
    assert "training 0.0263, test 0.0976" in text
    assert "42 epochs of 278 ms" in text


def test_a_diverged_run_is_called_so() -> None:
    assert "DIVERGED" in printed(run(status="diverged"))


def test_a_summary_leaves_out_what_was_not_measured() -> None:
    text = printed(clock_only())
    assert "accuracy" not in text
    assert "target" not in text
    assert "None" not in text


def test_a_summary_of_replicas_has_margins() -> None:
    text = printed(run(seconds_to_target=6.0, ci95={"seconds_to_target": 0.25, "final_test_accuracy": 0.013}))
    assert "6 ± 0.25 s" in text
    assert "97.0 % ± 1.3 %" in text


def test_the_bar_is_divided_as_the_time_was() -> None:
    # 40 cells: 28 for 70 %, 8 for 20 %, 4 for 10 %.
    assert "█" * 28 + "▓" * 8 + "░" * 4 in printed(run())


def test_markup_in_a_name_is_printed_as_it_stands() -> None:
    assert "[red]x[/red]" in printed(run("[red]x[/red]"))


def test_a_comparison_fits_eighty_columns_with_a_row_per_run(tmp_path: Path) -> None:
    lines = lines_of(
        run(seconds_to_target=6.0, updates_to_target=300),
        regression(),
        run("dpsgd", status="diverged"),
        folder=tmp_path,
    )
    assert max(map(len, lines)) <= 80
    first, second, third = (next(line for line in lines if name in line) for name in ("async_ps", "allr", "dpsgd"))
    assert first.split() == ["async_ps", "6", "300", "97.0", "%", "400", "7.2", "70/", "20/", "10"]
    assert "RMSE 2" in second
    assert "diverged" in third


def test_long_labels_fold_and_keep_every_column(tmp_path: Path) -> None:
    lines = lines_of(run(network="a" * 60), run(network="b" * 60), folder=tmp_path)
    assert sum("70/ 20/ 10" in line for line in lines) == 2


def test_a_summary_says_how_exact_the_time_to_target_is() -> None:
    text = printed(run(seconds_to_target=6.0, updates_to_target=300, target_uncertainty_seconds=0.02))
    assert "6 s (300 updates), at most 20 ms earlier" in text
    assert "smoothed" not in text
    assert "smoothed, after  9 s" in " ".join(printed(run(smoothed_seconds_to_target=9.0)).split("\n")).replace(
        "   ", "  "
    )


def test_workers_models_of_their_own_are_shown_where_they_differ() -> None:
    own = {"mean_worker_loss": 0.5, "worst_worker_loss": 0.75}
    assert "mean 0.500, worst 0.750, 0.125 from their mean" in printed(run(consensus_distance=0.125, **own))
    assert "worst" not in printed(run(consensus_distance=0.0, **own))


def test_replicas_that_have_diverged_are_counted() -> None:
    result = run(seeds=(0, 1, 2), status="diverged", diverged_replicas=1)
    assert "1 of 3 replicas; the figures are of the other 2" in printed(result)
    assert score(result.summary) == "97.0\N{NO-BREAK SPACE}%, 1 diverged"
    none = run(seeds=(0, 1), status="diverged", diverged_replicas=2, final_test_accuracy=None)
    assert "2 of 2 replicas; the figures are of all" in printed(none)
    assert score(none.summary) == "diverged"


def test_a_comparison_says_how_coarse_it_is_and_shows_the_running_mean(tmp_path: Path) -> None:
    # Evaluated at 0, 2, ..., 8 s with accuracies 0.1, 0.5, 0.9, 0.96, 0.97: 0.925 is first exceeded at 6 s, below at 4;
    # means of two: 0.3, 0.7, 0.93, 0.965.
    table = compared(*collected(tmp_path, run()), 0.925, 2)
    file = io.StringIO()
    compare(table, Console(file=file, width=80))
    lines = file.getvalue().replace("\N{NO-BREAK SPACE}", " ").splitlines()
    place = next(number for number, line in enumerate(lines) if "async_ps" in line)
    assert lines[place].split()[:4] == ["async_ps", "6", "6", "300"]
    assert lines[place + 1].split() == ["−", "2"]
    assert any(line.startswith("−: so much earlier") for line in lines)
    assert any("mean of 2" in line for line in lines)


def test_a_comparison_without_a_running_mean_says_how_to_get_one(tmp_path: Path) -> None:
    table = compared(*collected(tmp_path, run()), 0.95, 5)
    file = io.StringIO()
    compare(table, Console(file=file, width=120))
    assert "until.smoothed_over=5" in file.getvalue()


def test_of_very_many_groups_the_first_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    lines = lines_of(*(run(workers=2 + place) for place in range(70)), folder=tmp_path, width=120)
    said = lines.index("the first 60 of 70; all are in report.html and groups.csv")
    assert sum(" workers " in line for line in lines[:said]) == 60
