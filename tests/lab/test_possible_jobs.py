"""What cannot be run as real processes is refused before any is started."""

from __future__ import annotations

import pytest
from experiments import names
from job_words import SMALL, job
from refusals import refused

from sim.lab.job import gloo
from sim.lab.job.possible import PROTOCOLS

RUN = [name for connected in PROTOCOLS.values() for name in connected]
LIST = "hardsync, async_ps, ssp, softsync, allreduce, local_sgd, diloco, dpsgd, gossip_pull, gossip_push, adpsgd"


@pytest.mark.parametrize("protocol", sorted({*names("protocol")} - {*RUN}))
def test_other_protocols_are_refused_by_name_with_the_list(protocol: str) -> None:
    with refused(f"protocol: {protocol} is not among those that the lab runs; use one of {LIST}"):
        job(protocol, workers=4, problem="quadratic noise=0")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ({"replicas": 2}, "replicas: a job has one seed; use replicas=1, and give seeds one by one"),
        ({"compression": "top_k"}, "compression: the lab compresses nothing; use none"),
        ({"background": "constant"}, "background: nobody else is on the lab's wires; use none"),
        ({"transport": "ideal overlap=true"}, "transport.overlap: the lab sends complete gradients; give false"),
        ({"server": "arrangement=tree"}, "server.arrangement: the lab's workers talk to the shards; use flat"),
        (
            {"protocol": "async_ps serial=true"},
            "protocol.serial: a server in a process of its own has no mini-batches; give false",
        ),
        (
            {"workers": 60, "server": "shards=5"},
            "workers: every worker and every shard is a process, 64 at most, got 60 and server.shards=5; give fewer",
        ),
        (
            {"problem": "quadratic dim=10"},
            "problem: quadratic has 10 numbers of 8 B, and a message has 40 B; use a problem in float32, or "
            "workload=synthetic with workload.bytes=80 or more",
        ),
        (
            {"protocol": "allreduce", "collective": "tree"},
            "collective: the lab has one ring, and this would be tree; use collective=ring",
        ),
    ],
)
def test_what_would_not_be_done_is_refused(words: dict[str, object], message: str) -> None:
    with refused(message):
        job(**words)


def test_gloo_carries_out_no_other_protocol() -> None:
    with refused("lab.allreduce: gloo carries out protocol=allreduce alone, got local_sgd; give ring"):
        job("local_sgd", by_gloo=True, **SMALL)


def test_without_pytorch_its_all_reduce_is_refused_by_its_own_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gloo, "missing", lambda: "PyTorch is not installed; pip install 'paceline[lab]'")
    with refused("lab.allreduce: PyTorch is not installed; pip install 'paceline[lab]'; or give ring"):
        job("allreduce", by_gloo=True, **SMALL)


def test_ranks_of_gloo_have_to_agree_on_the_last_step() -> None:
    said = "gloo's ranks have to agree on the last step; give until.updates or until.epochs, and no seconds"
    with refused(f"until.seconds: {said}"):
        job("allreduce", by_gloo=True, **SMALL | {"until": "seconds=1"})
