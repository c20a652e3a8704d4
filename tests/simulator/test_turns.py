"""Who takes turns goes one at a time, in the order of asking."""

from sim.connections.pairs.lock import Turns


def test_turns_are_first_come_first_served():
    turns, log = Turns(), []
    for name in "abc":
        turns.take(lambda name=name: log.append(name))
    assert log == ["a"]
    turns.leave()
    assert log == ["a", "b"]
    turns.leave()
    turns.leave()
    turns.take(lambda: log.append("d"))
    assert log == ["a", "b", "c", "d"]


def test_turns_that_are_over_at_once_do_not_pile_up():
    # Each asks for the next while it has its turn, and leaves: a hundred thousand would be too deep for Python's stack.
    turns, left = Turns(), [100_000]

    def turn():
        left[0] -= 1
        if left[0] > 0:
            turns.take(turn)
        turns.leave()

    turns.take(turn)
    assert left == [0]
