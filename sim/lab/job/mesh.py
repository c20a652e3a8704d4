"""How processes find each other: each listens at its address, and every pair that speaks has one connection."""

from __future__ import annotations

import socket
import struct
from collections.abc import Sequence

#: Who has opened a connection, and a number of the job that only its processes know.
_HELLO = struct.Struct("<QQ")
#: How long anything may take while processes get to know each other (s); a loaded machine starts them slowly.
SETUP_SECONDS = 120.0

#: Address and port.
Place = tuple[str, int]


def listening(address: str) -> socket.socket:
    """A socket that listens at an address, at a port that was free."""
    return socket.create_server((address, 0), backlog=4096)


def meet(
    listener: socket.socket, own: int, places: Sequence[Place], others: Sequence[int], secret: int
) -> dict[int, socket.socket]:
    """Open the connections to those of lower numbers, and accept those of higher ones.

    Nobody waits for anybody to accept: what has been opened is queued by the system.

    Parameters
    ----------
    listener
        That of this process.
    own
        Number of this process.
    places
        Where each process listens.
    others
        Numbers of those that it speaks with.
    secret
        Number that tells this job's processes from anybody else.

    Raises
    ------
    TimeoutError
        Where somebody does not come.
    """
    found = {}
    for number in (other for other in others if other < own):
        connection = socket.create_connection(places[number], SETUP_SECONDS, source_address=(places[own][0], 0))
        connection.sendall(_HELLO.pack(own, secret))
        found[number] = connection
    listener.settimeout(SETUP_SECONDS)
    expected = {other for other in others if other > own}
    while expected:
        connection, _ = listener.accept()
        connection.settimeout(SETUP_SECONDS)
        number, told = _HELLO.unpack(_exactly(connection, _HELLO.size))
        if told == secret and number in expected:
            expected.remove(number)
            found[number] = connection
        else:
            connection.close()
    listener.close()
    return found


def _exactly(connection: socket.socket, count: int) -> bytes:
    """So many bytes; zeros where the other one closes before."""
    read = b""
    while len(read) < count:
        piece = connection.recv(count - len(read))
        if not piece:
            return bytes(count)
        read += piece
    return read
