"""The wire format of protocol buffers, as far as traces need it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

#: Kinds of fields, and the fixed length of their values (B).
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
_FIXED = {_FIXED64: 8, _FIXED32: 4}


class Field(NamedTuple):
    """A field of a message: its number, and its value, a number (fixed ones as they lie there) or bytes."""

    number: int
    value: int | bytes

    @property
    def text(self) -> str:
        """The value of a field that is a text."""
        return self.value.decode("utf-8", "replace") if isinstance(self.value, bytes) else ""

    @property
    def whole(self) -> int:
        """The value of a field that is a whole number."""
        return self.value if isinstance(self.value, int) else 0

    @property
    def message(self) -> Iterator[Field]:
        """The fields of a field that is a message."""
        return fields(self.value if isinstance(self.value, bytes) else b"")


def delimited(data: bytes) -> Iterator[bytes]:
    """The messages of a file in which each is preceded by its length.

    Raises
    ------
    ValueError
        Where one is truncated.
    """
    place = 0
    while place < len(data):
        length, place = _varint(data, place)
        yield _bytes(data, place, length)
        place += length


def fields(data: bytes) -> Iterator[Field]:
    """The fields of a message, in their order.

    Raises
    ------
    ValueError
        Where it is truncated, or no message.
    """
    place = 0
    while place < len(data):
        key, place = _varint(data, place)
        number, kind = key >> 3, key & 7
        if kind == _VARINT:
            value, place = _varint(data, place)
            yield Field(number, value)
            continue
        if kind == _BYTES:
            length, place = _varint(data, place)
        elif kind in _FIXED:
            length = _FIXED[kind]
        else:
            raise ValueError(f"byte {place}: is no field of a protocol buffer")
        content = _bytes(data, place, length)
        place += length
        yield Field(number, content if kind == _BYTES else int.from_bytes(content, "little"))


def _varint(data: bytes, place: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if place >= len(data):
            raise ValueError(f"is truncated at byte {place}")
        byte = data[place]
        place += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, place
    raise ValueError(f"byte {place}: is no number of a protocol buffer")


def _bytes(data: bytes, place: int, length: int) -> bytes:
    if place + length > len(data):
        raise ValueError(f"is truncated at byte {len(data)}")
    return data[place : place + length]
