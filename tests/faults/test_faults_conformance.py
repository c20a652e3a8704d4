"""What every protocol promises when something goes wrong; protocols are found by themselves."""

import dataclasses
from itertools import takewhile

import numpy as np
import pytest
from experiments import experiment, names
from mortality import watch

from sim.cluster.blueprint import Blueprint
from sim.connections.server.serves import Serves
from sim.simulate import simulate
from topologies.field_error import FieldError

WORDS = {
    "workers": 6,
    "problem": "quadratic dim=4 noise=0.5",
    "straggler": "exponential",
    "workload": "synthetic seconds=0.01 bytes=1e6",
    "network": "single_switch",
    "record": "every_updates=10",
    "until": "updates=60 seconds=5",
}
QUICK = "detection_seconds=0.02"
#: A worker takes 0.01 s for a gradient and works for half a second, on average.
KINDS = {
    "crash": f"crash crash.rate_per_hour=7200 crash.repair_seconds=0.1 {QUICK}",
    "crash permanent": f"crash crash.rate_per_hour=3600 crash.permanent=true {QUICK}",
    "crash back": f"crash crash.rate_per_hour=7200 crash.repair_seconds=0.1 {QUICK} recover=checkpoint",
    "server_crash": "server_crash server_crash.rate_per_hour=36000 server_crash.repair_seconds=0.02",
    "link": "link link.rate_per_hour=7200 link.seconds=0.05 link.capacity_left=0.1",
    "link down": "link link.rate_per_hour=7200 link.seconds=0.05",
    "slow_down": "slow_down slow_down.rate_per_hour=7200 slow_down.seconds=0.1",
    "elastic": f"elastic elastic.rate_per_hour=7200 elastic.seconds=0.1 {QUICK}",
    "file": f"file {QUICK}",
    "file of shards": "file",
}
EVENTS = """at,what,who,seconds,value
0.02,crash,1,0.1,
0.03,slow_down,2,0.2,3
0.04,link,0-switch,0.02,0
0.05,leave,3,0.1,
0.06,crash,0,0.05,
0.07,crash,5,,
"""
OF_SHARDS = "at,what,who,seconds\n0.05,server_crash,0,0.05\n0.12,server_crash,0,0.02\n"
OF_A_SERVER = ("server_crash", "file of shards")
#: How often the model is written down, where something goes back to that.
CHECKPOINT = dict.fromkeys(("crash back", *OF_A_SERVER), "every_updates=5 write_seconds=0.001 restore_seconds=0.001")
SERVED = names("protocol", Serves)
#: Protocols that do something else by an option that is not the default.
VARIANTS = ["backup_sync backups=2", "sgp overlap=2", "ringmaster threshold=3 late=abandon"]
PROTOCOLS = [*names("protocol"), *VARIANTS]


#: The server's are not simulated of centres and coordinators, and are refused.
OWN_SERVERS = ("easgd_tree", "sandblaster")
#: Who has no checkpoints, since who comes back is given the model of another worker: they are refused.
GIVEN = ("adpsgd", "dpsgd", "gossip_pull", "gossip_push", "gradient_tracking", "local", "sgp")


def _can(protocol, kind):
    name = protocol.split()[0]
    if kind in OF_A_SERVER:
        return name in SERVED and name not in OWN_SERVERS
    return kind != "crash back" or name not in (*GIVEN, *OWN_SERVERS)


CASES = [(protocol, kind) for protocol in PROTOCOLS for kind in KINDS if _can(protocol, kind)]


def experiment_of(protocol, kind, tmp_path, **words):
    said = KINDS[kind]
    if said.startswith("file"):
        path = tmp_path / "events.csv"
        path.write_text(OF_SHARDS if kind in OF_A_SERVER else EVENTS)
        said = f"{said} file.path={path}"
    return experiment(protocol, faults=said, checkpoint=CHECKPOINT.get(kind, ""), **WORDS | words)


def _happened(asked, seconds):
    return sum(1 for _ in takewhile(lambda each: each.at < seconds, Blueprint(asked).incidents(asked.seed)))


def told(result, *but):
    """All that a run says, but for what it took of this computer."""
    left_out = dict.fromkeys(("wall_seconds", *but))
    return result.metrics, result.staleness, dataclasses.replace(result.summary, **left_out)


