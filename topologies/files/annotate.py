"""The annotated graph of what a file describes."""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple, TypeAlias

import networkx as nx

from topologies.files import Drawing, Link, has
from topologies.files.kinds import kinds_of
from topologies.files.numbering import in_order, names_of
from topologies.files.parts import largest_part
from topologies.files.quantities import BANDWIDTH, DISTANCE, LATENCY, quantity
from topologies.routing import Node
from topologies.units import bytes_per_second, seconds

Names: TypeAlias = dict[str, Node]  # what the file calls a node -> what the graph does

#: Light in glass travels at two thirds of its speed (us per km).
FIBRE = 5.0


class Assumed(NamedTuple):
    """What links have of which the file says nothing; None: each must say it.

    Attributes
    ----------
    bandwidth_gbps : float, optional
        In each direction (Gb/s).
    latency_us : float, optional
        Of links without a length (us).
    us_per_km : float, optional
        Latency of a link of one km (us).
    """

    bandwidth_gbps: float | None = None
    latency_us: float | None = None
    us_per_km: float | None = None


#: Each link says its own.
ASSUMED = Assumed()


class Rates(NamedTuple):
    """What one link says of itself (Gb/s, us, km); None of what it does not say, and which attributes are unclear."""

    bandwidth: float | None
    latency: float | None
    distance: float | None
    unclear: tuple[str, str]


def annotate(drawing: Drawing, assumed: Assumed = ASSUMED) -> nx.Graph:
    """Make the annotated graph of a drawing, in which nothing is taken on trust.

    Parameters
    ----------
    drawing
        What a file says. Nodes of which it does not say what they are, are hosts. Hosts are numbered by
        `topologies.files.numbering`, and keep their name in the file as the attribute ``name``.
    assumed
        What links without a bandwidth or a latency have.

    Returns
    -------
    networkx.Graph or networkx.DiGraph
        Annotated graph; with the file's routes, if it lists any, as the graph's ``routes`` (see
        `topologies.routing.explicit`), and how the file was understood, a line each, as its ``remarks``.

    Raises
    ------
    ValueError
        What is wrong with which node, link or route, without the file's name.
    """
    drawing = largest_part(drawing)
    graph = nx.DiGraph() if drawing.directed else nx.Graph()
    names, remarks = _add_nodes(graph, drawing)
    remarks = [*drawing.remarks, *remarks]
    called = [link.called(drawing.directed) for link in drawing.links]
    rates = [_rates(link, drawing, what) for link, what in zip(drawing.links, called, strict=True)]
    joined = 0
    written: dict[tuple[Node, Node], bool] = {}  # links, from the end named first: whether the bandwidth is its own
    instant = assumed.bandwidth_gbps is not None and all(
        rate.latency is None and rate.distance is None for rate in rates
    )
    if instant and assumed.latency_us is None:
        assumed = assumed._replace(latency_us=0.0)
        remarks.append("no link says its latency, so that all have 0 us; network.latency_us gives another one")
    for link, what, rate in zip(drawing.links, called, rates, strict=True):
        joined += _add_link(graph, link, rate, assumed, names, written, what)
    if joined:
        remarks.append(f"links beside others are added to these, with the longest latency of each: {joined}")
    remarks += _what_is_assumed(rates, assumed)
    if drawing.routes:
        graph.graph["routes"] = _routes(graph, drawing, names)
    graph.graph["remarks"] = remarks
    return graph


def _add_nodes(graph: nx.Graph, drawing: Drawing) -> tuple[Names, list[str]]:
    listed = names_of(drawing.nodes)
    kinds, remarks = kinds_of(drawing.nodes)
    hosts = [name for name, kind in zip(listed, kinds, strict=True) if kind == "host"]
    switches = [str(name) for name, kind in zip(listed, kinds, strict=True) if kind == "switch"]
    if not hosts:
        raise ValueError("has no host; give nodes without a kind, or of the kind host")
    hosts, order = in_order(hosts, "hosts")
    graph.add_nodes_from((number, {"kind": "host", "name": str(name)}) for number, name in enumerate(hosts))
    graph.add_nodes_from(switches, kind="switch")
    return {str(name): number for number, name in enumerate(hosts)} | {name: name for name in switches}, [
        order,
        *remarks,
    ]


def _rates(link: Link, drawing: Drawing, what: str) -> Rates:
    bandwidth, unclear = quantity(BANDWIDTH, link.attributes, drawing.attributes, what)
    latency, vague = quantity(LATENCY, link.attributes, drawing.attributes, what)
    distance, _ = quantity(DISTANCE, link.attributes, drawing.attributes, what)
    return Rates(bandwidth, latency, distance, (unclear, vague))


def _add_link(
    graph: nx.Graph,
    link: Link,
    rates: Rates,
    assumed: Assumed,
    names: Names,
    written: dict[tuple[Node, Node], bool],
    what: str,
) -> bool:
    """Add a link; whether it was only more bandwidth of one that is there."""
    one, other = (_node(end, names, what) for end in (link.source, link.target))
    own = rates.bandwidth is not None
    if not graph.is_directed() and (other, one) in written and (own or written[other, one]):
        # from either end, it may be one link or two
        raise ValueError(f"{what} is there twice; give one link of the joint bandwidth")
    flags = _flags(graph, link.attributes.get("inside"), link.attributes.get("duplex"), what)
    bandwidth = bytes_per_second(_bandwidth(link, rates, assumed, what))
    latency = seconds(_latency(link, rates, assumed, what))
    written[one, other] = own or written.get((one, other), False)
    if not graph.has_edge(one, other):
        graph.add_edge(one, other, bandwidth=bandwidth, latency=latency, **flags)
        return False
    edge = graph.edges[one, other]
    if any(edge.get(flag) != flags.get(flag) for flag in ("inside", "duplex")):
        raise ValueError(f"{what} is there twice, with another inside or duplex; give one link of the joint bandwidth")
    edge["bandwidth"] += bandwidth
    edge["latency"] = max(edge["latency"], latency)  # a message that is cut in two is there with its later part
    return True


