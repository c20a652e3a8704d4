"""Messages between processes: what has been sent arrives, however the system cuts it."""

from __future__ import annotations

import socket
from contextlib import contextmanager

import numpy as np
import pytest

from sim.lab.job.clock import WallClock
from sim.lab.job.connection import raw, size_of
from sim.lab.job.frame import HEAD_BYTES, Frame, Reader
from sim.lab.job.link import Link

FRAMES = [Frame(1), Frame(2, 7, -3, b"numbers", 20), Frame(3, 2**40, 5, b"", 4), Frame(4, 0, 1, b"all of it", 9)]


def sent(frame: Frame) -> bytes:
    numbers = bytes(frame.numbers)
    return frame.head() + numbers + bytes(frame.size - len(numbers))


@pytest.mark.parametrize("piece", [1, 2, 31, 32, 33, 50, 1000])
def test_frames_do_not_depend_on_how_the_stream_is_cut(piece: int) -> None:
    stream = memoryview(b"".join(map(sent, FRAMES)))
    reader, found = Reader(), []
    for begin in range(0, len(stream), piece):
        found += reader.feed(stream[begin : begin + piece])
    assert [frame._replace(numbers=bytes(frame.numbers)) for frame in found] == FRAMES


def test_a_head_is_all_that_a_message_has_beside_its_size() -> None:
    assert [len(sent(frame)) for frame in FRAMES] == [HEAD_BYTES + frame.size for frame in FRAMES]


def test_a_message_is_as_large_as_its_numbers_at_least() -> None:
    numbers = raw(np.zeros(3, np.float32))
    assert [size_of(numbers, nbytes) for nbytes in (100.4, 11.6, 11.2)] == [100, 12, 12]


@contextmanager
def linked(hear, other_hear):
    """A clock, and both ends of a TCP connection that it watches."""
    clock = WallClock()
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname())
        other, _ = server.accept()
    links = Link(clock, one, hear), Link(clock, other, other_hear)
    yield clock, *links
    for link in links:
        link.close()


def test_numbers_that_change_after_they_have_been_sent_arrive_as_they_were() -> None:
    numbers = np.arange(4_000_000, dtype=np.float32)  # more than the system takes at once
    found = []

    def hear(frame: Frame) -> None:
        found.append(np.frombuffer(frame.numbers, np.float32))
        clock.end()

    with linked(lambda frame: None, hear) as (clock, one, _):
        one.send(Frame(1, numbers=raw(numbers), size=numbers.nbytes + 3_000_000))
        numbers[:] = -1.0
        clock.go()
    assert np.array_equal(found[0], np.arange(4_000_000, dtype=np.float32))


def test_messages_arrive_in_the_order_of_sending_and_both_ways_at_once() -> None:
    heard: tuple[list[int], list[int]] = [], []

    def note(side: int, frame: Frame) -> None:
        heard[side].append(frame.number)
        if len(heard[0]) == len(heard[1]) == 50:
            clock.end()

    with linked(lambda frame: note(0, frame), lambda frame: note(1, frame)) as (clock, one, other):
        for number in range(50):
            one.send(Frame(1, number=number, size=100_000))
            other.send(Frame(1, number=number, size=100_000))
        clock.go()
    assert heard == (list(range(50)), list(range(50)))


def test_who_is_gone_is_sent_nothing() -> None:
    with linked(lambda frame: None, lambda frame: None) as (clock, one, other):
        other.close()
        for _ in range(5):
            one.send(Frame(1, size=100_000))
        clock.timeout(0.02).callbacks.append(lambda event: clock.end())
        clock.go()
        one.send(Frame(1))
        assert not one._open
