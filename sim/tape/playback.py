"""Playing beside the recording."""

from __future__ import annotations

import queue
import sys
import threading

from kernels.tape.rows import Window
from sim.tape.player import Player

#: Windows that may wait for the executor before the recording side waits for it.
WAITING = 4
#: How soon the executor's thread gets the interpreter when a window ends (s); Python's own 5 ms would idle a core.
SWITCH_INTERVAL = 5e-4


class Playback:
    """Has windows played in order, beside the recording side.

    Parameters
    ----------
    player
        Plays the windows.
    background
        Play in a thread beside the recording one, at most `WAITING` windows behind it; otherwise at once.

    Attributes
    ----------
    known
        Number of evaluations whose measures are known.
    """

    def __init__(self, player: Player, *, background: bool) -> None:
        self.known = 0
        self._player = player
        self._windows: queue.Queue[tuple[Window, int] | None] = queue.Queue(WAITING)
        self._failure: BaseException | None = None
        self._over = False
        self._thread = threading.Thread(target=self._play_windows, name="tape", daemon=True) if background else None

    def begin(self) -> None:
        """Start the thread."""
        self._interval = sys.getswitchinterval()
        if self._thread is not None:
            sys.setswitchinterval(SWITCH_INTERVAL)
            self._thread.start()

    def end(self) -> None:
        """End the executor's threads with the window that is being played; what waits behind it is not played."""
        self._over = True
        if self._thread is not None:
            self._windows.put(None)
            self._thread.join()
            sys.setswitchinterval(self._interval)
        self._player.close()

    def play(self, window: Window, evaluations: int) -> None:
        """Hand over a window after which the first `evaluations` measures are known."""
        if self._thread is None:
            self._play(window, evaluations)
        else:
            self._windows.put((window, evaluations))

    def wait(self) -> None:
        """Wait until everything handed over has been played."""
        self._windows.join()
        self.check()

    def check(self) -> None:
        """Raise what has failed in the executor."""
        if self._failure is not None:
            raise RuntimeError("the tape's executor failed") from self._failure

    def _play_windows(self) -> None:
        """The executor's thread: play until told to end; after a failure only empty the queue, so that nobody waits.

        So it is where the recording side has been interrupted.
        """
        while True:
            item = self._windows.get()
            try:
                if item is None:
                    return
                if self._failure is None and not self._over:
                    self._play(*item)
            except BaseException as failure:
                self._failure = failure
            finally:
                self._windows.task_done()

    def _play(self, window: Window, evaluations: int) -> None:
        self._player.play(window)
        self.known = evaluations
