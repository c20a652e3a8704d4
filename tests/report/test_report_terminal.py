"""What is printed."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from made_up_runs import clock_only, collected, regression, run
from rich.console import Console

from sim.report.terminal import compare, print_summary
from sim.results.result import Result

pytestmark = pytest.mark.usefixtures("undrawn")


def printed(result: Result, width: int = 80) -> str:
    file = io.StringIO()
    print_summary(result, Console(file=file, width=width))
    return file.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def compared(*results: Result, folder: Path, width: int = 80) -> list[str]:
    table, _ = collected(folder, *results)
    file = io.StringIO()
    compare(table, Console(file=file, width=width))
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
    lines = compared(
        run(seconds_to_target=6.0, updates_to_target=300),
        regression(),
        run("dpsgd", status="diverged"),
        folder=tmp_path,
    )
    assert max(map(len, lines)) <= 80
    first, second, third = (next(line for line in lines if name in line) for name in ("async_ps", "allr", "dpsgd"))
    assert first.split() == ["async_ps", "6", "–", "300", "97.0", "%", "7.2", "70/", "20/", "10"]
    assert "RMSE 2" in second
    assert "diverged" in third


def test_long_labels_fold_and_keep_every_column(tmp_path: Path) -> None:
    lines = compared(run(network="a" * 60), run(network="b" * 60), folder=tmp_path)
    assert sum("70/ 20/ 10" in line for line in lines) == 2
