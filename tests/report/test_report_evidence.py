"""Runs that differ in the seed only are one row, and rows are compared seed by seed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from made_up_runs import clock_only, collected, run, save

from sim.report.collect import collect
from sim.report.command import main
from sim.report.compared import compared
from sim.report.comparison import comparisons
from sim.report.sentences import against_itself, differences, said_of, unit_of_differences
from sim.report.tables import tables
from sim.results.failure import Failure
from sim.results.read import read_metrics, read_replicas
from sim.results.replicas import average
from sim.results.result import Result
from sim.results.rows import Metric

pytestmark = pytest.mark.usefixtures("undrawn")


def racer(protocol, seed, seconds, bound=100.0, **fields):
    """A run that is at 0.96 after so many seconds, where that is before the bound."""
    curve = [Metric(seed, 0.0, 0, None, test_accuracy=0.1)]
    curve.append(Metric(seed, min(seconds, bound), 10, None, test_accuracy=0.96 if seconds < bound else 0.5))
    return Result(run(protocol, seeds=(seed,), **fields).summary, curve)


def judged(folder, results, **options):
    table, curves = collected(folder, *results)
    return compared(table, curves, 0.95, **options)


def noise(seed, n, scale):
    return np.random.default_rng(seed).normal(0.0, scale, n)


def test_runs_that_differ_in_the_seed_only_are_one_row(tmp_path):
    found = judged(tmp_path, [racer(name, seed, 5.0 + seed) for name in ("a", "b") for seed in range(3)])
    assert found.table["label"].to_list() == ["a", "b"]
    assert found.table["report.seeds"].to_list() == [3, 3]
    assert found.table["report.seconds_to_target"].to_list() == [6.0, 6.0]
    assert {len(runs) for runs in found.groups.runs.values()} == {3}


def test_a_difference_that_every_seed_shows_is_told_apart_however_much_seeds_scatter(tmp_path):
    # Seeds scatter by 3 s, the algorithms differ by 1.7 +- 0.3: unpaired, that would be no difference at all.
    start = 20.0 + noise(0, 5, 3.0)
    later = start + 1.7 + noise(1, 5, 0.3)
    found = judged(
        tmp_path, [racer(name, seed, times[seed]) for name, times in (("a", start), ("b", later)) for seed in range(5)]
    )
    (verdict,) = found.verdicts.rows
    assert verdict.difference.paired
    assert verdict.told_apart
    said = said_of(comparisons(found.table), found.verdicts, 0.95)
    assert "".join(said.headline).startswith("a reached 95")
    assert "told apart" in said.lead[0]


def test_a_difference_that_seeds_contradict_names_no_winner(tmp_path):
    start = 20.0 + noise(0, 5, 3.0)
    later = start + 0.3 + noise(1, 5, 0.8)
    found = judged(
        tmp_path, [racer(name, seed, times[seed]) for name, times in (("a", start), ("b", later)) for seed in range(5)]
    )
    assert found.verdicts.rows[0].told_apart is False
    said = said_of(comparisons(found.table), found.verdicts, 0.95)
    headline = "".join(said.headline)
    assert "cannot be told apart" in headline
    assert "first" not in headline
    assert all(each.effect.startswith("≈") for each in differences(found, unit_of_differences(found)).values())


def test_many_comparisons_are_corrected_together(tmp_path):
    start = 20.0 + noise(0, 5, 1.0)
    runs = [racer("first", seed, start[seed]) for seed in range(5)]
    runs += [
        racer(f"p{other}", seed, start[seed] + 0.2 + noise(other + 1, 5, 0.15)[seed])
        for other in range(6)
        for seed in range(5)
    ]
    found = judged(tmp_path, runs)
    assert all(verdict.p >= verdict.difference.p for verdict in found.verdicts.rows)
    assert max(verdict.p / verdict.difference.p for verdict in found.verdicts.rows) == pytest.approx(6.0)


def test_a_seed_that_did_not_get_there_counts_up_to_its_bound(tmp_path):
    runs = [racer("a", seed, 10.0 + seed) for seed in range(4)]
    runs += [racer("b", seed, 12.0 + seed if seed else 1e9, bound=50.0) for seed in range(4)]
    found = judged(tmp_path, runs)
    second = found.table.to_dicts()[1]
    assert (second["report.seeds_reached"], second["report.horizon_seconds"]) == (3, 50.0)
    assert second["report.restricted_seconds"] == pytest.approx((50.0 + 13.0 + 14.0 + 15.0) / 4)
    assert second["report.median_seconds"] == 14.0
    assert found.verdicts.rows[0].difference.effect == pytest.approx((40.0 + 2.0 + 2.0 + 2.0) / 4)


def test_a_run_that_diverged_would_wait_for_ever(tmp_path):
    # It ended after 1 s, which must not become the bound of everybody.
    runs = [racer("a", seed, 10.0 + seed) for seed in range(3)]
    runs += [racer("b", 0, 1e9, bound=1.0, status="diverged"), racer("b", 1, 14.0), racer("b", 2, 15.0)]
    found = judged(tmp_path, runs)
    assert found.verdicts.rows[0].difference.effect == pytest.approx(((15.0 - 10.0) + 3.0 + 3.0) / 3)
    assert "diverged" in found.table.to_dicts()[1]["status"]


def test_runs_that_learn_nothing_are_paired_by_speed(tmp_path):
    runs = [
        clock_only(name, seeds=(seed,), samples_per_second=rate + seed)
        for name, rate in (("a", 10.0), ("b", 12.0))
        for seed in range(5)
    ]
    found = judged(tmp_path, runs)
    assert found.verdicts.criterion.column == "samples_per_second"
    assert found.table["protocol"].to_list() == ["b", "a"]
    assert (found.verdicts.rows[0].difference.effect, found.verdicts.rows[0].told_apart) == (-2.0, True)


def test_replicas_are_seeds_like_others(tmp_path):
    seeds = [racer("a", seed, 10.0 + seed, samples_per_second=float(seed)) for seed in range(4)]
    save(average(seeds), tmp_path / "a")
    for seed in range(4):
        save(racer("b", seed, 11.0 + seed), tmp_path / "b" / str(seed))
    assert [summary.seed for summary in read_replicas(tmp_path / "a" / "replicas.parquet")] == [0, 1, 2, 3]
    table = collect([tmp_path])
    found = compared(table, {name: read_metrics(Path(name) / "metrics.csv") for name in table["run"]}, 0.95)
    assert found.verdicts.rows[0].difference.paired
    assert found.verdicts.rows[0].difference.effect == 1.0


def test_repeated_runs_are_compared_not_merged(tmp_path):
    for folder in ("one", "two"):
        for seed in range(3):
            save(racer("a", seed, 10.0 + seed), tmp_path / folder / str(seed))
    table = collect([tmp_path])
    found = compared(table, {name: read_metrics(Path(name) / "metrics.csv") for name in table["run"]}, 0.95)
    assert found.table["report.seeds"].to_list() == [3, 3]
    assert found.verdicts.rows[0].difference.effect == 0.0
    assert found.verdicts.rows[0].told_apart is False


def test_the_tables_carry_intervals_and_every_seed(tmp_path, capsys):
    for name, late in (("a", 0.0), ("b", 1.0)):
        for seed in range(3):
            save(racer(name, seed, 10.0 + seed + late), tmp_path / name / str(seed), "workers: 8\n")
    assert main([str(tmp_path)]) == 0
    assert "told apart" in capsys.readouterr().out
    runs, groups, seeds = (pl.read_parquet(tmp_path / f"{name}.parquet") for name in ("runs", "groups", "seeds"))
    assert (len(runs), len(groups), len(seeds)) == (6, 2, 6)
    assert groups["report.difference"].to_list() == [None, 1.0]
    assert groups["report.told_apart"].to_list() == [None, True]
    assert seeds["report.waited_seconds"].to_list() == [10.0, 11.0, 12.0, 11.0, 12.0, 13.0]
    assert runs["report.seconds_to_target_ci95"].null_count() == 0


def test_tables_of_one_seed_have_no_verdict(tmp_path):
    table, curves = collected(tmp_path, racer("a", 0, 10.0), racer("b", 0, 11.0))
    found = compared(table, curves, 0.95)
    assert found.verdicts.rows[0].told_apart is None
    assert any("may be chance" in line for line in said_of(comparisons(found.table), found.verdicts, 0.95).lead)
    assert set(tables(table, found)) == {"runs", "groups", "seeds"}


def test_an_algorithm_against_itself_shows_the_noise(tmp_path):
    found = judged(tmp_path, [racer("a", seed, 10.0 + seed % 2) for seed in range(6)] + [racer("b", 0, 30.0)])
    # Even seeds take 10 s, odd ones 11: it is told from itself, which is what the row is for.
    assert (found.itself.difference.effect, found.itself.difference.paired) == (1.0, False)
    assert against_itself(found).endswith("told apart, though it is the same.")
    few = judged(tmp_path / "few", [racer("a", seed, 10.0 + seed) for seed in range(3)])
    assert few.itself is None
    assert against_itself(few) == ""


def test_many_tasks_have_profiles_and_interquartile_means(tmp_path, capsys):
    # a is best on both small tasks, b on the large one; on each, seeds take the same time.
    times = {("a", 2): 1.0, ("a", 4): 2.0, ("a", 8): 8.0, ("b", 2): 3.0, ("b", 4): 3.0, ("b", 8): 4.0}
    for (name, workers), seconds in times.items():
        for seed in range(3):
            save(racer(name, seed, seconds, workers=workers), tmp_path / f"{name}{workers}{seed}")
    assert main([str(tmp_path), "--by", "protocol"]) == 0
    text = capsys.readouterr().out.replace("\N{NO-BREAK SPACE}", " ")
    assert "Each protocol over 3 tasks" in text
    rows = {line.split()[0]: line.split() for line in text.splitlines() if "]" in line and line[1:2] in "ab"}
    # Ratios to the best: a 1, 1, 2; b 3, 1.5, 1; each three times, so that the middle half of nine is five of them.
    assert rows["a"][1] == "1.20"
    assert rows["a"][-8:] == ["67", "%", "67", "%", "100", "%", "100", "%"]
    assert rows["b"][-8:] == ["33", "%", "67", "%", "67", "%", "100", "%"]
    assert "Each protocol over 3 tasks" in (tmp_path / "report.html").read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--by", "nothing"],
            "--by nothing: no run has it; give a key that the runs have",
        ),
        (["--by", "batch"], "--by batch: all runs have 32; give a key that differs"),
        (
            ["--by", "protocol"],
            "--by protocol: its values meet on one task only; leave it out",
        ),
        (["--by", "protocol", "--target", "0.99"], "--by protocol: compares times to the target, which no run reached"),
    ],
)
def test_what_is_no_comparison_over_tasks_is_refused(tmp_path, capsys, arguments, message):
    save(racer("a", 0, 1.0), tmp_path / "a")
    save(racer("b", 0, 2.0), tmp_path / "b")
    assert main([str(tmp_path), *arguments]) == 2
    assert message in capsys.readouterr().err


def test_a_row_says_how_many_seeds_reached_it_diverged_and_failed(tmp_path, capsys):
    for seed in range(4):
        question = {".hydra/question.json": f'{{"question": "x", "more": [], "words": ["workers=8", "seed={seed}"]}}'}
        status = "diverged" if seed == 3 else "completed"
        racer("a", seed, 10.0 + seed if seed < 3 else 1e9, status=status).write(tmp_path / str(seed), question)
    Failure("too much", ["workers=8", "seed=4", "record.curve=true", "sweep.on_impossible=skip"], "").write(
        tmp_path / "4"
    )
    Failure("of another", ["workers=9", "seed=4"], "").write(tmp_path / "5")
    assert main([str(tmp_path)]) == 0
    text = capsys.readouterr().out
    assert "1 failed" in text
    assert "1 diverged" in text
    page = (tmp_path / "report.html").read_text()
    assert "4<small>3 reached</small><small>1 diverged</small><small>1 failed</small>" in page


def test_every_figure_of_several_seeds_has_its_interval(tmp_path):
    for seed in range(3):
        save(racer("a", seed, 10.0, updates=400 + seed, mean_staleness=7.0 + seed), tmp_path / str(seed))
    assert main([str(tmp_path)]) == 0
    page = (tmp_path / "report.html").read_text()
    # 401 and 8 with a standard deviation of 1: t(2, 0.975) / sqrt(3) = 2.48.
    assert "401<small>±\N{NO-BREAK SPACE}2.5</small>" in page
    assert "8 (12)<small>±\N{NO-BREAK SPACE}2.5</small>" in page


def test_who_was_cut_off_before_anybody_got_there_is_not_compared(tmp_path):
    # b ended after 5 s without it, a got there after 10: nobody knows which is the faster.
    runs = [racer("a", seed, 10.0 + seed) for seed in range(3)]
    runs += [racer("b", seed, 1e9, bound=5.0) for seed in range(3)]
    found = judged(tmp_path, runs)
    assert list(found.verdicts.rows) == [None]
    headline = "".join(said_of(comparisons(found.table), found.verdicts, 0.95).headline)
    assert headline.startswith("a reached 95")


def test_where_nobody_got_there_the_headline_says_so_and_ties_are_told(tmp_path):
    scores = {"a": [0.90, 0.80, 0.85, 0.88], "b": [0.89, 0.81, 0.86, 0.86]}
    runs = [
        racer(name, seed, 1e9, best_test_accuracy=score)
        for name, of_seed in scores.items()
        for seed, score in enumerate(of_seed)
    ]
    found = judged(tmp_path, runs)
    said = said_of(comparisons(found.table), found.verdicts, 0.95)
    assert "".join(said.headline).startswith("No run reached")
    assert said.lead[0].endswith("and b came closest and cannot be told apart.")


def test_rows_of_too_few_seeds_are_said_to_be_where_chance_has_put_them(tmp_path):
    runs = [racer("a", seed, 10.0 + seed) for seed in range(3)] + [racer("b", 7, 20.0), racer("c", 9, 30.0)]
    found = judged(tmp_path, runs)
    lead = said_of(comparisons(found.table), found.verdicts, 0.95).lead
    assert "2 of them have too few seeds to tell: their place may be chance." in lead


def test_how_often_the_first_is_ahead_goes_by_what_is_better(tmp_path):
    rates = {"slow": [10.0, 11.0, 12.0, 13.0], "fast": [12.0, 13.0, 14.0, 12.9]}
    runs = [
        clock_only(name, seeds=(seed,), samples_per_second=rate)
        for name, of_seed in rates.items()
        for seed, rate in enumerate(of_seed)
    ]
    found = judged(tmp_path, runs)
    assert found.table["protocol"].to_list() == ["fast", "slow"]
    (said,) = differences(found, unit_of_differences(found)).values()
    assert said.ahead == 0.75  # three of four seeds
