"""How large a schedule may be: what is too large is refused before it is written."""

from __future__ import annotations

from sim.memory import available_memory
from topologies.field_error import FieldError
from topologies.ranges import check

#: A message of a schedule takes about 100 B, and so many while it is written and carried out.
MOST_MESSAGES, MESSAGE_BYTES = 50_000_000, 250

FEWER = "use fewer workers, or a collective of fewer messages: tree"


def check_channels(channels: int | None) -> None:
    """Refuse a number of channels that no network has; None is as many as it has."""
    check("channels", channels, "give the rings or trees side by side, or null for the rails", at_least=1, at_most=128)


def check_messages(messages: int, name: str, value: int) -> None:
    """Refuse a schedule of too many messages, of which a field `name` has as many times more as is its value.

    Raises
    ------
    FieldError
        ``<name>: must be at most <bound>, got <value>; ...``.
    """
    if value > 1 and messages > MOST_MESSAGES:
        each = messages // value
        remedy = f"with {each} messages each they make more than {MOST_MESSAGES}"
        check(name, value, remedy, at_most=max(1, MOST_MESSAGES // each))


def check_ranks(ranks: int, nodes: int) -> None:
    """Refuse a schedule of so many ranks that its nodes, messages and delays, fill the memory.

    Raises
    ------
    FieldError
        ``workers: <ranks> make a schedule of <nodes> messages and delays, more than ...``, or ``which need ...``.
    """
    if nodes > 2 * MOST_MESSAGES:
        said = (
            f"{ranks} make a schedule of {nodes} messages and delays, more than the {2 * MOST_MESSAGES} that are held"
        )
        raise FieldError("workers", f"{said}; {FEWER}", full=True)
    needed, memory = MESSAGE_BYTES * nodes, available_memory()
    if needed > memory:
        said = f"{ranks} make a schedule of {nodes} messages and delays, which need about {needed / 1e9:.1f} GB"
        raise FieldError("workers", f"{said}, this machine has {memory / 1e9:.1f} GB; {FEWER}", full=True)


def check_chunks(chunks: int, hops: int) -> None:
    """Refuse more chunks than a schedule can have.

    Parameters
    ----------
    chunks
        Number of chunks that travel one after the other.
    hops
        Number of messages that carry one of them, in all.

    Raises
    ------
    FieldError
        ``chunks: must be at most <bound>, got <chunks>; ...``.

    Examples
    --------
    >>> check_chunks(100_000, hops=2_000)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    topologies.field_error.FieldError: chunks: must be at most 25000, got 100000; with 2000 messages each they ...
    """
    if chunks * hops > MOST_MESSAGES:
        remedy = f"with {hops} messages each they make more than {MOST_MESSAGES}"
        check("chunks", chunks, remedy, at_most=MOST_MESSAGES // hops)
