"""Mailboxes: one queue per sender, emptied by rounds."""

from sim.mailbox import Mailbox


def test_a_round_is_complete_when_every_sender_has_an_item():
    mailbox = Mailbox([3, 1])
    assert not mailbox.complete
    mailbox.put(1, "a")
    mailbox.put(1, "b")
    assert not mailbox.complete
    mailbox.put(3, "c")
    assert mailbox.complete
    assert mailbox.take() == {3: "c", 1: "a"}


def test_items_of_a_sender_that_is_ahead_wait_for_the_next_round():
    mailbox = Mailbox([0, 1])
    for sender, item in [(0, "first"), (0, "second"), (1, "first")]:
        mailbox.put(sender, item)
    mailbox.take()
    assert not mailbox.complete
    mailbox.put(1, "second")
    assert mailbox.take() == {0: "second", 1: "second"}


def test_a_mailbox_without_senders_is_always_complete():
    mailbox = Mailbox([])
    assert mailbox.complete
    assert mailbox.take() == {}
