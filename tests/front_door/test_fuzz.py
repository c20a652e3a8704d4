"""Whatever is asked ends well or in one clear line: a thousand drawn command lines, and every format that is read."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from conftest import status_of
from fuzzing import FILES, composed, lines, mutations
from rich.console import Console
from sim.command.preflight import check

import sim.cluster.cost
from sim.__main__ import _report
from sim.command.words import read_words
from sim.config.build import build, register
from sim.report.terminal import print_summary
from sim.simulate import simulate

pytestmark = pytest.mark.slow

#: What a drawn line may take: the bounds of a day, brought down to a second.
BRIEF = 1e3


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sim.cluster.cost, "MOST_GRADIENTS", BRIEF)
    monkeypatch.setattr(sim.cluster.cost, "MOST_FLOWS", BRIEF)
    monkeypatch.chdir(tmp_path)


def outcome(act: Callable[[], int]) -> str:
    """Nothing where all is well, else what was wrong with how it ended."""
    out, err = io.StringIO(), io.StringIO()
    with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's, of curves that overflow: a run that diverges
        try:
            status = act()
        except Exception as error:
            status = _report(error)
    told = err.getvalue()
    well = status == 0 or (status == 2 and told.count("\n") == 1 and told[:-1].isprintable())
    return "" if well else f"status {status}: {told}"


def simulated(line: list[str]) -> int:
    """What the command does with a line, but for what is Hydra's."""
    words = read_words(line)
    result = simulate(check(build(composed(words.overrides))))
    result.write(Path("run"))
    print_summary(result, Console(highlight=False))
    return 0


def replayed(monkeypatch: pytest.MonkeyPatch, *line: str) -> int:
    """As `status_of`; that a changed case misses the completions which it carries (1) is as it should be."""
    status = status_of(monkeypatch, *line)
    return 0 if status == 1 else status


def test_a_thousand_command_lines_end_well_or_in_one_clear_line() -> None:
    register()
    wrong = {" ".join(line): said for line in lines(1000) if (said := outcome(lambda line=line: simulated(line)))}
    assert wrong == {}


def test_so_do_those_that_hydra_composes(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = list(lines(20, seed=1))
    wrong = {
        " ".join(line): said for line in drawn if (said := outcome(lambda line=line: status_of(monkeypatch, *line)))
    }
    assert wrong == {}


@pytest.mark.parametrize("name", sorted(FILES))
def test_so_does_every_file_that_has_been_damaged(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    register()
    file = FILES[name]
    sound = file.text.encode()
    wrong = {}
    for data in (sound, *mutations(sound, 60)):
        Path(name).write_bytes(data)
        said = outcome(lambda: replayed(monkeypatch, *file.line) if file.verb else simulated(list(file.line)))
        if said:
            wrong[data] = said
    assert wrong == {}
