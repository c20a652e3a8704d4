"""The fabric: messages and schedules over a network, in SimPy's time.

The engine runs ahead of SimPy, but never past SimPy's next event: until then nothing can be sent that it does not know.
It runs when something may follow that Python waits for, after all other events of that instant, so that what they send
is solved once, together; till then it may lag behind SimPy, and is only told of what is sent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from weakref import WeakKeyDictionary

import networkx as nx
import numpy as np

from kernels.flows.tables import NOBODY, NOWHERE, OVER
from sim.fabric.background import Arrival, Background
from sim.fabric.clock import NEVER, Clock
from sim.fabric.engine import Engine
from sim.fabric.paths import Paths
from sim.fabric.program import Program, prepare
from sim.fabric.running import Running
from sim.fabric.schedule import Schedule
from sim.fabric.wires import Wires
from topologies.field_error import FieldError
from topologies.routing import Edge, Node


class Fabric:
    """The network between hosts.

    Every flow pays its route's latency, then has its max-min fair share of every link on its route until its last byte
    is served (Bertsekas and Gallager, "Data Networks", 2nd edition, section 6.5.2).

    Parameters
    ----------
    clock
        That of everything that sends, too. The network runs between its events.
    graph
        Annotated graph of the network (see `topologies.networks`); None for an ideal one, without latency and limits.
    efficiency
        Share of a link's bandwidth that is left for payload, in (0, 1]; of a link inside a machine all is.
    overhead
        Time that a message pays before its latency (s), >= 0, unless it stays inside a machine.
    cap
        The most that one message gets (B/s), > 0, unless it stays inside a machine; None: no cap.
    card_cap
        The most that all messages together get of a network card in each direction (B/s), > 0; None: the link's rate.
    background
        Traffic of others, from the present instant on; None: there is none.
    wires
        Those of the graph, where they have been made before, with the ways that are known; None: they are made.

    Attributes
    ----------
    bytes_sent : float
        All bytes handed to the fabric so far (B), those of a schedule when it starts; without the background's.

    Raises
    ------
    FieldError
        If a number is out of range, or the background asks for what the network has not.
    """

    def __init__(
        self,
        clock: Clock,
        graph: nx.Graph | None,
        *,
        efficiency: float = 1.0,
        overhead: float = 0.0,
        cap: float | None = None,
        card_cap: float | None = None,
        background: Background | None = None,
        wires: Wires | None = None,
    ) -> None:
        if not 0.0 < efficiency <= 1.0:
            raise FieldError("efficiency", f"must be in (0, 1], got {efficiency}; give the share of the line rate")
        if not 0.0 <= overhead < NEVER:
            raise FieldError("overhead", f"must be finite and >= 0, got {overhead}; give the seconds per message")
        for name, most, what in (("cap", cap, "one message"), ("card_cap", card_cap, "a card")):
            if most is not None and not most > 0.0:
                raise FieldError(name, f"must be positive, got {most}; give the B/s of {what}, or None for no cap")
        self.bytes_sent = 0.0
        self._clock = clock
        clock.drive(self._take_turn)
        self._wires = Wires(graph) if wires is None else wires
        taken = None if background is None else background.taken(self._wires.edges)
        self._engine = Engine(self._wires.payload(efficiency, card_cap or NEVER, taken), cap or NEVER)
        self.ideal = graph is None and overhead == 0.0 and cap in (None, NEVER)  # no message takes time
        self._paths = Paths(graph, self._wires, self._engine, overhead=overhead, ideal=self.ideal)
        self._path_of = self._paths.of
        self._programs: WeakKeyDictionary[Schedule, dict[tuple[int, ...], Program]] = WeakKeyDictionary()
        self._tickets = 0
        self._delivered: dict[int, Callable[[], object]] = {}
        self._running: dict[int, Running] = {}
        self._wakes = 0  # of the engine's present instant, not yet handled
        self._reached, self._due = 0.0, NEVER  # that instant, and when the engine has to run next
        self._arrivals = self._background(graph, background)
        self._known = NEVER  # the background's arrivals before this instant have been handed to the engine
        self._feed()

    def send(self, source: int, target: int, nbytes: float, delivered: Callable[[], object]) -> int:
        """Send a message on the channel from host `source` to host `target`.

        A channel is one ordered stream of bytes: a message pays its latency from now on, is served when the messages
        sent earlier on the channel have been, and is delivered in the order sent. On an ideal network, or within a
        host, it is delivered at once.

        Parameters
        ----------
        source, target
            Numbers of the hosts.
        nbytes
            Size (B), >= 0.
        delivered
            Called at the virtual instant of delivery. Calls of one instant come in the order of sending.

        Returns
        -------
        int
            Number of the message, to `withdraw` it by; 0 where it has been delivered at once.

        Raises
        ------
        FieldError
            If the size is negative or not finite, a host is unknown, or no path joins the two.
        """
        if not 0.0 <= nbytes < NEVER:
            raise FieldError("nbytes", f"must be finite and >= 0, got {nbytes}; give the size of the message in B")
        try:
            path = self._path_of[source, target]
        except KeyError:
            if self._paths.draining:
                self._catch_up()
            path = self._paths.channel(source, target)
        self.bytes_sent += nbytes
        if path == NOWHERE:
            delivered()
            return 0
        if self._known < NEVER:
            self._catch_up()
        self._tickets = ticket = self._tickets + 1
        clock = self._clock
        instant = self._engine.send(path, nbytes, True, ticket, clock._now)
        self._delivered[ticket] = delivered
        if instant < self._due:
            self._due = instant
            clock.expect(instant)
        return ticket

    def withdraw(self, ticket: int) -> bool:
        """Take a message off the network at the present instant, unless it has been delivered.

        Nobody is told of it any more. What has been served of it stays counted, what has not uses no link; later
        messages of the channel move up, without paying their latency again.

        Parameters
        ----------
        ticket
            Number that `send` has returned.

        Returns
        -------
        bool
            Whether the message was under way.
        """
        if self._delivered.pop(ticket, None) is None:
            return False
        self._catch_up()
        self._engine.drop(ticket, self._clock.now)
        self._look()
        return True

    def limit(self, one: Node, other: Node, share: float) -> None:
        """Leave a link a share of its capacity, in both directions, from the present instant on.

        A link of share 0 is down. What is under way over it stops, and what is left of it goes on at once over the
        way that the network's routing has over what is left (see `topologies.routing.remaining`), in the channel's
        order; it pays that way's latency, and the overhead, once more. Where no way is left, it rests until one is
        there again. When a link is back, what has been re-routed stays where it is, and messages of its channel follow
        it until all have been served; others take the healthy route.

        Parameters
        ----------
        one, other
            The link's ends.
        share
            What is left of what the link has for payload, in [0, 1]; 1: it is healthy.

        Raises
        ------
        FieldError
            If there is no such link, the share is out of range, or the link has no limit to take a share of.
        """
        self._catch_up()
        self._paths.limit(one, other, share, self._clock.now)
        self._programs.clear()
        self._look()

    def cut_off(self, hosts: Sequence[int]) -> list[list[int]]:
        """Return the groups of `hosts` that cannot reach the largest group of them, for links that are down.

        Parameters
        ----------
        hosts
            Numbers of hosts.
        """
        return self._paths.cut_off(list(hosts))

    def start(self, schedule: Schedule, hosts: Sequence[int], left: Callable[[int], object]) -> Running:
        """Start a schedule; its nodes wait until ranks enter.

        Parameters
        ----------
        schedule
            The graph of sends and delays. Its sends share links with all other flows but belong to no channel.
        hosts
            Number of the host of each rank.
        left
            Called with a rank at the instant when the rank's exit node is done.

        Returns
        -------
        Running
            Where ranks enter.

        Raises
        ------
        FieldError
            If there are not as many hosts as ranks, a host is unknown, or no path joins two that the schedule joins; if
            nodes of the schedule wait for each other.
        """
        program = self._program(schedule, tuple(hosts))
        self.bytes_sent += program.nbytes
        self._tickets = ticket = self._tickets + 1
        base = self._engine.load(program, ticket)
        running = Running(program, base, self._enter, left, partial(self._drop_schedule, ticket))
        self._running[ticket] = running
        return running

    def link_bytes(self) -> dict[Edge, float]:
        """Return the bytes that each link has carried so far in each direction, by directed edge (B).

        Those of flows under way count as far as they have been served; random flows of the background count, too.
        """
        self._catch_up()
        carried = self._engine.carried(self._clock.now)
        edges = [edge for way in self._paths.ways for edge in way.edges]
        weights = np.repeat(carried, [len(way.edges) for way in self._paths.ways])
        total = np.bincount(np.array(edges, np.int64), weights, minlength=len(self._wires.edges))
        return dict(zip(self._wires.edges, total.tolist(), strict=True))

    def _enter(self, node: int) -> None:
        if self._known < NEVER:
            self._catch_up()
        instant = self._engine.enter(node, self._clock.now)
        if instant < self._due:
            self._due = instant
            self._clock.expect(instant)

    def _drop_schedule(self, ticket: int) -> None:
        if self._running.pop(ticket, None) is not None:
            self._catch_up()
            self._engine.drop_program(ticket, self._clock.now)
            self._look()

    def _look(self) -> None:
        """Have the engine run in the present instant: what it has told to be next may be wrong."""
        if self._wakes == 0:
            self._due = self._clock.now
            self._clock.expect(self._due)

    def _program(self, schedule: Schedule, hosts: tuple[int, ...]) -> Program:
        programs = self._programs.setdefault(schedule, {})
        if hosts not in programs:
            programs[hosts] = prepare(schedule, hosts, self._paths.between)
        return programs[hosts]

    # -- the background
    def _background(self, graph: nx.Graph | None, background: Background | None) -> Iterator[list[Arrival]]:
        """The random flows of others on this network."""
        if graph is None or background is None or background.utilisation == 0.0:
            return iter(())
        hosts = sorted(node for node, kind in graph.nodes(data="kind") if kind == "host")
        if len(hosts) < 2:
            raise FieldError("utilisation", f"random flows need two hosts, the network has {len(hosts)}; leave it 0")
        among = set(hosts)
        sends = [number for number, (source, _) in enumerate(self._wires.edges) if source in among]
        capacity = float(self._wires.capacity[self._wires.resource[sends]].sum())
        if capacity == NEVER:
            raise FieldError("utilisation", "the hosts' links have no limit to take a share of; leave it 0")
        return background.arrivals(hosts, capacity, self._clock.now)

    def _feed(self) -> None:
        """Hand the background's next arrivals to the engine."""
        arrivals = next(self._arrivals, [])
        for start, source, target, nbytes in arrivals:
            self._engine.send(self._paths.between(source, target), nbytes, False, NOBODY, start)
        self._known = arrivals[-1].start if arrivals else NEVER

    # -- time
    def _take_turn(self, horizon: float) -> None:
        """Let the engine run up to `horizon` (s), and tell those who wait for what has happened by now."""
        clock = self._clock
        now = clock._now
        if self._wakes == 0 and self._due <= now:
            self._advance(horizon if horizon > now else math.nextafter(now, NEVER))
        while self._wakes > 0 and self._reached <= now:
            self._call_back()
            horizon = clock.peek()
            if horizon <= self._due:
                break  # others come first, and may send
            self._advance(horizon if horizon > now else math.nextafter(now, NEVER))
        clock.expect(self._reached if self._wakes > 0 else self._due)

    def _catch_up(self) -> None:
        """Let happen before the present instant what nobody waits for."""
        if self._wakes == 0:
            self._advance(self._clock.now)
            self._clock.expect(self._due)

    def _advance(self, horizon: float) -> None:
        """Let time pass in the engine, until it is `horizon` (s) or wakes somebody."""
        until = horizon if horizon < self._known else self._known
        self._wakes, self._reached, self._due = self._engine.advance(until)
        while until < horizon and self._wakes == 0:
            self._feed()
            until = min(horizon, self._known)
            self._wakes, self._reached, self._due = self._engine.advance(until)
        if self._known < self._due < NEVER:
            self._due = self._known

    def _call_back(self) -> None:
        """Tell everyone who waits for something that has happened in the engine's present instant."""
        count, self._wakes = self._wakes, 0
        for ticket, node in self._engine.take_wakes(count):
            if node < 0:
                if (delivered := self._delivered.pop(ticket, None)) is not None:  # not withdrawn in this instant
                    delivered()
            elif (running := self._running.get(ticket)) is None:
                continue  # the same
            elif node < OVER:
                running.done(node)
            else:
                del self._running[ticket]
                self._engine.unload(ticket)
