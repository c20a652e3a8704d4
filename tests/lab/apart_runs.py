"""Programs that run apart, and what is left of them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sim.lab.wires.apart import apart

ROOT = Path(__file__).resolve().parents[2]
WIRING = str(Path(__file__).with_name("wiring.py"))

#: Longest that what is killed takes to be gone (s); it is less than one where the machine has time.
PATIENCE = 30.0


def environment(tag: str = "") -> dict[str, str]:
    """What a program apart finds: our packages, and a tag by which it is known."""
    return {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}", "PACELINE_TEST": tag}


class Run:
    """A program that runs apart, and is killed at the end of the test.

    Parameters
    ----------
    command
        The program.
    **options
        Of `subprocess.Popen`.
    """

    def __init__(self, command: list[str], **options: Any) -> None:
        self.tag = uuid.uuid4().hex
        given = {"stdout": subprocess.PIPE, **options}
        self.warden = subprocess.Popen(apart(command), env=environment(self.tag), text=True, **given)

    def line(self) -> str:
        assert self.warden.stdout is not None
        return self.warden.stdout.readline()

    def processes(self) -> list[int]:
        """Everybody who has the tag, the eldest first."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if f"PACELINE_TEST={self.tag}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                    found.append((int((folder / "stat").read_text().rpartition(")")[2].split()[19]), int(folder.name)))
        return [process for _, process in sorted(found)]

    def is_gone(self) -> bool:
        """Whether nobody is left, after a while."""
        end = time.monotonic() + PATIENCE
        while self.processes():
            if time.monotonic() > end:
                return False
            time.sleep(0.05)
        return True


@contextmanager
def running(command: list[str], **options: Any) -> Iterator[Run]:
    """A program that runs apart, until the end of the block."""
    run = Run(command, **options)
    try:
        yield run
    finally:
        run.warden.kill()
        run.warden.communicate()
        assert run.is_gone()


def wiring(*words: str) -> list[str]:
    return [sys.executable, WIRING, *words]


def said(*words: str) -> list[str]:
    """The lines that `wiring` prints but for the first, which says that it has begun."""
    done = subprocess.run(apart(wiring(*words)), env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[1:]


def namespaces_in_use() -> set[int]:
    """The network namespaces that a process of this machine is in, or holds a file of."""
    found = set()
    for link in (*Path("/proc").glob("[0-9]*/ns/net"), *Path("/proc").glob("[0-9]*/fd/*")):
        with suppress(OSError):
            kind, _, number = os.readlink(link).partition(":")
            if kind == "net":
                found.add(int(number.strip("[]")))
    return found
