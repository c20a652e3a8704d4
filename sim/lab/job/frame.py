"""What a message is on the wire: a short head, the numbers that it carries, and what its size has beside them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import NamedTuple

#: Kind, bytes of numbers, token, number, size.
_HEAD = struct.Struct("<BxxxIqqQ")
#: Size of the head, which stands before the bytes that the simulator counts (B).
HEAD_BYTES = _HEAD.size


class Frame(NamedTuple):
    """One message, that has arrived or that is to be sent.

    Attributes
    ----------
    kind
        What it is about, by the numbers of the connection that it belongs to (0 to 255).
    token
        Number by which an answer finds who waits for it.
    number
        Number of a version, a round or a step, by the kind.
    numbers
        The bytes of the numbers that it carries.
    size
        Its size without the head (B): the numbers, and zeros that fill it up.
    """

    kind: int
    token: int = 0
    number: int = 0
    numbers: bytes | bytearray | memoryview = b""
    size: int = 0

    def head(self) -> bytes:
        """What stands before the numbers."""
        return _HEAD.pack(self.kind, len(self.numbers), self.token, self.number, self.size)


class Reader:
    """Makes frames of a stream of bytes, however it has been cut."""

    def __init__(self) -> None:
        self._head = bytearray()
        self._numbers = bytearray()
        self._read = 0  # bytes behind the head

    def feed(self, piece: memoryview) -> Iterator[Frame]:
        """The frames that are complete with the next piece of the stream."""
        while len(piece):
            if len(self._head) < HEAD_BYTES:
                piece = self._read_head(piece)
                if len(self._head) < HEAD_BYTES:
                    return
            kind, used, token, number, size = _HEAD.unpack(self._head)
            count = min(len(piece), size - self._read)
            self._numbers += piece[: max(0, min(count, used - self._read))]
            self._read += count
            piece = piece[count:]
            if self._read == size:
                yield Frame(kind, token, number, self._numbers, size)
                self._head, self._numbers, self._read = bytearray(), bytearray(), 0

    def _read_head(self, piece: memoryview) -> memoryview:
        missing = HEAD_BYTES - len(self._head)
        self._head += piece[:missing]
        return piece[missing:]
