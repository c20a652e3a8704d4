"""How large a graph must be, and how large it may be: what is too large is refused before it is built."""

from __future__ import annotations

from topologies.field_error import FieldError

#: Hosts and switches together. An experiment has at most a million workers; the rest is for its servers and switches.
MOST_NODES = 1_300_000

#: The densest network of a million hosts, the hypercube of 2^20, has 10.5 million links; twice that fills the memory.
MOST_LINKS = 20_000_000

#: Edges of a communication graph: as many fill a few GB with the shares of models that are given along them.
MOST_EDGES = 5_000_000


class TooFewHosts(FieldError):  # noqa: N818  # the name says what is wrong
    """A network that has fewer hosts than are needed.

    Parameters
    ----------
    field
        The field to change.
    needed
        How many hosts are needed.
    but
        How many there are, and the remedy.

    Examples
    --------
    >>> raise TooFewHosts("hosts", 3, "the switch has 2; give 3 or more").because("workers=2 and a server")
    Traceback (most recent call last):
    topologies.size.TooFewHosts: hosts: 3 are needed, but the switch has 2; give 3 or more (workers=2 and a server)
    """

    def __init__(self, field: str, needed: int, but: str, *, full: bool = False) -> None:
        what = "" if field == "hosts" else " hosts"
        super().__init__(field, f"{needed}{what} are needed, but {but}", full=full)
        self.args = (field, needed, but)  # an exception is made of these again in another process
        self.needed = needed
        self.but = but

    def because(self, reason: str) -> TooFewHosts:
        """The same error, which also says who needs so many hosts."""
        return TooFewHosts(self.field, self.needed, f"{self.but} ({reason})", full=self.full)


def check_size(hosts: int, switches: int, links: int, /, **sizes: int) -> None:
    """Refuse a network that has too many nodes or links to be simulated.

    Parameters
    ----------
    hosts, switches, links
        How many the network would have.
    **sizes
        The numbers that make it so large, by the names of their arguments; the largest is the one to change.

    Raises
    ------
    FieldError
        ``<name>: makes <what>, more than the <bound> that can be simulated; give fewer``.

    Examples
    --------
    >>> check_size(2_000_000, 0, 4_000_000, k=2_000_000)
    Traceback (most recent call last):
    topologies.field_error.FieldError: k: makes 2000000 hosts, more than the 1300000 that can be simulated; give fewer
    """
    nodes = f"{hosts + switches} hosts{' and switches' if switches else ''}"
    for count, what, most in ((hosts + switches, nodes, MOST_NODES), (links, f"{links} links", MOST_LINKS)):
        if count > most:
            name = max(sizes, key=lambda each: sizes[each])
            raise FieldError(name, f"makes {what}, more than the {most} that can be simulated; give fewer")


def check_workers(workers: int) -> None:
    """Refuse a communication graph without ranks.

    Parameters
    ----------
    workers
        Number of ranks.

    Raises
    ------
    FieldError
        ``workers: must be at least 1, got <workers>; give the number of ranks``.
    """
    if workers < 1:
        raise FieldError("workers", f"must be at least 1, got {workers}; give the number of ranks", full=True)


def check_edges(workers: int, edges: int) -> None:
    """Refuse a communication graph that has too many edges to be simulated.

    Parameters
    ----------
    workers
        Number of ranks.
    edges
        How many the graph would have, or how many a random one is expected to have.

    Raises
    ------
    FieldError
        ``workers: <workers> make <edges> edges, more than the <bound> that can be simulated; ...``.

    Examples
    --------
    >>> check_edges(20_000, 20_000 * 19_999 // 2)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    topologies.field_error.FieldError: workers: 20000 make 199990000 edges, more than the 5000000 that ...
    """
    if edges > MOST_EDGES:
        raise FieldError(
            "workers",
            f"{workers} make {edges} edges, more than the {MOST_EDGES} that can be simulated; give fewer workers",
            full=True,
        )
