"""Whatever is asked ends well or in one clear line: a thousand drawn command lines, and every format that is read."""

from __future__ import annotations

import copy
import io
import os
import signal
import warnings
from collections.abc import Callable, Iterator
from contextlib import redirect_stderr, redirect_stdout
from functools import partial
from os import mknod
from pathlib import Path
from resource import RUSAGE_SELF, getrusage
from stat import S_IFSOCK

import pytest
from conftest import status_of
from fuzzing import FORMATS, READ, RUN, Format, composed, lines, mutations
from rich.console import Console

import sim.cluster.cost
import topologies.size
from sim.__main__ import _report
from sim.command.replay import main as replay
from sim.command.words import read_words
from sim.config.build import build, register
from sim.experiment import Experiment
from sim.report.command import main as report
from sim.report.terminal import print_summary
from sim.simulate import simulate
from sim.sweep.check import check

pytestmark = pytest.mark.slow

#: What a drawn line may take: the bounds of a day, brought down to a second.
BRIEF = 1e3
#: How large a network it may have: a million links take ten seconds to be made.
SMALL = 20_000
#: The longest that a case may compute and wait (s), and the most memory (B).
LONGEST, WAITING, MOST_BYTES = 10.0, 60.0, 2**30
#: Of every file that is read.
MUTATIONS = 80


