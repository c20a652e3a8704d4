"""A bar in virtual seconds, where somebody is looking."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sim.results.units import duration


@contextmanager
def progress_bar(label: str) -> Iterator[Callable[[float, float], None] | None]:
    """Draw a bar on standard error while the block runs, and take it away again.

    Parameters
    ----------
    label
        What is being simulated.

    Yields
    ------
    callable or None
        To be called with the virtual seconds and the share of the run (0 to 1) that are done; None where standard
        error is not a terminal.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn

    columns = TextColumn("{task.description}"), BarColumn(), TextColumn("{task.fields[clock]} virtual")
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=1.0, clock=duration(0.0))
        yield lambda seconds, fraction: bar.update(task, completed=fraction, clock=duration(seconds))


@contextmanager
def counting_bar(label: str) -> Iterator[Callable[[int, int], None] | None]:
    """Draw a bar on standard error while the block counts, and take it away again.

    Parameters
    ----------
    label
        What is being done.

    Yields
    ------
    callable or None
        To be called with how much is done, and of how much; None where standard error is not a terminal.
    """
    if not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
