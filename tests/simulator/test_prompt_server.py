"""Short ways between a worker and a server of one shard: what a run writes is what it writes on the long way."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest
from experiments import cluster_of, simulated

from sim.connections.server.client import Client
from sim.connections.server.connect import ParameterServer
from sim.connections.server.prompt import PromptClient
from sim.connections.server.push import Serving
from sim.connections.server.shard import Shard
from sim.connections.server.single import SingleClient
from sim.measuring.lookout import Lookout
from sim.protocols.async_ps import AsyncPS
from sim.results.result import Result
from sim.results.rows import metrics_csv
from sim.world.ideal import IdealWorld
from sim.world.world import World

COMMON = {"workers": 5, "problem": "digits_softmax", "batch": 4, "until": "updates=40"}
RECORD = "every_updates=7 spans=true gradients=true trajectory=true"


def written(protocol: str, **words: Any) -> list[Any]:
    """What is written of a run, but for the number of SimPy's events and the time that it took."""
    result: Result = simulated(protocol, **COMMON | {"record": RECORD} | words)
    summary = dataclasses.replace(result.summary, wall_seconds=None, events=0)
    arrays = [each.columns() for each in (result.spans, result.trajectory) if each is not None]
    columns = [(name, column.tobytes()) for columns in arrays for name, column in columns.items()]
    return [summary.to_json(), metrics_csv(result.metrics), columns]


def client(protocol: Any, **words: Any) -> Client:
    return cluster_of(protocol, **COMMON | words).workers[0].server


@pytest.mark.parametrize("straggler", ["exponential", "none"])
@pytest.mark.parametrize("protocol", ["async_ps", "softsync n=2", "ringmaster threshold=3", "k_async k=1"])
def test_an_answer_without_an_event_is_the_answer(
    protocol: str, straggler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {"network": "ideal", "straggler": straggler}
    assert type(client(protocol, **words)) is PromptClient
    prompt = written(protocol, **words)
    monkeypatch.setattr(ParameterServer, "_is_prompt", lambda server, world: False)
    assert type(client(protocol, **words)) is SingleClient
    assert written(protocol, **words) == prompt


@pytest.mark.parametrize("network", ["ideal", "single_switch"])
@pytest.mark.parametrize("protocol", ["hardsync", "ssp slack=1", "async_ps n_push=2 n_fetch=2", "async_easgd"])
def test_a_server_of_one_shard_is_asked_as_one_of_several(
    protocol: str, network: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {"network": network, "straggler": "exponential"}
    single = written(protocol, **words)
    monkeypatch.setattr(ParameterServer, "_single", False)
    assert type(client(protocol, **words)) is Client
    assert written(protocol, **words) == single


@pytest.mark.parametrize("straggler", ["exponential", "none"])
@pytest.mark.parametrize("server", ["", "apply_rate=1e8", "arrangement=tree fan_out=2", "colocated=true"])
@pytest.mark.parametrize(
    "protocol", ["async_ps", "hardsync", "softsync n=2", "ssp slack=1", "async_ps n_push=2 n_fetch=2"]
)
def test_who_goes_on_at_once_does_what_it_would_do_later(
    protocol: str, server: str, straggler: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    words = {"network": "single_switch", "straggler": straggler, "server": server}
    at_once = written(protocol, **words)
    monkeypatch.setattr(SingleClient, "_afar", False)
    assert written(protocol, **words) == at_once


def test_answers_of_a_server_on_the_same_host_are_scheduled() -> None:
    workers = cluster_of("async_ps", **COMMON, network="single_switch", server="colocated=true").workers
    assert [worker.server._afar for worker in workers] == [False, True, True, True, True]


@pytest.mark.parametrize(
    "words",
    [
        {"network": "single_switch"},
        {"network": "ideal", "server": "apply_rate=1e9"},
        {"network": "ideal", "server": "shards=2"},
        {"network": "ideal", "server": "arrangement=tree fan_out=2"},
        {"network": "ideal", "compression": "top_k share=0.1"},
        {"network": "ideal", "transport": "ideal overlap=true"},
        {"network": "ideal", "protocol": "async_ps n_fetch=2"},
        {"network": "ideal", "protocol": "hardsync"},
    ],
    ids=lambda words: " ".join(words.values()),
)
def test_where_anything_takes_time_the_clock_is_asked(words: dict[str, str]) -> None:
    assert not isinstance(client(**{"protocol": "async_ps"} | words), PromptClient)


def test_messages_on_an_ideal_network_are_those_of_any_world(monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"network": "ideal", "straggler": "exponential", "server": "shards=2"}
    assert type(cluster_of("hardsync", **COMMON | words).world) is IdealWorld
    ideal = written("hardsync", **words)
    monkeypatch.setattr(IdealWorld, "send", World.send)
    assert written("hardsync", **words) == ideal


class Promises(AsyncPS):
    """Says that it answers every push at once, and does not."""

    def server(self, me: Shard) -> Serving[None]:
        while True:
            push = yield
            me.apply([push])


def test_a_protocol_that_does_not_keep_its_word_is_told() -> None:
    with pytest.raises(RuntimeError, match="not answered at once"):
        simulated(Promises(), network="ideal", **COMMON)


LIMITS: list[dict[str, str]] = [
    {"until": "updates=40", "record": "every_updates=7"},
    {"until": "epochs=0.12", "record": ""},
    {"until": "seconds=0.01", "record": "every_seconds=0.0013"},
    {"until": "updates=600 target_loss=1.5", "record": "every_updates=50"},
    {"until": "updates=600 target_loss=1.5 smoothed_over=3", "record": "every_updates=50"},
]


@pytest.mark.parametrize("words", LIMITS, ids=lambda words: " ".join(words.values()))
@pytest.mark.parametrize("protocol", ["async_ps", "adpsgd"])
def test_who_looks_ahead_misses_nothing(protocol: str, words: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    words = {"straggler": "exponential"} | words
    ahead = written(protocol, **words)
    look: Callable[[Lookout, int], None] = lambda lookout, updates: None  # noqa: E731  # every update is looked at
    monkeypatch.setattr(Lookout, "look", look)
    assert written(protocol, **words) == ahead
