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
    from sim.until import Until

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

    from sim.sweep.bar import bar

    own = TimeLeft()
    about = "at most" if until.has_target or until.precision is not None else "about"
    with bar(label, [TextColumn("{task.fields[clock]} virtual")], lambda: _left(about, own, pace)) as drawn:
        task = drawn.add_task("", total=1.0, clock=duration(0.0))

        def told(seconds: float, share: float) -> None:
            own.done(share)
            drawn.update(task, completed=share, clock=duration(seconds))

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

    from sim.sweep.bar import bar

    own = TimeLeft()
    with bar(label, [MofNCompleteColumn()], lambda: _left("about", own)) as drawn:
        task = drawn.add_task("", total=None)

        def told(done: int, total: int) -> None:
            if alike:
                own.done(done / total if total else 0.0)
            drawn.update(task, completed=done, total=total)

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
