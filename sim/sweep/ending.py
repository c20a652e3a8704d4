"""How a command ends that somebody else ends: from the outermost block inwards, so that nothing half done stays."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

#: Signals that end a process, and leave it no time to tidy up where nobody handles them.
ENDING = (signal.SIGTERM, signal.SIGHUP)
#: How soon an interrupt strikes again (s).
AGAIN = 0.02


def hang_up() -> None:
    """Let nothing more be written to standard output, not even what waits in its buffer."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)


@contextmanager
def unheard() -> Iterator[None]:
    """Go on after the block where nobody reads what it prints: a reader (``head``) that hangs up ends no sweep."""
    try:
        yield
    except BrokenPipeError:
        hang_up()
    except SystemExit as end:
        if not isinstance(end.__context__, BrokenPipeError):
            raise  # else rich has hung up


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Have the signals that end a process raise KeyboardInterrupt in the block, as control-C does.

    Its argument is the exit status that a shell expects. An interrupt that happens to strike in a destructor, where
    Python would only print it, strikes again. Outside the main thread, where signals do not arrive, nothing is changed,
    nor is a signal that somebody ignores or handles already.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    taken = [number for number in ENDING if signal.getsignal(number) is signal.SIG_DFL]
    hook = sys.unraisablehook

    def again(unraisable: Any) -> None:
        if issubclass(unraisable.exc_type, KeyboardInterrupt):
            number = unraisable.exc_value.args[0] - 128 if unraisable.exc_value.args else signal.SIGINT
            main = threading.main_thread().ident
            threading.Timer(AGAIN, signal.pthread_kill, (main, number)).start()
        else:
            hook(unraisable)

    for number in taken:
        signal.signal(number, _end)
    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def _end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt(128 + number)
