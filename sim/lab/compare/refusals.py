"""What the lab cannot do is refused before anything is started."""

from __future__ import annotations

from dataclasses import fields, replace

import networkx as nx

from sim.cluster.blueprint import Blueprint
from sim.cluster.lesson import lesson_of
from sim.connections.group.connect import Collectives
from sim.lab.job.possible import check_sizes, real_connection
from sim.lab.wires.layout import Layout
from sim.option_name import option_name
from sim.transports.ideal import Ideal
from topologies.field_error import FieldError, of_group
from topologies.networks import Network

#: Shortest gradient that processes can keep to (s): sleeps are late by a tenth of it where others are at work.
LEAST_SECONDS = 1e-3
#: Fastest link (Gb/s) that is tried: one core moves what a flow sends over virtual cards.
MOST_GBPS = 10.0


def check(blueprint: Blueprint, allreduce: str | None, *, delays: bool) -> None:
    """Refuse an experiment that cannot be a lab.

    Parameters
    ----------
    blueprint
        What is asked.
    allreduce
        Who carries out all-reduces, ring or gloo; None: nobody said.
    delays
        Whether wires have the latency of links.

    Raises
    ------
    FieldError
        Which names the full key.
    """
    experiment = blueprint.experiment
    if experiment.transport != Ideal():
        said = "the lab's wires carry TCP, and what that leaves of them is measured; leave it out"
        raise FieldError("transport", said, full=True)
    real_connection(blueprint, by_gloo=False)  # a ring is what gloo's all-reduce is, too
    if allreduce is not None and blueprint.connection(Collectives) is None:
        said = f"protocol={option_name(experiment.protocol)} has no all-reduce; leave it out"
        raise FieldError("lab.allreduce", said, full=True)
    if allreduce == "gloo":
        real_connection(blueprint, by_gloo=True)
    check_sizes(blueprint, lesson_of(blueprint, experiment.seed))
    if blueprint.seconds < LEAST_SECONDS:
        raise FieldError(
            "workload",
            f"a gradient of {blueprint.seconds:.3g} s is shorter than what processes can keep to; give workload="
            f"synthetic workload.seconds={LEAST_SECONDS:g} or more",
            full=True,
        )
    _check_links(blueprint, delays=delays)


def _check_links(blueprint: Blueprint, *, delays: bool) -> None:
    with of_group("network"):
        graph = Layout(blueprint.graph).graph
    links = [link for _, _, link in graph.edges(data=True)]
    fastest = max((8.0 * link["bandwidth"] / 1e9 for link in links), default=0.0)
    if fastest > MOST_GBPS:
        raise FieldError(
            "network",
            f"its fastest link has {fastest:g} Gb/s, more than virtual cards carry; give at most {MOST_GBPS:g}, such "
            "as network.bandwidth_gbps=0.05",
            full=True,
        )
    if not delays and _has_latency(blueprint.experiment.network, graph):
        said = "links have latencies of their own, which wires lack, as this kernel has no netem; give them 0"
        raise FieldError("network", said, full=True)


def _has_latency(network: Network, graph: nx.Graph) -> bool:
    """Whether links have a latency that network.latency_us=0 does not take from them, as the prediction's wires do."""
    if "latency_us" in {field.name for field in fields(network)}:
        hosts = sum(kind == "host" for _, kind in graph.nodes(data="kind"))
        graph = replace(network, latency_us=0.0).graph(hosts)  # type: ignore[call-arg]
    return any(latency for *_, latency in graph.edges(data="latency"))
