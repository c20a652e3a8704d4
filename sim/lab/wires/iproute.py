"""The programs of iproute2, which lay links: a batch of their commands at a time."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from typing import Any

#: Where they are if not on the path: that of users other than root often lacks these.
SYSTEM_FOLDERS = ("/usr/sbin", "/sbin")

#: The programs that are needed.
PROGRAMS = ("ip", "bridge", "tc")


class LabError(RuntimeError):
    """The lab cannot be set up on this machine, or a part of it has ended before its time; says which, and why."""


def where_is(program: str) -> str | None:
    """The path of a program, or None where it is not installed."""
    return shutil.which(program, path=os.pathsep.join((os.environ.get("PATH", os.defpath), *SYSTEM_FOLDERS)))


def batch(program: str, lines: Sequence[str], keep_open: Sequence[int] = ()) -> None:
    """Have a program do all lines, in the network namespace of the calling thread.

    Parameters
    ----------
    program
        One of `PROGRAMS`.
    lines
        What would follow the program's name on the command line, once each.
    keep_open
        Open files that the lines name (numbers).

    Raises
    ------
    LabError
        With the first line that failed, and what the program says of it.
    """
    if not lines:
        return
    done = subprocess.run(
        [_path(program), "-batch", "-"],
        input="".join(f"{line}\n" for line in lines),
        capture_output=True,
        text=True,
        pass_fds=keep_open,
        check=False,
    )
    if done.returncode != 0:
        raise LabError(_failure(program, lines, done.stderr))


def links(program: str) -> list[dict[str, Any]]:
    """The links of the calling thread's network namespace, as ``ip`` or ``bridge`` sees them.

    Parameters
    ----------
    program
        Which of the two.

    Raises
    ------
    LabError
        If the program fails.
    """
    done = subprocess.run([_path(program), "-json", "link", "show"], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise LabError(f"{program} link show: {done.stderr.strip() or 'failed'}")
    found: list[dict[str, Any]] = json.loads(done.stdout or "[]")
    return found


def _path(program: str) -> str:
    path = where_is(program)
    if path is None:
        raise LabError(f"{program} is not installed; install iproute2")
    return path


def _failure(program: str, lines: Sequence[str], said: str) -> str:
    """What failed, of what a program has said: its reasons, then ``Command failed -:<number of the line>``."""
    reasons, _, number = said.strip().rpartition("Command failed -:")
    line = lines[int(number) - 1] if number.isdigit() else lines[0]
    return f"{program} {line}: {' '.join(reasons.split()) or said.strip() or 'failed'}"
