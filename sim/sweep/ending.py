"""How a command ends that somebody else ends: from the outermost block inwards, so that nothing half done stays."""

from __future__ import annotations

import _thread
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from types import FrameType
from typing import Any

#: Signals that end a process, and leave it no time to tidy up where nobody handles them.
ENDING = (signal.SIGTERM, signal.SIGHUP)
#: How soon an interrupt strikes again (s).
AGAIN = 0.02
#: How long a thread waits before it looks again whether what it waits for is still to come (s).
LISTENING = 0.1


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


@cache
def end_with_parent() -> None:
    """End this process as soon as the one that has started it is gone, such as by a kill that nobody can handle."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(LISTENING)
        os._exit(128 + signal.SIGHUP)

    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def ended_twice(flag: Path) -> Iterator[None]:
    """Have control-C say first that the block is to end soon, and only when it is pressed again end it.

    Processes that are started in the block do not hear of it: the terminal sends it to them, too.

    Parameters
    ----------
    flag
        A file that is there from the first control-C on.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    at_once = threading.Event()

    def end(number: int, frame: FrameType | None) -> None:
        if flag.exists():
            at_once.set()
            raise KeyboardInterrupt
        flag.touch()
        print("\npaceline: ending after what is being run; control-C again ends at once", file=sys.stderr, flush=True)

    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            if signal.sigtimedwait({signal.SIGINT}, LISTENING) is not None:
                _thread.interrupt_main(signal.SIGINT)

    before = signal.signal(signal.SIGINT, end)
    masked = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})  # which processes inherit
    listener = threading.Thread(target=listen, daemon=True)
    listener.start()
    try:
        yield
    except Exception as error:
        if at_once.is_set():  # what it has struck, such as OmegaConf, has made an error of its own of it
            raise KeyboardInterrupt from error
        raise
    finally:
        over.set()
        listener.join()
        signal.pthread_sigmask(signal.SIG_SETMASK, masked)
        signal.signal(signal.SIGINT, before)
