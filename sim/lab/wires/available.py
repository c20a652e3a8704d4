"""Whether wires can be laid on this machine, and what is missing where they cannot."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from typing import NamedTuple

from sim.lab.wires.apart import apart
from sim.lab.wires.iproute import PROGRAMS, where_is
from sim.lab.wires.program import program

#: Longest that trying may take (s).
PATIENCE = 60.0


class Machine(NamedTuple):
    """What this machine has for wires.

    Attributes
    ----------
    missing : str or None
        What is not there, in one line; None where wires can be laid.
    delays : bool
        Whether the kernel delays packets by a link's latency (netem).
    """

    missing: str | None
    delays: bool


def available() -> str | None:
    """What this machine lacks for wires, in one line; None where they can be laid."""
    return machine().missing


@functools.cache
def machine() -> Machine:
    """What this machine has for wires; found by trying, once a process."""
    if not sys.platform.startswith("linux"):
        return Machine(f"the lab needs Linux and its network namespaces, and this is {sys.platform}", delays=False)
    absent = [name for name in PROGRAMS if where_is(name) is None]
    if absent:
        return Machine(f"{', '.join(absent)} not found; install iproute2", delays=False)
    try:
        tried = subprocess.run(
            apart(program("sim.lab.wires.probe")), capture_output=True, text=True, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        return Machine(f"trying to lay wires took more than {PATIENCE:.0f} s", delays=False)
    if tried.returncode != 0:
        said = tried.stderr.strip().splitlines()
        return Machine(said[-1].removeprefix("paceline: ") if said else "namespaces cannot be made here", delays=False)
    return Machine(**json.loads(tried.stdout))