def _flags(graph: nx.Graph, inside: object, duplex: object, what: str) -> dict[str, object]:
    if inside not in (None, False, True):
        raise ValueError(f"{what}: inside must be true or false, got {inside!r}; say whether it is in a machine")
    flags: dict[str, object] = {"inside": True} if inside else {}
    if not graph.is_directed():
        if duplex not in (None, "split", "shared"):
            raise ValueError(f"{what}: duplex must be split or shared, got {duplex!r}")
        flags["duplex"] = duplex or "split"
    elif duplex not in (None, "split"):
        raise ValueError(
            f"{what}: duplex must be split, as in a directed graph each direction has its own edge, got {duplex!r}"
        )
    return flags


def _bandwidth(link: Link, rates: Rates, assumed: Assumed, what: str) -> float:
    """The bandwidth of a link (Gb/s), its own or the assumed one."""
    remedy = BANDWIDTH.remedy
    given = assumed.bandwidth_gbps if rates.bandwidth is None else rates.bandwidth
    if given is None:
        raise _missing(
            link, BANDWIDTH.name, rates.unclear[0], f"{remedy}, or network.bandwidth_gbps for all without", what
        )
    if not 0.0 < bytes_per_second(given) < math.inf:
        raise ValueError(f"{what}: bandwidth_gbps must be above 0 and finite, got {given}; {remedy}")
    return given


def _latency(link: Link, rates: Rates, assumed: Assumed, what: str) -> float:
    """The latency of a link (us): its own, that of its length, or the assumed one."""
    remedy = LATENCY.remedy
    given = rates.latency
    if given is None and rates.distance is not None and _by_length(assumed):
        given = rates.distance * (FIBRE if assumed.us_per_km is None else assumed.us_per_km)
    if given is None:
        given = assumed.latency_us
    if given is None:
        raise _missing(link, LATENCY.name, rates.unclear[1], f"{remedy}, or network.latency_us for all without", what)
    if not 0.0 <= given < math.inf:
        raise ValueError(f"{what}: latency_us must be at least 0 and finite, got {given}; {remedy}")
    return given


def _by_length(assumed: Assumed) -> bool:
    """Whether a link's length says its latency: unless only another latency is given."""
    return assumed.us_per_km is not None or assumed.latency_us is None


def _missing(link: Link, name: str, unclear: str, remedy: str, what: str) -> ValueError:
    if unclear:
        value = link.attributes[unclear]
        return ValueError(
            f"{what}: {name} is missing, and the unit of {unclear}={value!r} is not said; name it {name}, or {remedy}"
        )
    return ValueError(f"{what}: {name} is missing (it has {has(link.attributes)}); {remedy}")


def _what_is_assumed(rates: list[Rates], assumed: Assumed) -> Iterable[str]:
    """How many links have a bandwidth or a latency that is not their own, and which attributes are not used."""
    total = len(rates)
    if without := sum(rate.bandwidth is None for rate in rates):
        yield f"{without} of {total} links have network.bandwidth_gbps={assumed.bandwidth_gbps:g}"
    silent = [rate for rate in rates if rate.latency is None]
    long = [rate for rate in silent if rate.distance is not None] if _by_length(assumed) else []
    if long:
        given = assumed.us_per_km
        said = f"{FIBRE:g} us per km, as light in fibre" if given is None else f"network.us_per_km={given:g}"
        yield f"{len(long)} of {total} links have the latency of their length, {said}"
    if len(silent) > len(long) and assumed.latency_us:
        yield f"{len(silent) - len(long)} of {total} links have network.latency_us={assumed.latency_us:g}"
    for unclear in sorted({name for rate in rates for name in rate.unclear if name}):
        yield f"the links' attribute {unclear} is not used, as its unit is not said"


def _node(name: object, names: Names, what: str) -> Node:
    if isinstance(name, bool) or not isinstance(name, int | str) or str(name) not in names:
        raise ValueError(f"{what}: there is no node {name!r}")
    return names[str(name)]


def _routes(graph: nx.Graph, drawing: Drawing, names: Names) -> dict[tuple[Node, Node], list[Node]]:
    routes: dict[tuple[Node, Node], list[Node]] = {}
    for given in drawing.routes:
        what = f"route {given!r}"
        if not isinstance(given, list) or len(given) < 2:
            raise ValueError(f"{what} must be a list of two nodes or more")
        nodes = [_node(name, names, what) for name in given]
        if any(graph.nodes[end]["kind"] == "switch" for end in (nodes[0], nodes[-1])):
            raise ValueError(f"{what} must lead from a host to a host")
        if len(set(nodes)) < len(nodes):
            raise ValueError(f"{what} passes a node twice")
        for (one, other), (first, second) in zip(pairwise(given), pairwise(nodes), strict=True):
            if not graph.has_edge(first, second):
                raise ValueError(f"{what}: no edge leads from {one!r} to {other!r}")
        if (nodes[0], nodes[-1]) in routes:
            raise ValueError(f"{what} is the second one from {given[0]!r} to {given[-1]!r}")
        routes[nodes[0], nodes[-1]] = nodes
    return routes
