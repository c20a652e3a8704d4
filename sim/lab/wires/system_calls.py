"""The system calls of namespaces, which Python has from 3.12 on only."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress

#: Flags of linux/sched.h.
NEW_USER, NEW_PROCESSES, NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000

_SIGNAL_OF_PARENTS_DEATH = 1  # PR_SET_PDEATHSIG of linux/prctl.h
_LIBC = ctypes.CDLL(None, use_errno=True)

#: The network namespace of the calling thread.
OWN_NETWORK = "/proc/thread-self/ns/net"


def unshare(flags: int) -> None:
    """Leave namespaces for new ones; the process namespace is that of the children to come.

    Parameters
    ----------
    flags
        Which: the sum of some of this module's flags.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    _checked("unshare", _LIBC.unshare(flags))


def join_network(descriptor: int) -> None:
    """Have the calling thread be in another network namespace.

    Parameters
    ----------
    descriptor
        An open file of the namespace (number).

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    _checked("setns", _LIBC.setns(descriptor, NEW_NETWORK))


def die_with_parent() -> None:
    """Have this process killed as soon as the thread that forked it has ended."""
    _checked("prctl", _LIBC.prctl(_SIGNAL_OF_PARENTS_DEATH, signal.SIGKILL, 0, 0, 0))


@contextmanager
def elsewhere(descriptor: int) -> Iterator[None]:
    """Have the calling thread, and processes that it starts, in another network namespace inside the block.

    Parameters
    ----------
    descriptor
        An open file of the namespace (number).
    """
    own = os.open(OWN_NETWORK, os.O_RDONLY | os.O_CLOEXEC)
    try:
        join_network(descriptor)
        yield
    finally:
        join_network(own)
        os.close(own)


def new_networks(count: int) -> list[int]:
    """Make network namespaces, each without any link but its own loopback, which is down.

    Parameters
    ----------
    count
        How many.

    Returns
    -------
    list of int
        An open file of each (number), which no program that is started inherits. A namespace ends with the last of
        the processes in it and the files of it.

    Raises
    ------
    OSError
        If the kernel refuses.
    """
    made: list[int] = []
    own = os.open(OWN_NETWORK, os.O_RDONLY | os.O_CLOEXEC)
    try:
        for _ in range(count):
            unshare(NEW_NETWORK)
            made.append(os.open(OWN_NETWORK, os.O_RDONLY | os.O_CLOEXEC))
    except OSError:
        for descriptor in made:
            with suppress(OSError):
                os.close(descriptor)
        raise
    finally:
        join_network(own)
        os.close(own)
    return made


def _checked(name: str, status: int) -> None:
    if status != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
