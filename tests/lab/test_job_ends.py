"""However a job ends, none of its processes is left, and whoever waits is told why."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import simpy
from job_words import SMALL, job

from sim.lab.job import conduct
from sim.lab.job.crew import JobError
from sim.lab.job.place import Loopback
from sim.lab.job.worker import RealWorker
from sim.tape.vector import Vector

pytestmark = pytest.mark.slow

#: A job that would last for an hour.
LONG = {**SMALL, "until": "seconds=3600"}
PROGRAM = f"""
import sys
sys.path[:0] = {[str(Path(__file__).parent), str(Path(__file__).parents[1])]!r}
from job_words import job
job("hardsync", **{LONG!r})
"""


class Unwired(Loopback):
    """A loopback that cannot be entered as host 1."""

    def enter(self, host: int) -> Callable[[], None]:
        def fail() -> None:
            raise ValueError("there is no such wire")

        return fail if host == 1 else lambda: None


def children() -> list[int]:
    return [int(word) for word in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def strike(monkeypatch: pytest.MonkeyPatch, number: signal.Signals) -> None:
    """The process of worker 1 gets a signal at its third gradient."""
    computed = RealWorker.gradient

    def gradient(worker: RealWorker, x: Vector) -> simpy.Timeout:
        if worker.rank == 1 and len(worker._diary.began) == 2:
            os.kill(os.getpid(), number)
        return computed(worker, x)

    monkeypatch.setattr(RealWorker, "gradient", gradient)


def test_a_worker_that_fails_ends_the_job_with_its_message() -> None:
    with pytest.raises(JobError, match=r"^worker 1: ValueError: there is no such wire \(test_job_ends.py:"):
        job("hardsync", Unwired(), **LONG)
    assert not children()


def test_a_worker_that_is_killed_ends_the_job(monkeypatch: pytest.MonkeyPatch) -> None:
    strike(monkeypatch, signal.SIGKILL)
    with pytest.raises(JobError, match=r"^worker 1 has died: by signal 9 \(Killed\)$"):
        job("dpsgd", **LONG)
    assert not children()


def test_a_job_in_which_nothing_moves_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conduct, "STALLED_SECONDS", 3.0)
    monkeypatch.setattr(conduct, "STALLED_GRADIENTS", 0)
    strike(monkeypatch, signal.SIGSTOP)
    with pytest.raises(JobError, match=r"^nobody has made an update for 3 s; made so far: shard 0 [0-2]$"):
        job("hardsync", **LONG)
    assert not children()


def started() -> tuple[subprocess.Popen[bytes], list[int]]:
    """A process that runs a job, and those of the job, all of which are at work."""
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stderr=subprocess.PIPE)
    listed = Path(f"/proc/{program.pid}/task/{program.pid}/children")
    for _ in range(1200):
        found = [int(word) for word in listed.read_text().split()]
        if len(found) == 5:
            return program, found
        time.sleep(0.1)
    program.kill()
    raise AssertionError("the job has not begun")


def gone(processes: list[int]) -> bool:
    """Whether they are gone, or will be in a moment."""
    for _ in range(200):
        if not any(alive(process) for process in processes):
            return True
        time.sleep(0.05)
    return False


def alive(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return False
    return state != "Z"  # whoever adopts it has not looked yet


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("seconds", [0.0, 1.0])
def test_nobody_is_left_where_the_one_who_has_started_them_is_ended(number: signal.Signals, seconds: float) -> None:
    program, processes = started()
    time.sleep(seconds)
    program.send_signal(number)
    program.communicate(timeout=60)
    assert program.returncode != 0
    assert gone(processes)
