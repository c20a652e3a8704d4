"""The processes of a job: started together, listened to, and ended by their numbers."""

from __future__ import annotations

import gc
import os
import selectors
import signal
import time
import warnings
from collections.abc import Iterator
from types import TracebackType
from typing import Any, NamedTuple, Self

from sim.lab.job.control import Control
from sim.lab.job.plan import Plan
from sim.lab.job.process import live


class JobError(RuntimeError):
    """A job that has failed; what it says is the first process' own word, where it had one."""


class Said(NamedTuple):
    """A message of a process."""

    number: int
    told: dict[str, Any]


class Crew:
    """All processes of a job; a context, at whose end none of them is left.

    Parameters
    ----------
    plan
        The job.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self._pids: dict[int, int] = {}
        self._controls: dict[int, Control] = {}
        self._selector = selectors.DefaultSelector()
        self._done: set[int] = set()

    def __enter__(self) -> Self:
        try:
            gc.collect()  # what is garbage here would be garbage in all of them
            for number in range(len(self._plan.hosts)):
                self._start(number)
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def say(self, word: str, **more: Any) -> None:
        """Say something to all."""
        for control in self._controls.values():
            control.say(word, **more)

    def of_all(self, word: str, seconds: float) -> dict[int, dict[str, Any]]:
        """Wait until all have said a word; brings what else they have said with it, by their numbers.

        Parameters
        ----------
        word
            Which; others that come meanwhile are old.
        seconds
            How long that may take (s).

        Raises
        ------
        JobError
            Where somebody has failed, or it takes too long.
        """
        found: dict[int, dict[str, Any]] = {}
        deadline = time.monotonic() + seconds
        while len(found) < len(self._controls):
            for said in self.said(deadline):
                if said.told["word"] == word:
                    found[said.number] = said.told
                    if word == "done":
                        self._done.add(said.number)
            if time.monotonic() >= deadline and len(found) < len(self._controls):
                late = ", ".join(self._plan.name(number) for number in self._controls if number not in found)
                raise JobError(f"after {seconds:g} s these have not said '{word}': {late}; the job has been ended")
        return found

    def said(self, deadline: float) -> Iterator[Said]:
        """What is said until something has been, or until an instant of the monotonic clock (s).

        Raises
        ------
        JobError
            Where somebody has failed.
        """
        for key, _ in self._selector.select(max(0.0, deadline - time.monotonic())):
            number: int = key.data
            told = self._controls[number].hear()
            if told is None:
                self._selector.unregister(key.fileobj)
                if number not in self._done:
                    raise JobError(f"{self._plan.name(number)} has died: {self._way_of_dying(number)}")
            elif told["word"] == "failed":
                raise JobError(f"{self._plan.name(number)}: {told['text']}")
            else:
                yield Said(number, told)

    def _start(self, number: int) -> None:
        own, theirs = Control.pair()
        parent = os.getpid()
        with warnings.catch_warnings():
            # Threads of ours hold no lock here: what they play has been played to its end.
            warnings.simplefilter("ignore", DeprecationWarning)
            pid = os.fork()
        if pid == 0:
            for control in (own, *self._controls.values()):
                control.close()
            live(self._plan, number, theirs, parent)
        theirs.close()
        self._pids[number], self._controls[number] = pid, own
        self._selector.register(own.connection, selectors.EVENT_READ, number)

    def _way_of_dying(self, number: int) -> str:
        _, status = os.waitpid(self._pids.pop(number), 0)
        code = os.waitstatus_to_exitcode(status)
        return f"by signal {-code} ({signal.strsignal(-code)})" if code < 0 else f"exit status {code}"

    def _end(self) -> None:
        """End those that are left; those that are done have nothing more to do."""
        for pid in self._pids.values():
            os.kill(pid, signal.SIGKILL)  # its number is nobody else's before it has been waited for
        for pid in self._pids.values():
            os.waitpid(pid, 0)
        self._pids.clear()
        self._selector.close()
        for control in self._controls.values():
            control.close()
