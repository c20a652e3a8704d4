"""Where messages come from and go to."""

from __future__ import annotations


class Endpoint:
    """Somebody on a host: a worker, or a server.

    Who crashes and comes back is another endpoint, of the next incarnation: what the one before has sent or awaits is
    dropped when it arrives, and what others still send to it.

    Parameters
    ----------
    host
        Number of the host.
    rank
        Which worker; None of a server.
    incarnation
        How often it has come back, >= 0.
    """

    __slots__ = ("gone", "host", "incarnation", "rank")

    def __init__(self, host: int, rank: int | None = None, incarnation: int = 0) -> None:
        self.host = host
        self.rank = rank
        self.incarnation = incarnation
        self.gone = False

    def reborn(self) -> Endpoint:
        """The next incarnation; this one is gone from now on."""
        self.gone = True
        return Endpoint(self.host, self.rank, self.incarnation + 1)
