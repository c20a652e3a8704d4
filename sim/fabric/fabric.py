"""The fabric: messages and schedules over a network, in SimPy's time.

The engine runs ahead of SimPy, but never past SimPy's next event: until then nothing can be sent that it does not know.
So its own instants cost no SimPy event; an instant that Python waits for costs one. A tick comes after all other events
of its instant, so that what they send is solved once, together.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from weakref import WeakKeyDictionary

import networkx as nx
import simpy
from simpy.events import EventPriority

from kernels.flows.tables import NOWHERE, OVER
from sim.fabric.engine import Engine
from sim.fabric.program import Program, prepare
from sim.fabric.schedule import Schedule
from sim.fabric.wires import Wires

#: After SimPy's URGENT (0) and NORMAL (1).
LAST = EventPriority(2)


class Running:
    """A schedule under way; made by `Fabric.start`."""

    def __init__(self, fabric: Fabric, program: Program, ticket: int, base: int, left: Callable[[int], object]) -> None:
        self._fabric = fabric
        self._program = program
        self._ticket = ticket
        self._base = base
        self._left = left
        self._outside = set(range(len(program.entry)))

    def enter(self, rank: int) -> None:
        """Release the entry node of `rank` at the present instant.

        Raises
        ------
        ValueError
            If there is no such rank or it has entered before.
        """
        if rank not in self._outside:
            raise ValueError(f"rank: {rank} is not one of the schedule's ranks, or has entered before")
        self._outside.remove(rank)
        self._fabric._enter(self._base + self._program.entry[rank])

    def _done(self, node: int) -> None:
        """Tell the ranks whose exit `node` is."""
        for rank in self._program.leaving[node - self._base]:
            self._left(rank)


class Fabric:
    """The network between hosts.

    Every flow pays its route's latency, then has its max-min fair share of every link on its route until its last byte
    is served (Bertsekas and Gallager, "Data Networks", 2nd edition, section 6.5.2).

    Parameters
    ----------
    environment
        SimPy's clock, also of everything that sends.
    graph
        Annotated graph of the network (see `topologies.networks`); None for an ideal one, without latency and limits.

    Attributes
    ----------
    bytes_sent : float
        All bytes handed to the fabric so far (B), those of a schedule when it starts.
    """

    def __init__(self, environment: simpy.Environment, graph: nx.Graph | None) -> None:
        self.bytes_sent = 0.0
        self._environment = environment
        self._ideal = graph is None
        self._wires = Wires(graph)
        self._engine = Engine(self._wires.capacity)
        self._paths: dict[tuple[int, int], int] = {}
        self._programs: WeakKeyDictionary[Schedule, dict[tuple[int, ...], Program]] = WeakKeyDictionary()
        self._tickets = 0
        self._delivered: dict[int, Callable[[], object]] = {}
        self._running: dict[int, Running] = {}
        self._wakes = 0  # of the engine's present instant, not yet handled
        self._reached = 0.0  # nothing may be sent before: the engine has been there
        self._tick: simpy.Event | None = None
        self._tick_at = math.inf

    def send(self, source: int, target: int, nbytes: float, delivered: Callable[[], object]) -> None:
        """Send a message on the channel from host `source` to host `target`.

        A channel is one ordered stream of bytes: a message pays its latency from now on, is served when the messages
        sent earlier on the channel have been, and is delivered in the order sent. On an ideal network, or within a
        host, it is delivered at once.

        Parameters
        ----------
        source, target
            Hosts.
        nbytes
            Size (B), >= 0.
        delivered
            Called at the virtual instant of delivery. Calls of one instant come in the order of sending.

        Raises
        ------
        ValueError
            If the size is negative or not finite, a host is unknown, or no path joins the two.
        """
        if not 0.0 <= nbytes < math.inf:
            raise ValueError(f"nbytes: must be finite and >= 0, got {nbytes}; give the size of the message in B")
        self.bytes_sent += nbytes
        if self._ideal or source == target:
            delivered()
            return
        path, now, ticket = self._path(source, target), self._now(), self._ticket()
        self._delivered[ticket] = delivered
        self._wake_at(self._engine.send(path, nbytes, True, ticket, now))

    def start(self, schedule: Schedule, hosts: Sequence[int], left: Callable[[int], object]) -> Running:
        """Start a schedule; its nodes wait until ranks enter.

        Parameters
        ----------
        schedule
            The graph of sends and delays. Its sends share links with all other flows but belong to no channel.
        hosts
            Host of each rank.
        left
            Called with a rank at the instant when the rank's exit node is done.

        Returns
        -------
        Running
            Where ranks enter.

        Raises
        ------
        ValueError
            If there are not as many hosts as ranks, a host is unknown, or no path joins two that the schedule joins.
        """
        program = self._program(schedule, tuple(hosts))
        self.bytes_sent += program.nbytes
        ticket = self._ticket()
        running = Running(self, program, ticket, self._engine.load(program, ticket), left)
        self._running[ticket] = running
        return running

    def _enter(self, node: int) -> None:
        self._wake_at(self._engine.enter(node, self._now()))

    def _ticket(self) -> int:
        """Number what is sent, in order."""
        self._tickets += 1
        return self._tickets

    def _path(self, source: int, target: int) -> int:
        if source == target:
            return NOWHERE
        path = self._paths.get((source, target))
        if path is None:
            way = self._wires.way(source, target)
            path = self._paths[source, target] = self._engine.add_path(way.resources, way.latency)
        return path

    def _program(self, schedule: Schedule, hosts: tuple[int, ...]) -> Program:
        programs = self._programs.setdefault(schedule, {})
        if hosts not in programs:
            programs[hosts] = prepare(schedule, hosts, self._path)
        return programs[hosts]

    def _now(self) -> float:
        """SimPy's clock, where the engine can still take new flows."""
        now = self._environment.now
        if now < self._reached * (1.0 - 1e-15):
            raise RuntimeError(
                f"the network has run ahead to {self._reached} s, it cannot take a flow at {now} s; let SimPy run by "
                "run(until=...), not by single steps, and send from processes"
            )
        return max(now, self._reached)

    def _wake_at(self, instant: float) -> None:
        """Have a tick at `instant`, or before."""
        if instant >= self._tick_at:
            return
        environment = self._environment
        self._tick = tick = simpy.Event(environment)
        self._tick_at = instant
        tick._ok, tick._value = True, None
        tick.callbacks.append(self._on_tick)
        environment.schedule(tick, LAST, max(0.0, instant - environment.now))

    def _on_tick(self, tick: simpy.Event) -> None:
        if tick is not self._tick:
            return  # an earlier one has taken its place
        self._tick_at = -math.inf  # until it is known when to wake next
        following = self._run()
        self._tick_at = math.inf
        self._wake_at(following)

    def _run(self) -> float:
        """Let the engine run, and call back, as far as SimPy's queue allows; return when to go on (s)."""
        environment = self._environment
        now = environment.now
        while True:
            if self._wakes:
                self._call_back()
                if environment.peek() <= now:
                    return now  # those woken answer first, in this instant
            horizon = max(environment.peek(), math.nextafter(now, math.inf))
            self._wakes, self._reached, following = self._engine.advance(horizon)
            if not self._wakes or following > now:
                return following

    def _call_back(self) -> None:
        """Tell everyone who waits for something that has happened in the engine's present instant."""
        wakes = self._engine.take_wakes(self._wakes)
        self._wakes = 0
        for ticket, node in wakes:
            if node < 0:
                self._delivered.pop(ticket)()
            elif node < OVER:
                self._running[ticket]._done(node)
            else:
                del self._running[ticket]
                self._engine.unload(ticket)
