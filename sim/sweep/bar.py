"""A bar of one line that fits: what is being done is cut, the time that is left never."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task
from rich.table import Column
from rich.text import Text

#: A terminal of fewer characters has no bar, and of fewer than so many no figures: the time that is left is there.
_WITH_BAR, _WITH_FIGURES = 60, 80
#: What figures take of it, the narrowest bar, and the time that is left at the least, each with a space.
_FIGURES, _BAR, _LEFT = 17, 5, 20
_WIDEST_BAR, _NARROWEST_LABEL = 40, 6


class _Left(ProgressColumn):
    """The time that is left."""

    max_refresh = 0.5  # s

    def __init__(self, left: Callable[[], str]) -> None:
        super().__init__()
        self._left = left

    def render(self, task: Task) -> Text:
        return Text(self._left(), no_wrap=True)


class _Label(ProgressColumn):
    """What is being done, in the room beside the time that is left and so many characters."""

    def __init__(self, label: str, left: Callable[[], str], room: int) -> None:
        super().__init__()
        self._label, self._left, self._room = label, left, room

    def render(self, task: Task) -> Text:
        room = max(_NARROWEST_LABEL, self._room - max(_LEFT, len(self._left()) + 2))
        return Text(self._label if len(self._label) <= room else f"{self._label[: room - 3]}...", no_wrap=True)


def bar(label: str, figures: Sequence[ProgressColumn], left: Callable[[], str]) -> Progress:
    """A bar on standard error, which goes away in the end.

    Parameters
    ----------
    label
        What is being done.
    figures
        How far it is, for terminals that are wide enough.
    left
        What is to be said of the time that is left.
    """
    console = Console(stderr=True)
    width = console.width
    taken = (_BAR if width >= _WITH_BAR else 0) + (_FIGURES if width >= _WITH_FIGURES else 0)
    return Progress(
        _Label(label, left, width - taken),
        *([BarColumn(None, table_column=Column(max_width=_WIDEST_BAR))] if width >= _WITH_BAR else []),
        *(figures if width >= _WITH_FIGURES else []),
        _Left(left),
        console=console,
        transient=True,
    )
