"""A command apart: in user, network and process namespaces of its own, which end with it whatever happens.

Three processes stand around the command. The *warden* is what was started; it passes on signals, and its exit status is
the command's. The *keeper* is the first process of the process namespace: once it has ended, the kernel kills every
other one in there. It ends with the command, and is killed with the warden. So whichever of the three is killed,
nothing is left: no process, and with the processes no network namespace and no link.

util-linux's ``unshare --fork --kill-child`` does nearly the same. It blocks SIGTERM, though, and makes the command
itself the first process, to which the kernel delivers no signal that it has not asked for.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from sim.lab.wires.program import program
from sim.lab.wires.system_calls import NEW_NETWORK, NEW_PROCESSES, NEW_USER, die_with_parent, unshare

#: Where a command finds which network namespace it was started in; its value in there is no other command's.
MARK = "PACELINE_APART"

#: What is passed on to the command. The keyboard's reach the warden alone: the others are in a group of their own.
PASSED_ON = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)

#: The exit status of what a shell could not start, and of a command that has to run apart and cannot.
NOT_STARTED = 126

_NETWORK = "/proc/self/ns/net"


def is_apart() -> bool:
    """Whether this process was started by a warden, and is in the network namespace that it was started in."""
    return sys.platform == "linux" and os.environ.get(MARK) == os.readlink(_NETWORK)


def apart(command: Sequence[str]) -> list[str]:
    """The command that runs another one apart.

    Parameters
    ----------
    command
        The program and what follows it.
    """
    return program("sim.lab.wires.apart", *command)


def start_again() -> NoReturn:
    """Have this process start anew as the warden of what it is now; whatever it has done is forgotten."""
    sys.stdout.flush()
    sys.stderr.flush()
    command = apart([sys.executable, *sys.orig_argv[1:]])
    os.execv(command[0], command)


def main(command: list[str]) -> NoReturn:
    """Be the warden of a command, and end as it does."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {*PASSED_ON, signal.SIGCHLD})
    try:
        _separate()
    except OSError as error:
        why = f"namespaces are refused here ({error.strerror})"
        print(
            f"paceline: {why}; be root, or allow user namespaces (limits in /proc/sys/user, rules of a container)",
            file=sys.stderr,
        )
        sys.exit(NOT_STARTED)
    ours, wardens = os.pipe()
    keeper = os.fork()
    if keeper == 0:
        os.close(wardens)
        _keep(command, ours, before)
    os.close(ours)
    sys.exit(_wait_for(keeper))


def _separate() -> None:
    """Leave the namespaces of users, networks and processes; to itself, this process is root from now on."""
    user, group = os.geteuid(), os.getegid()
    try:
        unshare(NEW_USER | NEW_NETWORK | NEW_PROCESSES)
    except OSError:
        if user != 0:
            raise
        unshare(NEW_NETWORK | NEW_PROCESSES)  # root needs no user namespace, where these are forbidden
        return
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"0 {user} 1")
    Path("/proc/self/gid_map").write_text(f"0 {group} 1")


def _keep(command: list[str], wardens: int, before: set[int | signal.Signals]) -> NoReturn:
    """Be the keeper: start the command, and end as it does.

    Parameters
    ----------
    command
        The program and what follows it.
    wardens
        A pipe (number of a file) whose other end is closed once the warden has ended.
    before
        The numbers of the signals that the command has blocked.
    """
    os.setpgid(0, 0)
    die_with_parent()
    if select.select([wardens], [], [], 0)[0]:  # it had ended before it could have been noticed
        os._exit(NOT_STARTED)
    child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        os.environ[MARK] = os.readlink(_NETWORK)
        try:
            os.execvp(command[0], command)
        except OSError as error:
            print(f"paceline: {command[0]}: {error.strerror}", file=sys.stderr, flush=True)
        os._exit(NOT_STARTED)
    os._exit(_wait_for(child))


def _wait_for(child: int) -> int:
    """Wait until a child has ended, and whoever else is this process's to bury; pass on signals meanwhile."""
    while True:
        heard = signal.sigwait({*PASSED_ON, signal.SIGCHLD})
        if heard != signal.SIGCHLD:
            with suppress(ProcessLookupError):
                os.kill(child, heard)
            continue
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                if ended[0] == child:
                    status = os.waitstatus_to_exitcode(ended[1])
                    return 128 - status if status < 0 else status


if __name__ == "__main__":
    main(sys.argv[1:])
