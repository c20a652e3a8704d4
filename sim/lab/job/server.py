"""A parameter server whose shards are processes: each knows the others by those who stand for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING, Any, cast

from sim.connections.server.client import Client
from sim.connections.server.connect import ParameterServer
from sim.connections.server.push import Push, Versioned
from sim.connections.server.shard import Shard
from sim.connections.server.single import SingleClient
from sim.lab.job.connection import RealConnection, raw, size_of
from sim.lab.job.frame import Frame
from sim.lab.job.tape import OwnTape, tape_of
from sim.tape.vector import Vector
from sim.world.endpoint import Endpoint

if TYPE_CHECKING:
    from sim.connections.connection import Wiring
    from sim.connections.server.receivers import Receiver
    from sim.lab.job.post import Hear, Post
    from sim.world.worker import Worker


class Word(IntEnum):
    """What workers and shards say."""

    pull = 1
    push = 2
    hand_over = 3
    answer = 4
    added = 5


class RemoteShard:
    """Stands for a shard in a worker's process: whatever it is told it sends there.

    Parameters
    ----------
    number
        Number of its process.
    endpoint
        Where it lives.
    nbytes
        Size of its part of a gradient on the wire (B).
    region
        Which part of a vector it has, from 1 on; 0: all of it.
    post
        That of the worker.

    Attributes
    ----------
    receivers : list of Receiver
        Whom the shard would send models that nobody has asked for.
    """

    def __init__(self, number: int, endpoint: Endpoint, nbytes: float, region: int, post: Post) -> None:
        self.endpoint = endpoint
        self.push_nbytes = nbytes
        self.receivers: list[Receiver] = []
        self._number = number
        self._region = region
        self._post = post
        self._tokens = 0
        self._expected: dict[int, Callable[..., object]] = {}

    def pull(self, rank: int, source: Endpoint, answer: Callable[[Versioned], object], version: int = 0) -> None:
        """As `Shard.pull`."""
        self._post.send(self._number, Frame(Word.pull, self._token(answer), version))

    def push(self, push: Push) -> None:
        """As `Shard.push`."""
        self._send(Word.push, 0 if push.answer is None else self._token(push.answer), push)

    def gather(self, pushes: Sequence[Push], added: Callable[[], object]) -> None:
        """As `Shard.gather`."""
        (push,) = pushes
        self._send(Word.hand_over, self._token(added), push)

    def hear(self, frame: Frame, tape: OwnTape) -> None:
        """What the shard has said."""
        told = self._expected.pop(frame.token)
        if frame.kind == Word.added:
            told()
        else:
            told((tape.taken(frame.numbers, self._region), frame.number))

    def _token(self, told: Callable[..., object]) -> int:
        self._tokens += 1
        self._expected[self._tokens] = told
        return self._tokens

    def _send(self, word: Word, token: int, push: Push) -> None:
        numbers = raw(tape_of(push.gradient).numbers(push.gradient))
        frame = Frame(word, token, push.version, numbers, size_of(numbers, self.push_nbytes))
        self._post.send(self._number, frame)


class Desk:
    """Where a shard's process takes what workers send.

    Parameters
    ----------
    shard
        Whose.
    tape
        That of its process.
    post
        The same.
    region
        Which part of a vector it has, from 1 on; 0: all of it.
    """

    def __init__(self, shard: Shard, tape: OwnTape, post: Post, region: int) -> None:
        self._shard = shard
        self._tape = tape
        self._post = post
        self._region = region

    def hear(self, rank: int, frame: Frame) -> None:
        """What a worker has sent."""
        shard, source = self._shard, self._shard.endpoint
        answer = partial(self._answer, rank, frame.token)
        if frame.kind == Word.pull:
            shard.pull(rank, source, answer, frame.number)
            return
        x = self._tape.taken(frame.numbers, self._region)
        if frame.kind == Word.hand_over:
            added = partial(self._post.send, rank, Frame(Word.added, frame.token))
            shard.gather([Push(rank, source, x, frame.number, None)], added)
        else:
            shard.push(Push(rank, source, x, frame.number, answer if frame.token else None))

    def _answer(self, rank: int, token: int, model: Versioned) -> None:
        x, version = model
        numbers = raw(self._tape.numbers(x))
        self._post.send(rank, Frame(Word.answer, token, version, numbers, size_of(numbers, self._shard.nbytes)))


class RealServer(ParameterServer, RealConnection):
    """A parameter server in processes of its own."""

    def pairs(self) -> Iterable[tuple[int, int]]:
        """Every worker with every shard."""
        workers = self.experiment.workers
        return ((rank, workers + shard) for rank in range(workers) for shard in range(len(self.parts)))

    def join(self, worker: Worker, wiring: Wiring, post: Post) -> Hear:
        """As `RealConnection.join`."""
        workers = self.experiment.workers
        remote = [
            RemoteShard(workers + number, Endpoint(host), nbytes, self._region(number), post)
            for number, (host, nbytes) in enumerate(zip(wiring.deployment.servers, self.push_nbytes, strict=True))
        ]
        kind = SingleClient if self._single else Client
        shards = cast("list[Shard]", remote)
        worker.server = kind(wiring.world, worker, shards, [None] * len(remote), 0.0, ())
        tape = tape_of(wiring.x)
        return lambda number, frame: remote[number - workers].hear(frame, tape)

    def serve(self, number: int, wiring: Wiring, post: Post) -> tuple[Vector, Hear]:
        """Set shard `number` going in this process; brings its part of the model, and who is told what arrives."""
        shard = self.make_shards(wiring, Shard, wiring.deployment.servers)[number]
        shard.others = ()
        self.begin(shard)
        desk: Any = Desk(shard, tape_of(wiring.x), post, self._region(number))
        return shard.x, desk.hear

    def _region(self, number: int) -> int:
        return number + 1 if len(self.parts) > 1 else 0
