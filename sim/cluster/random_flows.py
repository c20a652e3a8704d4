"""The random flows of a background before there are any: how many come, and how many are under way at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from typing import TYPE_CHECKING

from sim.streams import stream
from topologies.machines import Cards
from topologies.routing import Edge
from topologies.routing.routes import Routes

if TYPE_CHECKING:
    import networkx as nx

    from sim.experiment import Experiment

#: What a flow takes of this machine (s), and as much again for every other that is under way: whoever shares a link
#: with somebody who shares a link with it is looked at. Measured on one core, to a factor of three.
FLOW_SECONDS, EACH_OTHER_SECONDS = 30e-6, 0.5e-6
#: Where hosts are no more than these, all pairs of them are looked at; else some, and all links of a kind count alike.
FEW_HOSTS = 32
#: Pairs that are looked at, and nodes and links that may be walked for them: of a million hosts, a few pairs.
MOST_PAIRS, MOST_WALKED, LEAST_PAIRS = 500, 2_000_000, 4
#: A link is taken to be this busy at the most (share of its capacity) where it serves all that comes.
BUSIEST = 0.95


@dataclass(frozen=True)
class RandomFlows:
    """The random flows of an experiment.

    Parameters
    ----------
    experiment
        Whose background they are.
    graph
        Annotated graph of its network; None of an ideal one, which has none.
    seconds
        How long the run lasts on its clock (s).
    """

    experiment: Experiment
    graph: nx.Graph | None
    seconds: float

    @property
    def count(self) -> float:
        """How many come in all."""
        return self.seconds * self._rate if self._rate > 0.0 else 0.0

    @cached_property
    def under_way(self) -> float:
        """How many are under way at once, on average.

        Where every link serves what comes, those that come while one is served (Little's law), at the cap or at what
        the others leave of the narrowest link on its way. Of flows over a link to which more comes than it serves, a
        load above 1, the share ``1 - 1/load`` stays: on average over the run half of those there are in the end.
        """
        ways = self._ways
        if not ways:
            return 0.0
        loads, served, stuck = self._loads(ways), 0.0, 0.0
        nbytes, transport = self.experiment.background.mean_flow_bytes, self.experiment.transport
        cap = transport.flow_cap
        for way in ways:
            links = [(*self._link(edge), loads[self._kind(edge)]) for edge in way]
            free = min(width * (1.0 - min(BUSIEST, load)) for width, _, load in links)
            latency = transport.overhead_seconds + sum(each for _, each, _ in links)
            served += latency + nbytes / (free if cap is None else min(cap, free))
            stuck += max((1.0 - 1.0 / load for *_, load in links if load > 1.0), default=0.0)
        stays = 0.5 * self.seconds * stuck / len(ways)
        return min(self.count, self._rate * (served / len(ways) + stays))

    @property
    def work_seconds(self) -> float:
        """What they take of this machine (s), about."""
        return self.count * (FLOW_SECONDS + EACH_OTHER_SECONDS * self.under_way) if self.count > 0.0 else 0.0

    @property
    def crowded(self) -> bool:
        """Whether it is how many are under way at once that takes the time, and not how many come."""
        return EACH_OTHER_SECONDS * self.under_way > FLOW_SECONDS

    @cached_property
    def _hosts(self) -> list[int]:
        return [] if self.graph is None else sorted(n for n, kind in self.graph.nodes(data="kind") if kind == "host")

    @cached_property
    def _cards(self) -> Cards:
        assert self.graph is not None
        return Cards(self.graph)

    @cached_property
    def _rate(self) -> float:
        """How many come in a second (1/s); none where hosts have no limit to take a share of: the fabric refuses it."""
        if self.graph is None:
            return 0.0
        hosts = set(self._hosts)
        capacity = sum(
            float(rate) * (1 if self.graph.is_directed() else (one in hosts) + (other in hosts))
            for one, other, rate in self.graph.edges(data="bandwidth")
            if one in hosts or other in hosts
        )
        return self.experiment.background.flow_rate(capacity) if capacity < float("inf") else 0.0

    @cached_property
    def _ways(self) -> list[list[Edge]]:
        """The ways of pairs of hosts: of all, or of as many as are looked at."""
        if self.graph is None or len(self._hosts) < 2 or self._rate == 0.0:
            return []
        routes = Routes(self.graph)
        return [routes.route(source, target) for source, target in self._pairs(self.graph)]

    def _pairs(self, graph: nx.Graph) -> Iterator[tuple[int, int]]:
        hosts = self._hosts
        if len(hosts) <= FEW_HOSTS:
            yield from permutations(hosts, 2)
            return
        count = max(LEAST_PAIRS, min(MOST_PAIRS, MOST_WALKED // (len(graph) + graph.number_of_edges())))
        generator = stream(self.experiment.seed, "pairs of random flows")
        sources = generator.integers(len(hosts), size=count)
        further = generator.integers(1, len(hosts), size=count)
        for source, target in zip(sources.tolist(), ((sources + further) % len(hosts)).tolist(), strict=True):
            yield hosts[source], hosts[target]

    def _loads(self, ways: list[list[Edge]]) -> dict[Hashable, float]:
        """What comes to the links of each kind, as a share of what they serve."""
        assert self.graph is not None
        crossed = Counter(self._kind(edge) for way in ways for edge in way)
        both = [(one, other) for one, other in self.graph.edges]
        both += [] if self.graph.is_directed() else [(other, one) for one, other in both]
        width: Counter[Hashable] = Counter()
        for edge in both if len(self._hosts) > FEW_HOSTS else crossed:
            width[self._kind(edge)] += self._link(edge)[0]  # type: ignore[arg-type,assignment]
        offered = self._rate * self.experiment.background.mean_flow_bytes / len(ways)
        return {kind: offered * times / width[kind] for kind, times in crossed.items()}

    def _kind(self, edge: Edge) -> Hashable:
        """Links that are taken to be alike: where all pairs are looked at, each is one of its own."""
        assert self.graph is not None
        if len(self._hosts) <= FEW_HOSTS:
            return edge
        kinds = self.graph.nodes
        return kinds[edge[0]]["kind"], kinds[edge[1]]["kind"], self.graph.edges[edge]["bandwidth"]

    def _link(self, edge: Edge) -> tuple[float, float]:
        """What is left of a link for payload (B/s), and its latency (s)."""
        assert self.graph is not None
        link = self.graph.edges[edge]
        rate = self.experiment.transport.payload(
            link["bandwidth"], inside=link.get("inside", False), cards=self._cards.of(edge)
        )
        return rate, float(link["latency"])
