"""Bars with the time that is left, where somebody is looking."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sim.results.failure import FAILURE
from sim.results.result import SUMMARY
from sim.results.units import duration
from sim.sweep.time_left import Pace, TimeLeft

if TYPE_CHECKING:
    from rich.progress import Progress, ProgressColumn

    from sim.until import Until

#: A terminal of fewer characters has no bar, and of fewer than so many no virtual time: the time that is left is there.
_WITH_BAR, _WITH_CLOCK = 60, 80
#: What the virtual time takes of it, the narrowest bar, and the time that is left at the least, each with a space.
_CLOCK, _BAR, _LEFT = 17, 5, 20
_WIDEST_BAR, _NARROWEST_LABEL = 40, 6
#: How often folders are looked at (s).
_LOOKING = 1.0


@contextmanager
def progress_bar(label: str, until: Until, pace: Pace | None = None) -> Iterator[Callable[[float, float], None] | None]:
    """Draw a bar on standard error while the block runs, and take it away again.

    Parameters
    ----------
    label
        What is being simulated.
    until
        When it ends: where it is to reach something, the time that is left is that to its bound.
    pace
        Of the jobs that it is one of; None: it is the only one.

    Yields
    ------
    callable or None
        To be called with the virtual seconds and the share of the run (0 to 1) that are done; None where standard
        error is not a terminal.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import TextColumn

    own = TimeLeft()
    about = "at most" if until.has_target or until.precision is not None else "about"
    with _bar(label, [TextColumn("{task.fields[clock]} virtual")], lambda: _left(about, own, pace)) as bar:
        task = bar.add_task("", total=1.0, clock=duration(0.0))

        def told(seconds: float, share: float) -> None:
            own.done(share)
            bar.update(task, completed=share, clock=duration(seconds))

        yield told


@contextmanager
def counting_bar(label: str, *, alike: bool = True) -> Iterator[Callable[[int, int], None] | None]:
    """Draw a bar on standard error while the block counts, and take it away again.

    Parameters
    ----------
    label
        What is being done.
    alike
        Whether what is counted takes about equally long: else nobody knows how long the rest takes, and none is said.

    Yields
    ------
    callable or None
        To be called with how much is done, and of how much; None where standard error is not a terminal.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.progress import MofNCompleteColumn

    own = TimeLeft()
    with _bar(label, [MofNCompleteColumn()], lambda: _left("about", own)) as bar:
        task = bar.add_task("", total=None)

        def told(done: int, total: int) -> None:
            if alike:
                own.done(done / total if total else 0.0)
            bar.update(task, completed=done, total=total)

        yield told


@contextmanager
def watching_bar(label: str, directories: Sequence[Path]) -> Iterator[None]:
    """Draw a bar on standard error while other processes do jobs in the block, whose folders are looked at.

    Parameters
    ----------
    label
        What is being done.
    directories
        One of each job: what was there before the block is not looked at.
    """
    with counting_bar(label) as told:
        if told is None:
            yield
            return
        before = {directory: _stamps(directory) for directory in directories}
        over = threading.Event()

        def look() -> None:
            left = set(directories)
            while not over.wait(_LOOKING):
                left -= {each for each in left if _stamps(each) - before[each]}
                told(len(directories) - len(left), len(directories))

        looking = threading.Thread(target=look, daemon=True)
        looking.start()
        try:
            yield
        finally:
            over.set()
            looking.join()


def _stamps(directory: Path) -> set[tuple[str, int]]:
    """When the result of a job was written, or why there is none."""
    found = set()
    for name in (SUMMARY, FAILURE):
        try:
            found.add((name, (directory / name).stat().st_mtime_ns))
        except OSError:
            continue
    return found


def _left(about: str, own: TimeLeft, pace: Pace | None = None) -> str:
    """What is said of the time that is left, of the run and of all."""
    alone, all_of_them = str(own), "" if pace is None else str(pace)
    said = [f"{about} {alone} left"] if alone else []
    said += [f"all about {all_of_them}"] if all_of_them else []
    return ", ".join(said)


def _bar(label: str, figures: Sequence[ProgressColumn], left: Callable[[], str]) -> Progress:
    """A bar of one line that is as wide as the terminal at the most: the label is cut, the time that is left never."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, Task
    from rich.table import Column
    from rich.text import Text

    console = Console(stderr=True)
    width = console.width
    clock, bar = width >= _WITH_CLOCK, width >= _WITH_BAR
    figures_and_bar = (_CLOCK if clock else 0) + (_BAR if bar else 0)

    class Left(ProgressColumn):
        max_refresh = 0.5  # s

        def render(self, task: Task) -> Text:
            return Text(left(), no_wrap=True)

    class Label(ProgressColumn):
        def render(self, task: Task) -> Text:
            room = max(_NARROWEST_LABEL, width - figures_and_bar - max(_LEFT, len(left()) + 2))
            return Text(label if len(label) <= room else f"{label[: room - 3]}...", no_wrap=True)

    return Progress(
        Label(),
        *([BarColumn(None, table_column=Column(max_width=_WIDEST_BAR))] if bar else []),
        *(figures if clock else []),
        Left(),
        console=console,
        transient=True,
    )