@pytest.mark.slow
@pytest.mark.parametrize(("protocol", "kind"), CASES)
def test_a_run_goes_on_or_says_that_it_cannot_and_the_dead_do_nothing(protocol, kind, tmp_path, monkeypatch):
    happened, crashes = 0, 0
    for seed in (0, 1):
        asked = experiment_of(protocol, kind, tmp_path, seed=seed)
        with monkeypatch.context() as watched:
            watch(watched)
            first = simulate(asked)
        summary = first.summary
        assert summary.status in ("completed", "stalled")
        assert np.isfinite(summary.final_train_loss)
        assert 0.0 <= summary.goodput <= 1.0
        if summary.status == "completed":
            assert summary.updates >= 60 or summary.virtual_seconds == pytest.approx(5.0)
        happened += _happened(asked, summary.virtual_seconds)
        crashes += summary.crashes
        if seed == 0:
            assert told(simulate(asked)) == told(first)
    assert happened > 0
    assert crashes > 0 or "crash" not in kind or kind in OF_A_SERVER


@pytest.mark.parametrize("protocol", [*GIVEN, *OWN_SERVERS])
def test_checkpoints_that_nobody_goes_back_to_are_refused(protocol, tmp_path):
    with pytest.raises(FieldError, match=r"^checkpoint: "):
        Blueprint(experiment_of(protocol, "crash back", tmp_path))


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_a_rate_of_0_changes_no_byte(protocol):
    without, rate_0 = (
        simulate(experiment(protocol, **WORDS | {"faults": said})) for said in ("none", "crash crash.rate_per_hour=0")
    )
    assert told(rate_0, "config_hash") == told(without, "config_hash")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_nor_does_what_has_not_happened_yet(protocol, tmp_path):
    path = tmp_path / "later.csv"
    path.write_text("at,what,who\n1000,crash,0\n")
    without, later = (
        simulate(experiment(protocol, **WORDS | {"faults": said})) for said in ("none", f"file file.path={path}")
    )
    assert told(later, "config_hash", "events") == told(without, "config_hash", "events")


#: What is left of a coordinate after an update of plain SGD, where an update is a step of the one who is left.
PLAIN = 1.0 - 0.05
#: Where an update is as many steps as there were workers, whoever takes them.
OF_ALL = PLAIN**6
#: Whoever waits for all, or for more than are left, waits for ever.
STALLS = {
    "backup_sync",
    "backup_sync backups=2",
    "easgd",
    "hardsync",
    "ssp",
    "k_sync k=2",
    "k_async k=2",
}
#: A centre, a momentum, or weights that are not 1 any more are between a step and the model: the loss falls.
OTHERS = {"async_easgd", "easgd_tree", "diloco", "sandblaster", "sgp", "sgp overlap=2"}
STEPS_OF_ALL = {"adpsgd", "gossip_pull", "gossip_push"}


@pytest.mark.parametrize("protocol", [*PROTOCOLS, "k_sync k=2", "k_async k=2", "softsync n=6", "rennala k=3"])
def test_one_who_is_left_alone_does_plain_sgd_or_waits_for_ever(protocol, tmp_path):
    path = tmp_path / "all_but_one.csv"
    rows = [f"{0.05 + 0.01 * rank:g},crash,{rank}\n" for rank in range(6) if rank != 3]
    path.write_text("at,what,who\n" + "".join(rows))
    fields = {"record": "every_updates=1 trajectory=true", "until": "updates=120 seconds=40"}
    fields |= {"problem": "quadratic dim=4 noise=0", "optimizer": "sgd lr=0.05"}
    result = simulate(experiment(protocol, faults=f"file {QUICK} file.path={path}", **WORDS | fields))
    assert result.summary.crashes == 5
    if protocol in STALLS:
        assert result.summary.status == "stalled"
        return
    assert result.summary.status == "completed"
    assert result.summary.updates == 120
    alone = [metric.train_loss for metric in result.metrics if metric.seconds > 0.2]
    assert alone[-1] < 0.5 * alone[0]
    if protocol not in OTHERS:
        x = result.trajectory.x[-20:]
        np.testing.assert_allclose(x[1:] / x[:-1], OF_ALL if protocol in STEPS_OF_ALL else PLAIN, rtol=1e-9)
