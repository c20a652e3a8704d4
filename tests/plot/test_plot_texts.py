"""What stands beside a figure: the table with its paired intervals, the paragraph, and what to cite."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from made_up_sweep import write

from sim.evidence.difference import compare, holm
from sim.plot.asked import Asked
from sim.plot.cells import read_runs
from sim.plot.command import main
from sim.plot.draw import Drawn, drawn
from sim.plot.latex import escaped
from sim.plot.methods import bibtex, digest, paragraph


def run(words: list[str]) -> None:
    """Simulate one run by the command."""
    done = subprocess.run([sys.executable, "-m", "sim", *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


LATEX = shutil.which("pdflatex")


def asked(sweep: Path, **what: object) -> Drawn:
    given = Asked(**what)  # type: ignore[arg-type]
    return drawn(read_runs([sweep], given.where), given)


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("sweep"))


def test_differences_are_seed_by_seed_and_corrected_for_all_comparisons(sweep: Path) -> None:
    table = asked(sweep, y="seconds_to_target", x="workers", by=["protocol"]).table
    assert table is not None
    rows = {(row.place, row.name): row for row in table.rows}
    few = compare({0: 4.0, 1: 5.0, 2: 6.0}, {0: 6.0, 1: 6.5, 2: 8.5})
    # One seed waited 9 s in vain: that is where all are known.
    many = compare({0: 1.0, 1: 1.25, 2: 1.5}, {0: 3.0, 1: 9.0, 2: 5.0})
    assert few.paired
    assert few.p is not None
    assert many.p is not None
    expected = holm([few.p, many.p])
    for place, difference, p in ((("2",), few, expected[0]), (("8",), many, expected[1])):
        verdict = rows[place, "beta"].verdict
        assert verdict is not None
        assert verdict.difference == difference
        assert verdict.p == pytest.approx(p)
        assert rows[place, "alpha"].verdict is None
    cut = rows[("8",), "beta"]
    assert (cut.reached, cut.seeds) == (2, 3)
    assert (cut.mean.low, cut.mean.high) == (None, None)  # a bound has no interval


def test_any_name_may_be_the_baseline(sweep: Path) -> None:
    table = asked(sweep, y="samples_per_second", x="workers", by=["protocol"], baseline="beta").table
    assert table is not None
    assert {row.name for row in table.rows if row.verdict is None} == {"beta"}


def test_what_latex_takes_for_its_own_is_escaped() -> None:
    assert escaped(r"a_b & 5% #1 {x} $y$ ~ ^ \n") == (
        r"a\_b \& 5\% \#1 \{x\} \$y\$ \textasciitilde{} \textasciicircum{} \textbackslash{}n"
    )


def test_the_paragraph_says_what_was_run(sweep: Path) -> None:
    found = asked(sweep, y="seconds_to_target", x="workers", by=["protocol"])
    text = " ".join(paragraph(found.cells, ["protocol", "workers"], found.race, found.table))
    for fact in (
        "paceline 0.1.0",
        "We vary protocol: alpha, beta; workers: 2, 8 (all combinations).",
        "the 3 seeds 0 to 2",
        "network ideal",
        "mini-batches of 32 samples per worker",
        "learning rate 0.1",
        "90\N{NO-BREAK SPACE}% test accuracy",
        "censored, not left out",
        "Differences from alpha are taken seed by seed",
        "corrected for 2 comparisons by Holm's method",
        f"the 12 runs have the hash {digest(found.cells)}",
    ):
        assert fact in text, fact


def test_the_paragraph_of_runs_that_learn_nothing_says_so(tmp_path: Path) -> None:
    learn = paragraph(asked(write(tmp_path / "learn"), y="bytes_sent", x="workers").cells, [], "", None)[0]
    nothing = write(tmp_path / "nothing", learn=False)
    idle = paragraph(asked(nothing, y="bytes_sent", x="workers").cells, [], "", None)[0]
    assert "the gradient of every simulated worker is computed on data" in learn
    assert "gradient" not in idle
    assert "nothing is learned" in idle


@pytest.mark.slow
def test_the_paragraph_says_what_an_experiment_has_set_and_no_default(tmp_path: Path) -> None:
    words = ["problem=quadratic", "workers=2", "until.updates=4", "straggler=lognormal", "straggler.cv=0.3"]
    run([*words, "transport=tcp", "server.shards=2", f"hydra.run.dir={tmp_path}/run"])
    found = asked(tmp_path, y="bytes_sent", x="workers", by=[])
    text = " ".join(paragraph(found.cells, [], "", None))
    (said,) = re.findall(r"There are (.*); all other settings", text)
    assert said.split(", ")[-4:] == ["transport=tcp", "until.updates=4", "straggler.cv=0.3", "server.shards=2"]


def test_the_reference_has_the_version_and_a_hash_of_the_runs_that_are_shown(sweep: Path) -> None:
    everything, part = asked(sweep), asked(sweep, where={"protocol": ["alpha"]})
    said = bibtex(everything.cells)
    assert re.search(r"Version 0\.1\.0, configurations [0-9a-f]{16}", said)
    assert digest(everything.cells) in said
    assert digest(everything.cells) == digest([*everything.cells][::-1]) != digest(part.cells)


@pytest.mark.slow
@pytest.mark.skipif(LATEX is None, reason="pdflatex is not installed")
@pytest.mark.parametrize(
    "words", ["--y seconds_to_target --x workers", "--y test_accuracy --columns 2", "--y utilisation"]
)
def test_latex_compiles_all_of_it(sweep: Path, words: str, tmp_path: Path) -> None:
    assert main([str(sweep), *words.split(), "--output", str(tmp_path)]) == 0
    (paper,) = tmp_path.glob("*_paper.tex")
    for program in (["pdflatex", "-interaction=nonstopmode", "-halt-on-error", paper.name], ["bibtex", paper.stem]) * 2:
        done = subprocess.run(program, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout[-2000:]
    log = (tmp_path / f"{paper.stem}.log").read_text(errors="replace")
    assert "Overfull" not in log
    assert paper.with_suffix(".pdf").stat().st_size > 10_000