@pytest.fixture(autouse=True)
def brief(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(sim.cluster.cost, "MOST_GRADIENTS", BRIEF)
    monkeypatch.setattr(sim.cluster.cost, "MOST_FLOWS", BRIEF)
    monkeypatch.setattr(topologies.size, "MOST_NODES", SMALL)
    monkeypatch.setattr(topologies.size, "MOST_LINKS", SMALL)
    monkeypatch.setattr(os, "fsync", lambda descriptor: None)  # thousands of results that nobody keeps
    monkeypatch.chdir(tmp_path)
    register()


@pytest.fixture(autouse=True)
def no_hang() -> Iterator[None]:
    timers = (signal.SIGALRM, signal.SIGPROF)
    before = [signal.signal(number, _hang) for number in timers]
    yield
    for number, handler in zip(timers, before, strict=True):
        signal.signal(number, handler)


class Hang(BaseException):
    """A case that takes too long; no handler of an error may take it for one."""


def _hang(number: int, frame: object) -> None:
    raise Hang


def peak() -> int:
    """The most memory that the process has had (B)."""
    return getrusage(RUSAGE_SELF).ru_maxrss * 1024


def outcome(act: Callable[[], int]) -> str:
    """Nothing where all is well, else what was wrong with how it ended."""
    out, err = io.StringIO(), io.StringIO()
    before = peak()
    signal.setitimer(signal.ITIMER_PROF, LONGEST)
    signal.setitimer(signal.ITIMER_REAL, WAITING)
    try:
        with redirect_stdout(out), redirect_stderr(err), warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            try:
                status = act()
            except Exception as error:
                status = _report(error)
    except Hang:
        return f"took more than {LONGEST} s, or waited"
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.setitimer(signal.ITIMER_PROF, 0)
    if peak() - before > MOST_BYTES:
        return f"took {peak() - before} bytes"
    told = err.getvalue() + "".join(f"{each.category.__name__}: {each.message}" for each in warned)
    well = told == "" if status == 0 else status == 2 and told.count("\n") == 1 and told[:-1].isprintable()
    return "" if well else f"status {status}: {told}"


def simulated(experiment: Experiment) -> int:
    """What the command does with an experiment."""
    result = simulate(check(experiment))
    result.write(Path("run"))
    print_summary(result, Console(highlight=False))
    return 0


def composed_and_simulated(line: list[str]) -> int:
    """What the command does with a line, but for what is Hydra's."""
    return simulated(build(composed(read_words(line).overrides)))


def test_a_thousand_command_lines_end_well_or_in_one_clear_line() -> None:
    before = peak()
    wrong = {
        " ".join(line): said
        for line in lines(1000)
        if (said := outcome(lambda line=line: composed_and_simulated(line)))
    }
    assert wrong == {}
    assert peak() - before < MOST_BYTES


def test_so_do_those_that_hydra_composes(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = list(lines(10, seed=1))
    wrong = {
        " ".join(line): said for line in drawn if (said := outcome(lambda line=line: status_of(monkeypatch, *line)))
    }
    assert wrong == {}


def damaged(file: str, sound: bytes, act: Callable[[], int], count: int, seed: int = 0) -> dict[bytes, str]:
    """What was wrong with how it ended, by what was in the file."""
    wrong = {sound: "is not read"} if not read(act) else {}
    for data in mutations(sound, count, seed):
        Path(file).write_bytes(data)
        if said := outcome(act):
            wrong[data] = said
    Path(file).write_bytes(sound)
    return wrong


def reader(format: Format) -> Callable[[], int]:
    """What reads the files of a format, and composes nothing twice."""
    for name, data in {**format.files, **format.beside}.items():
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_bytes(data)
    if format.line[0] == "replay":  # that a changed case misses the completions which it carries (1) is as it should be
        return lambda: replay([*format.line[1:]]) & ~1
    experiment = build(composed(read_words([*format.line]).overrides))
    return lambda: simulated(copy.deepcopy(experiment))  # what it has read, an experiment keeps


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: next(iter(format.files)))
def test_so_does_every_file_that_has_been_damaged(format: Format) -> None:
    act = reader(format)
    wrong = [damaged(name, data, act, MUTATIONS) for name, data in format.files.items()]
    assert not any(wrong), wrong


def test_so_does_every_file_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert status_of(monkeypatch, *RUN) == 0
    wrong = [
        damaged(path, Path(path).read_bytes(), lambda: report(["runs"]), MUTATIONS)
        for path in (f"runs/0/{name}" for name in READ)
    ]
    assert not any(wrong), wrong


def no_file(path: Path) -> Iterator[str]:
    """Put in place of a file what is none, one after the other; yields what it is."""
    makers: dict[str, Callable[[], object]] = {
        "a pipe": lambda: os.mkfifo(path),
        "a device": lambda: path.symlink_to("/dev/zero"),
        "a folder": path.mkdir,
        "a link to nothing": lambda: path.symlink_to("nowhere"),
        "a link to itself": lambda: path.symlink_to(path.name),
        "a socket": lambda: mknod(path, S_IFSOCK | 0o600),
        "30 GB": lambda: path.touch() or os.truncate(path, 30 * 10**9),
    }
    sound = path.read_bytes()
    for what, make in makers.items():
        path.unlink()
        make()
        yield what
        path.rmdir() if what == "a folder" else path.unlink()
        path.write_bytes(sound)


@pytest.mark.parametrize("format", FORMATS, ids=lambda format: next(iter(format.files)))
def test_what_is_no_file_is_neither_waited_for_nor_read(format: Format) -> None:
    act = reader(format)
    said = {
        (name, what): "was read" if read(act) else outcome(act) for name in format.files for what in no_file(Path(name))
    }
    assert {case: line for case, line in said.items() if line} == {}


def test_nor_is_it_among_the_files_of_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    assert status_of(monkeypatch, *RUN) == 0
    act = partial(report, ["runs"])
    said = {
        (name, what): "was read" if read(act) else outcome(act)
        for name in READ
        for what in no_file(Path("runs/0", name))
    }
    assert {case: line for case, line in said.items() if line} == {}


def read(act: Callable[[], int]) -> bool:
    """Whether it ended as if all was well."""
    status = []
    outcome(lambda: status.append(act()) or 0)
    return status == [0]


def test_these_are_two_thousand_damaged_files() -> None:
    assert MUTATIONS * (len(READ) + sum(len(each.files) for each in FORMATS)) >= 2000
