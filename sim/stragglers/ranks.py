"""Workers that are named: whom a straggler law is about."""

from __future__ import annotations

from collections.abc import Collection

from topologies.field_error import FieldError
from topologies.ranges import check


def check_ranks(ranks: Collection[int]) -> None:
    """Refuse what names nobody, and who is named twice.

    Parameters
    ----------
    ranks
        The field `ranks` of a law: numbers of workers, from 0.

    Raises
    ------
    FieldError
        Which names the field, the rank and what to give.
    """
    for rank in ranks:
        check("ranks", rank, "workers are numbered from 0", at_least=0)
    if len(set(ranks)) < len(ranks):
        raise FieldError("ranks", f"must be different workers, got {sorted(ranks)}; name each once")


def check_among(ranks: Collection[int], workers: int) -> None:
    """Refuse ranks that no worker has.

    Parameters
    ----------
    ranks
        The field `ranks` of a law.
    workers
        How many workers there are.

    Raises
    ------
    FieldError
        Which names the field, the rank and what to give.
    """
    if ranks and max(ranks) >= workers:
        raise FieldError(
            "ranks",
            f"workers={workers} are numbered 0 to {workers - 1}, got {max(ranks)}; give one of these, or more workers",
        )
