"""How large a network may be: what is too large is refused before its graph is built."""

from __future__ import annotations

#: Hosts and switches together. An experiment has at most a million workers; the rest is for its servers and switches.
MOST_NODES = 1_300_000

#: The densest network of a million hosts, the hypercube of 2^20, has 10.5 million links; twice that fills the memory.
MOST_LINKS = 20_000_000


def check_size(hosts: int, switches: int, links: int, /, **sizes: int) -> None:
    """Refuse a network that has too many nodes or links to be simulated.

    Parameters
    ----------
    hosts, switches, links
        What the network would have.
    **sizes
        The arguments that make it so large, by name; the largest is the one to change.

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
