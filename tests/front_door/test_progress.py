"""What is said of the time that is left, and where."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from experiments import experiment

from sim.simulate import simulate
from sim.sweep.progress import counting_bar, progress_bar, watching_bar
from sim.sweep.time_left import Pace, TimeLeft
from sim.until import Until

ROOT = Path(__file__).resolve().parents[2]


class Clock:
    """A clock that is set."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def at(clock: Clock, left: TimeLeft, *told: tuple[float, float]) -> float | None:
    for clock.now, share in told:
        left.done(share)
    return left.seconds


def test_what_is_left_is_as_fast_as_what_was_done(clock: Clock) -> None:
    # From 0.1 to 0.3 in 4 s: 20 s for all, 14 s for the 0.7 that are left. What was before 0.1 may have been compiling.
    left = TimeLeft(clock)
    assert at(clock, left, (160.0, 0.1)) is None
    assert at(clock, left, (164.0, 0.3)) == pytest.approx(14.0)
    clock.now = 170.0
    assert left.seconds == pytest.approx(8.0)
    assert at(clock, left, (172.0, 0.3)) == pytest.approx(6.0)  # which was known
    clock.now = 999.0
    assert left.seconds == 0.0


def test_nobody_guesses_early_nor_at_the_end(clock: Clock) -> None:
    assert at(clock, TimeLeft(clock), (100.0, 0.0), (100.5, 0.5)) is None
    assert at(clock, TimeLeft(clock), (100.0, 0.0), (150.0, 0.0)) is None
    assert at(clock, TimeLeft(clock), (100.0, 0.0), (150.0, 1.0)) is None
    assert str(TimeLeft(clock)) == ""


def test_the_next_stage_is_measured_anew(clock: Clock) -> None:
    # The first took 50 s; of the second a quarter took 2 s, so that 6 s are left.
    assert at(clock, TimeLeft(clock), (100.0, 0.0), (150.0, 1.0), (151.0, 0.0), (153.0, 0.25)) == pytest.approx(6.0)


@pytest.mark.parametrize(
    ("left", "said"), [(0.2, "1 s"), (99.5, "100 s"), (101.0, "2 min"), (5999.0, "100 min"), (6001.0, "2 h")]
)
def test_the_time_is_told_in_few_digits(left: float, said: str, clock: Clock) -> None:
    told = TimeLeft(clock)
    at(clock, told, (100.0, 0.0), (100.0 + left, 0.5))  # the other half takes as long
    assert str(told) == ("" if left < 1.0 else said)


def test_jobs_that_are_left_take_as_long_as_those_that_are_done(clock: Clock) -> None:
    # Two of six, of which one need not be done, in 20 s: 10 s each, three are left.
    pace = Pace(6, clock)
    pace.spare(1)
    for clock.now in (108.0, 120.0):
        pace.step()
    assert str(pace) == "30 s"
    nobody_knows = Pace(0, clock)
    nobody_knows.step()
    assert str(nobody_knows) == ""


@pytest.mark.parametrize(
    ("words", "most"),
    [("updates=600", 3), ("updates=600 precision=0.5 most_replicas=5", 5)],
    ids=["so many", "precise"],
)
def test_progress_is_of_all_replicas(words: str, most: int) -> None:
    # Each is told at 256 and 512 of its 600 updates. With a precision there are five at the least, and so here at most.
    seen: list[float] = []
    simulate(
        experiment("async_ps", workers=2, problem="none", replicas=3, until=words), lambda _, share: seen.append(share)
    )
    assert seen == pytest.approx([(replica + done / 600) / most for replica in range(most) for done in (256, 512)])


@pytest.fixture
def unseen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(sys.stderr), "isatty", lambda self: False)


@pytest.mark.usefixtures("unseen")
def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with progress_bar("a", Until()) as one, counting_bar("b") as other, watching_bar("c", [tmp_path]):
        assert one is None
        assert other is None
    assert capsys.readouterr() == ("", "")


def lines_at(width: int, folder: Path, *arguments: str) -> Iterator[str]:
    """What is on a terminal of so many characters one after the other, line by line."""
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(folder)
        # Of this environment only: whoever has imported readline has set COLUMNS behind Python's back.
        environment = {"TERM": "xterm", "PYTHONPATH": str(ROOT), "HOME": os.environ["HOME"]}
        os.execve(sys.executable, [sys.executable, "-m", "sim", *arguments], environment)
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 30, width, 0, 0))
    text = b""
    while True:
        try:
            read = os.read(terminal, 65536)
        except OSError:  # whoever wrote to it has ended
            break
        if not read:
            break
        text += read
    assert os.waitpid(child, 0)[1] == 0, text.decode()
    os.close(terminal)
    for line in re.split(r"\r\x1b\[2K|\r?\n", text.decode()):
        yield re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", line).strip("\r")


@pytest.mark.slow
@pytest.mark.parametrize("width", [40, 80, 200])
def test_a_bar_never_wraps_and_says_the_time_that_is_left(width: int, tmp_path: Path) -> None:
    # Some seconds on the fastest machine, here and below: of less than one nobody knows what is left.
    words = ("problem=none", "workers=16", "protocol=async_ps", "hydra.run.dir=run")
    bars = [line for line in lines_at(width, tmp_path, *words, "until.updates=200000") if line.startswith("sim")]
    bars = [line for line in bars if "simulated" not in line]
    assert any(re.search(r"about \d+ (s|min) left", line) for line in bars)
    assert [line for line in bars if len(line) > width] == []


@pytest.mark.slow
def test_of_a_run_to_a_target_only_the_bound_is_said(tmp_path: Path) -> None:
    words = ("problem=quadratic", "workers=8", "protocol=async_ps", "until.target_loss=1e-30", "hydra.run.dir=run")
    text = "\n".join(lines_at(80, tmp_path, *words, "until.updates=150000", "optimizer.lr=0.001"))
    assert re.search(r"at most \d+ s left", text)


@pytest.mark.slow
@pytest.mark.parametrize("launcher", [(), ("hydra/launcher=cores", "hydra.launcher.n_jobs=2")], ids=["here", "cores"])
def test_of_a_sweep_the_time_for_all_is_said(launcher: tuple[str, ...], tmp_path: Path) -> None:
    if launcher:
        pytest.importorskip("hydra_plugins.hydra_joblib_launcher", reason="pip install 'paceline[joblib]'")
    words = ("-m", "problem=none", "workers=12,16", "seed=1,2", "protocol=async_ps", "until.updates=80000")
    lines = list(lines_at(70, tmp_path, *words, "hydra.sweep.dir=s", *launcher))
    assert any(re.search(r"about \d+ s left" if launcher else r"all about \d+ s", line) for line in lines)
    done = [line for line in lines if " after " in line]
    assert len(done) == 4
    assert all(re.match(r"(\d/4|job \d of 4,) ?workers=1[26]", line) for line in done)  # and nothing of the bar
