"""Messages that are outstanding, round by round."""

from sim.connections.mixing.outstanding import Outstanding


def test_a_round_is_complete_when_all_of_its_messages_have_arrived():
    outstanding = Outstanding()
    outstanding.expect(0, 2)
    assert not outstanding.arrive(0)
    assert not outstanding.complete_through(0)
    assert outstanding.arrive(0)
    assert outstanding.complete_through(0)


def test_a_message_may_arrive_before_it_is_expected():
    outstanding = Outstanding()
    outstanding.expect(0, 1)
    assert not outstanding.arrive(1)
    assert outstanding.arrive(0)
    assert outstanding.complete_through(0)
    outstanding.expect(1, 2)
    assert not outstanding.complete_through(1)
    outstanding.arrive(1)
    assert outstanding.complete_through(1)


def test_rounds_are_complete_up_to_the_first_that_misses_something():
    outstanding = Outstanding()
    for number in range(3):
        outstanding.expect(number, 1)
    outstanding.arrive(0)
    outstanding.arrive(2)
    assert outstanding.complete_through(0)
    assert not outstanding.complete_through(1)
    assert not outstanding.complete_through(2)


def test_a_round_without_messages_is_complete():
    outstanding = Outstanding()
    outstanding.expect(0, 0)
    assert outstanding.complete_through(0)
