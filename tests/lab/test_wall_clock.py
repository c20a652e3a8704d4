"""SimPy's events on the wall's clock."""

from __future__ import annotations

import time

import pytest

from sim.lab.job.clock import WallClock


def test_what_an_event_takes_is_part_of_what_its_followers_take() -> None:
    # The clock stands still at `now` while an event happens, so that a timeout made late in it ends no later.
    clock, seen = WallClock(), []

    def begin(event) -> None:
        time.sleep(0.02)
        clock.timeout(0.05).callbacks.append(end)
        seen.append(clock.now)

    def end(event) -> None:
        seen.append(clock.now)
        clock.end()

    clock.begin_at(time.monotonic())
    clock.timeout(0.0).callbacks.append(begin)
    clock.go()
    begun, ended = seen
    assert begun < clock.wall - 0.02
    assert ended - begun >= 0.05


def test_an_event_that_is_late_begins_what_follows_when_it_happens() -> None:
    clock, seen = WallClock(), []

    def process():
        for _ in range(3):
            yield clock.timeout(0.005)
            seen.append(clock.now)
        clock.end()

    clock.begin_at(time.monotonic())
    clock.process(process())
    clock.timeout(0.0).callbacks.append(lambda event: time.sleep(0.03))
    clock.go()
    first, second, third = seen
    assert first >= 0.03
    assert second - first >= 0.005
    assert third - second >= 0.005


def test_nothing_happens_before_the_beginning() -> None:
    clock, seen = WallClock(), []

    def begin(event) -> None:
        seen.append(clock.wall)
        clock.end()

    clock.timeout(0.0).callbacks.append(begin)
    clock.begin_at(time.monotonic() + 0.03)
    clock.go()
    assert seen[0] >= 0.0


def test_an_error_in_a_process_ends_it() -> None:
    clock = WallClock()

    def process():
        yield clock.timeout(0.0)
        raise ValueError("as it was said")

    clock.process(process())
    with pytest.raises(ValueError, match="as it was said"):
        clock.go()
