"""An error that knows which field it is about."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


class FieldError(ValueError):
    """A field that cannot be what it is given.

    Parameters
    ----------
    field
        The argument or field, as the user writes it, seen from where it is checked.
    said
        What is wrong with it: the value, and the remedy.
    full
        Whether `field` is the full key already, whatever group is being checked: that of another group, or of none.

    Examples
    --------
    >>> with of_group("network"):
    ...     raise FieldError("hosts", "must be at least 1, got 0")
    Traceback (most recent call last):
    topologies.field_error.FieldError: network.hosts: must be at least 1, got 0
    """

    def __init__(self, field: str, said: str, *, full: bool = False) -> None:
        super().__init__(field, said)
        self.field = field
        self.said = said
        self.full = full

    def __str__(self) -> str:
        return f"{self.field}: {self.said}"


@contextmanager
def of_group(group: str) -> Iterator[None]:
    """Have errors about fields that are raised in the block name the full key, `group.field`.

    Errors about no field of their own become errors about the group.
    """
    try:
        yield
    except FieldError as error:
        if error.full:
            raise
        raise FieldError(f"{group}.{error.field}", error.said, full=True) from error
    except ValueError as error:
        raise FieldError(group, str(error), full=True) from error
