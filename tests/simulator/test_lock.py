"""Who waits for a lock is granted it one at a time, in the order of asking."""

from sim.connections.pairs.lock import Lock


def test_a_lock_is_granted_first_come_first_served():
    lock, log = Lock(), []
    for name in "abc":
        lock.acquire(lambda name=name: log.append(name))
    assert log == ["a"]
    lock.release()
    assert log == ["a", "b"]
    lock.release()
    lock.release()
    lock.acquire(lambda: log.append("d"))
    assert log == ["a", "b", "c", "d"]


def test_holders_that_are_done_at_once_do_not_pile_up():
    # Each asks for the next while it holds the lock: a hundred thousand would be too deep for Python's stack.
    lock, left = Lock(), [100_000]

    def hold():
        left[0] -= 1
        if left[0] > 0:
            lock.acquire(hold)
        lock.release()

    lock.acquire(hold)
    assert left == [0]
