"""How many rows a window of the tape has."""

from __future__ import annotations

#: Rows of one window: enough that handing it over costs nothing, few enough that playing starts early.
WINDOW = 1024
#: Rows of a window of slow gradients, at the least: enough for several threads.
LEAST_WINDOW = 64
#: Parameters times samples of a window's gradients, which some tenths of a second are enough for: a run that is
#: interrupted ends with the window that is being played.
WINDOW_WORK = 2**32


def window_rows(parameters: int, samples: int) -> int:
    """Rows of a window where a gradient is over so many parameters and samples."""
    return max(LEAST_WINDOW, min(WINDOW, WINDOW_WORK // max(1, parameters * samples)))
