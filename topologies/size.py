"""How large a graph may be: what is too large is refused before it is built."""

from __future__ import annotations

#: Hosts and switches together. An experiment has at most a million workers; the rest is for its servers and switches.
MOST_NODES = 1_300_000

#: The densest network of a million hosts, the hypercube of 2^20, has 10.5 million links; twice that fills the memory.
MOST_LINKS = 20_000_000

#: Edges of a communication graph: as many fill a few GB with the shares of models that are given along them.
MOST_EDGES = 5_000_000


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
    ValueError
        ``<name>: makes <what>, more than the <bound> that can be simulated; give fewer``.

    Examples
    --------
    >>> check_size(10**12, 0, 2 * 10**12, shape=10**12)
    Traceback (most recent call last):
    ValueError: shape: makes 1000000000000 hosts, more than the 1300000 that can be simulated; give fewer
    """
    nodes = f"{hosts + switches} hosts{' and switches' if switches else ''}"
    for count, what, most in ((hosts + switches, nodes, MOST_NODES), (links, f"{links} links", MOST_LINKS)):
        if count > most:
            name = max(sizes, key=lambda each: sizes[each])
            raise ValueError(f"{name}: makes {what}, more than the {most} that can be simulated; give fewer")


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
    ValueError
        ``workers: <workers> make <edges> edges, more than the <bound> that can be simulated; ...``.

    Examples
    --------
    >>> check_edges(20_000, 20_000 * 19_999 // 2)
    Traceback (most recent call last):
    ValueError: workers: 20000 make 199990000 edges, more than the 5000000 that can be simulated; give fewer workers
    """
    if edges > MOST_EDGES:
        raise ValueError(
            f"workers: {workers} make {edges} edges, more than the {MOST_EDGES} that can be simulated; "
            "give fewer workers"
        )
