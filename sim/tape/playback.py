"""Playing beside the recording."""

from __future__ import annotations

import sys
import threading
from collections import deque

from kernels.tape.rows import Window
from kernels.tape.share import Plan
from sim.tape.player import Player

#: Windows that may wait for a thread before the recording side plays, too.
WAITING = 4
#: How soon a thread that has played a window gets the interpreter (s); Python's own 5 ms would idle a core.
SWITCH_INTERVAL = 1e-4


class Passage:
    """A window that several threads play.

    Attributes
    ----------
    window, waits
        Its rows, and what they wait for.
    evaluations
        How many measures are known when it has been played.
    players
        Threads that play it now.
    left
        Whether rows may be left that nobody has taken.
    """

    def __init__(self, window: Window, waits: Plan, evaluations: int) -> None:
        self.window = window
        self.waits = waits
        self.evaluations = evaluations
        self.players = 0
        self.left = True

    @property
    def over(self) -> bool:
        """Whether all of it has been played."""
        return not self.left and self.players == 0


class Playback:
    """Has windows played by all threads of a player.

    One of them is the recording side: it plays where it would have to wait. So there is one thread for every core, and
    nobody waits while there is something to do.

    Parameters
    ----------
    player
        Plays the windows.

    Attributes
    ----------
    known
        Number of evaluations whose measures are known.
    """

    def __init__(self, player: Player) -> None:
        self.known = 0
        self._player = player
        self._passages: deque[Passage] = deque()  # that are not over, in the order of the tape
        self._changed = threading.Condition()
        self._failure: BaseException | None = None
        self._over = False
        self._helpers = [
            threading.Thread(target=self._help, args=(thread,), name="tape", daemon=True)
            for thread in range(1, player.threads)
        ]

    def begin(self) -> None:
        """Start the other threads."""
        self._interval = sys.getswitchinterval()
        if self._helpers:
            sys.setswitchinterval(SWITCH_INTERVAL)
        for helper in self._helpers:
            helper.start()

    def end(self) -> None:
        """End them with the windows that are being played; what waits behind these is not played."""
        with self._changed:
            self._over = True
            self._changed.notify_all()
        for helper in self._helpers:
            helper.join()
        sys.setswitchinterval(self._interval)

    def play(self, window: Window, evaluations: int) -> None:
        """Hand over a window after which the first `evaluations` measures are known."""
        if not self._helpers:
            self._player.play(window)
            self.known = evaluations
            return
        passage = Passage(window, self._player.plan(window), evaluations)
        with self._changed:
            self._passages.append(passage)
            self._changed.notify()
        while self._waiting() > WAITING:
            self._play_along(0)

    def wait_for(self, evaluations: int) -> None:
        """Wait until so many measures are known."""
        while self._passages and self.known < evaluations:
            self._play_along(0)
        self.check()

    def wait(self) -> None:
        """Wait until everything handed over has been played."""
        while self._passages:
            self._play_along(0)
        self.check()

    def check(self) -> None:
        """Raise what has failed in another thread."""
        if self._failure is not None:
            raise RuntimeError("the tape's executor failed") from self._failure

    def _waiting(self) -> int:
        """How many windows have rows left."""
        with self._changed:
            return sum(each.left for each in self._passages)

    def _help(self, thread: int) -> None:
        """Play along until told to end."""
        while not self._over:
            self._play_along(thread)

    def _play_along(self, thread: int) -> None:
        """Take part in the earliest passage of which rows are left; where there is none, wait for a change."""
        with self._changed:
            passage = next((each for each in self._passages if each.left), None)
            if passage is None:
                if not self._over and (thread > 0 or self._passages):
                    self._changed.wait()
                return
            passage.players += 1
        try:
            self._player.play_share(thread, passage.window, passage.waits)
        except BaseException as failure:
            self._fail(failure)
            if not isinstance(failure, Exception):  # the recording side has been interrupted
                raise
        finally:
            self._leave(passage)

    def _leave(self, passage: Passage) -> None:
        """There is nothing left to take of a passage; with its last player it is over."""
        with self._changed:
            passage.left = False
            passage.players -= 1
            while self._passages and self._passages[0].over:
                self.known = self._passages.popleft().evaluations
            self._changed.notify_all()

    def _fail(self, failure: BaseException) -> None:
        """Nobody goes on, nor waits for what will never be done: all rows are as if taken."""
        self._failure = failure
        with self._changed:
            self._over = True
            for passage in self._passages:
                passage.waits.taken[:] = 1
                passage.left = False
