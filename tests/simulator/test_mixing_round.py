"""What a worker has still to wait for in a round of mixing."""

from sim.connections.mixing.round import Given, Round


def test_a_round_waits_for_messages_to_its_worker_and_from_it():
    mine = Round()
    mine.expect(senders=2, receivers=3)
    assert (mine.unsent, mine.undelivered) == (2, 5)


def test_a_message_may_come_before_it_is_expected():
    mine = Round()
    mine.unsent -= 1
    mine.undelivered -= 1
    mine.expect(senders=1, receivers=0)
    assert (mine.unsent, mine.undelivered) == (0, 0)


def test_what_is_given_is_in_order_of_ranks():
    given = [Given(rank, 0, {}, None, 1.0, None) for rank in (2, 0, 1)]
    assert [each.sender for each in sorted(given)] == [0, 1, 2]
