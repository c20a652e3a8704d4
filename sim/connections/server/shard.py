"""One shard of a parameter server: its part of the model, the version, and what happens to a push."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from sim.connections.server.broadcast import Broadcast
from sim.connections.server.cores import Cores
from sim.connections.server.modulation import Modulation
from sim.connections.server.push import Push, Serving, Versioned
from sim.connections.server.sums import messages_to_read
from sim.tape.vector import Vector
from sim.world.endpoint import Endpoint

if TYPE_CHECKING:
    from sim.connections.server.receivers import Receiver
    from sim.connections.server.terms import Terms
    from sim.optimizers.stepper import Stepper
    from sim.world.world import World


class Shard:
    """One shard of the parameter server at work; a server that is not sharded has one.

    Parameters
    ----------
    world
        What everybody in the run shares.
    terms
        What it has in common with the other shards.
    number
        Which shard.
    endpoint
        Where it lives.
    nbytes, push_nbytes
        Sizes of its part of a model and of a gradient on the wire (B).
    decode_seconds
        How long a core reads one such gradient before it can be added up (s).
    x
        Its part of the model to begin with.
    stepper
        The optimizer's state.

    Attributes
    ----------
    version : int
        How often its part of the model has changed.
    pulled : dict of int to int
        The version that each worker has pulled last, by rank.
    others : sequence of Shard
        The other shards of the server.
    receive : callable
        What is told of every push that has been served, and of what other shards tell.
    changed : callable or None
        Told the shard's number after every update, where somebody asks for that.
    receivers : list of Receiver
        Who is sent a model that is for everybody, in the order of the workers' ranks.
    beside : bool
        Workers may be computing when they are answered: part of a gradient sets out before the rest is complete.
    """

    beside = False

    def __init__(
        self,
        world: World,
        terms: Terms,
        *,
        number: int,
        endpoint: Endpoint,
        nbytes: float,
        push_nbytes: float,
        decode_seconds: float,
        x: Vector,
        stepper: Stepper,
    ) -> None:
        self._world = world
        self._send = world.send
        self._recorder = world.recorder
        self._terms = terms
        self._stepper = stepper
        self._aggregate = terms.aggregate
        self._gradients_per_push = terms.gradients_per_push
        self._lr_share = terms.lr_share
        self._modulated = terms.modulation is not Modulation.none
        self._apply_seconds = terms.config.apply_seconds(nbytes)
        self._push_seconds = self._apply_seconds + decode_seconds
        self._asked: list[tuple[int, int, Endpoint, Callable[[Versioned], object]]] = []
        self.cores = Cores(world, terms.config.cores, number)
        self.number = number
        self.endpoint = endpoint
        self.workers = terms.workers
        self.nbytes = nbytes
        self.push_nbytes = push_nbytes
        self.decode_seconds = decode_seconds
        self.x = x
        self.version = 0
        self.pulled: dict[int, int] = {}
        self.receive: Callable[[Any], object] = _nobody
        self.others: Sequence[Shard] = ()
        self.receivers: list[Receiver] = []
        self.changed: Callable[[int], object] | None = None

    def begin(self, serving: Serving[None]) -> None:
        """Set it going: what has been served goes to the protocol from now on."""
        next(serving)
        self.receive = partial(self._receive_living, serving) if self._world.mortal else serving.send

    # -- what arrives

    def pull(self, rank: int, source: Endpoint, answer: Callable[[Versioned], object], version: int = 0) -> None:
        """A worker asks for the model: it is sent the present version at once, or when that is at least `version`."""
        if self.version >= version:
            self.pulled[rank] = self.version
            self._answer(rank, source, answer)
        else:
            self._asked.append((version, rank, source, answer))

    def push(self, push: Push) -> None:
        """A gradient has arrived: it queues for a core, is added up there, and goes to the protocol."""
        if self._push_seconds > 0.0:
            self.cores.serve(self._push_seconds, self.receive, push)
        else:  # the same, for the loop that runs most often
            self.cores.queue.served += 1
            self.receive(push)

    def gather(self, pushes: Sequence[Push], added: Callable[[], object]) -> None:
        """A sum of gradients has arrived: it is served as one, then they go to the protocol one after the other.

        `added` is called when it has been served: whoever has sent it may then send the next.
        """
        reading = messages_to_read(len(pushes), self.push_nbytes, self.nbytes) * self.decode_seconds
        self.cores.serve(self._apply_seconds + reading, self._receive_all, pushes, added)

    def work(self, done: Callable[..., object], *content: object) -> None:
        """Arithmetic on this part of the model queues, and takes as long as a push; then ``done(*content)``."""
        self.cores.serve(self._apply_seconds, done, *content)

    # -- what a protocol has it do

    def apply(self, pushes: Sequence[Push]) -> None:
        """One update: a step along the mean of the gradients, which makes a new version; stale ones may count less."""
        staleness, gradients = [], []
        for push in pushes:
            staleness.append(self.version - push.version)
            gradients.append(push.gradient)
            del push.gradient  # its memory is better used again while it is cached
        if self._modulated:
            x = self._terms.modulated_step(self._stepper, self.x, gradients, staleness)
        else:
            count = len(pushes) * self._gradients_per_push
            x = self._stepper.take(self.x, self._aggregate(gradients), count, self._lr_share)
        self.adopt(x, staleness)

    def adopt(self, x: Vector, staleness: Sequence[int]) -> None:
        """Have a new version, made with gradients of the given staleness (versions)."""
        self.x = x
        self.version += 1
        self._recorder.applied(self.number, x, staleness)
        if self.changed is not None:
            self.changed(self.number)
        if self._asked:
            self._answer_asked()

    def move(self, x: Vector) -> None:
        """Have a new version, by another way than gradients."""
        self.x = x
        self.version += 1
        self._recorder.centred(self.number, x)
        if self.changed is not None:
            self.changed(self.number)

    def reply(self, push: Push) -> None:
        """Send the present model to the worker that pushed, where it waits for an answer."""
        if push.answer is not None:
            self._answer(push.rank, push.source, push.answer)

    def broadcast(self, ranks: Collection[int] | None = None) -> None:
        """Send the present model to every worker, or to those of some ranks, whatever they are doing."""
        self._broadcast.send((self.x, self.version), ranks)

    def tell(self, other: Shard, word: object) -> None:
        """Send another shard a word, which has no bytes; its side of the protocol receives it."""
        self._world.send(self.endpoint, other.endpoint, 0.0, None, other.receive, word)

    def _answer(self, rank: int, to: Endpoint, answer: Callable[[Versioned], object]) -> None:
        if self.beside:
            self._world.send_beside(self.endpoint, to, self.nbytes, (rank,), answer, (self.x, self.version))
        else:
            self._send(self.endpoint, to, self.nbytes, rank, answer, (self.x, self.version))

    def _answer_asked(self) -> None:
        asked, self._asked = self._asked, []
        for version, rank, source, answer in asked:
            self.pull(rank, source, answer, version)

    def _receive_living(self, serving: Serving[None], word: object) -> None:
        """What has been served goes to the protocol, unless its sender has died meanwhile."""
        if not (isinstance(word, Push) and word.source.gone):
            serving.send(word)

    @property
    def stepper(self) -> Stepper:
        """The optimizer's state."""
        return self._stepper

    def go_back(self, x: Vector, stepper: Stepper) -> None:
        """It has failed and is back, at another endpoint, with a model and an optimizer's state from before."""
        self.x, self._stepper = x, stepper
        self.version += 1
        self._asked, self.pulled = [], {}
        self.__dict__.pop("_broadcast", None)  # that of the endpoint before

    def lose(self, rank: int) -> None:
        """A worker has died: what it has asked for is not sent any more."""
        self._asked = [each for each in self._asked if not each[2].gone]

    def renew(self, receiver: Receiver) -> None:
        """A worker is back, at another endpoint."""
        number = receiver.ranks[0]
        self.receivers[number] = receiver
        self._broadcast.renew(number)

    def _receive_all(self, pushes: Sequence[Push], added: Callable[[], object]) -> None:
        for push in pushes:
            self.receive(push)
        added()

    @cached_property
    def _broadcast(self) -> Broadcast:
        return Broadcast(self._world, self.endpoint, self.nbytes, self.receivers, keep=min(2, 1 + len(self.others)))


def _nobody(push: Push) -> None:
    """What a shard receives that has not begun."""
    raise AssertionError("a shard is set going before anything arrives")
