"""One TCP connection between two processes."""

from __future__ import annotations

import socket
from collections import deque
from collections.abc import Callable

from sim.lab.job.clock import WallClock
from sim.lab.job.frame import Frame, Reader

#: What a message is filled up with, and how much of it is handed to the system at a time (B).
_ZEROS = memoryview(bytes(1 << 20))
#: How much is taken from the system at a time (B).
_PIECE = 1 << 18
#: Pieces that are handed over in one call; the system takes up to 1024.
_AT_ONCE = 64


class Link:
    """One process' end of a connection; both ends may send at any time, and nobody waits for that.

    Parameters
    ----------
    clock
        Watches the connection.
    connection
        Which is open, and has been introduced.
    hear
        Told every frame that arrives.
    """

    def __init__(self, clock: WallClock, connection: socket.socket, hear: Callable[[Frame], object]) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._clock = clock
        self._connection = connection
        self._hear = hear
        self._reader = Reader()
        self._piece = memoryview(bytearray(_PIECE))
        self._waiting: deque[memoryview] = deque()  # that the system has had no room for
        self._open = True
        clock.watch(connection, self._read)

    def send(self, frame: Frame) -> None:
        """Send a frame behind those that were sent before."""
        if not self._open:
            return
        idle = not self._waiting
        self._waiting += (memoryview(frame.head()), memoryview(frame.numbers))
        left = frame.size - len(frame.numbers)
        while left > 0:
            self._waiting.append(_ZEROS[:left])
            left -= len(_ZEROS)
        if idle:
            self._write()
            if self._waiting:
                self._clock.watch(self._connection, self._read, self._go_on)
        if self._waiting:  # the numbers may be others' by then
            self._waiting = deque(map(_kept, self._waiting))

    def _write(self) -> None:
        """Hand over as much as there is room for."""
        try:
            while self._waiting:
                pieces = [self._waiting[number] for number in range(min(_AT_ONCE, len(self._waiting)))]
                self._drop(self._connection.sendmsg(pieces))
        except BlockingIOError:
            return
        except OSError:  # the other one is gone: who has started both will know
            self.close()

    def _go_on(self) -> None:
        """There is room again."""
        self._write()
        if self._open and not self._waiting:
            self._clock.watch(self._connection, self._read)

    def _drop(self, count: int) -> None:
        while self._waiting and count >= len(self._waiting[0]):
            count -= len(self._waiting.popleft())
        if count > 0:
            self._waiting[0] = self._waiting[0][count:]

    def _read(self) -> None:
        try:
            count = self._connection.recv_into(self._piece)
        except BlockingIOError:
            return
        except OSError:
            count = 0
        if count == 0:
            self.close()
            return
        for frame in self._reader.feed(self._piece[:count]):
            self._hear(frame)

    def close(self) -> None:
        """Send and hear nothing any more."""
        if self._open:
            self._open = False
            self._waiting.clear()
            self._clock.forget(self._connection)
            self._connection.close()


def _kept(piece: memoryview) -> memoryview:
    """The same bytes for as long as they are needed; what has been copied already is not copied again."""
    return piece if isinstance(piece.obj, bytes) else memoryview(bytes(piece))
