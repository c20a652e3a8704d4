"""What is said beside the figures: options without effect, and a default that decides."""

import re

import pytest
from experiments import experiment, simulated

from sim.cluster.blueprint import Blueprint
from sim.results.idle import alike

#: How the line begins which says where compute times come from: tests/laws/test_compute_times.py.
COMPUTING = "a mini-batch takes "


def said(protocol="async_ps", **fields):
    common = {"workers": 4, "problem": "none", "until": "updates=4"}
    return [each for each in simulated(protocol, **common | fields).notices if not each.startswith(COMPUTING)]


@pytest.mark.parametrize(
    ("fields", "notice"),
    [
        ({"topology": "torus shape=[2,2]"}, "topology=torus has no effect: workers of protocol=async_ps have no neigh"),
        ({"collective": "tree"}, "collective=tree has no effect: protocol=async_ps has no collectives"),
        (
            {"placement": "random", "network": "ideal"},
            "placement=random has no effect: on network=ideal no place is far from another",
        ),
        (
            {"protocol": "dpsgd", "server": "shards=2 cores=3"},
            "server.shards=2, server.cores=3 has no effect: protocol",
        ),
        ({"optimizer": "adam"}, "optimizer=adam has no effect: problem=none learns nothing"),
        ({"lr_schedule": "cosine"}, "lr_schedule=cosine has no effect: problem=none learns nothing"),
        (
            {"device": "v100", "workload": "synthetic seconds=1"},
            "device=v100 has no effect: workload=synthetic says",
        ),
        ({"server": "cores=2"}, "server.cores=2 has no effect: with server.apply_rate=null a push is applied at once"),
        ({"server": "sharding=per_tensor"}, "server.sharding=per_tensor has no effect: there is one shard"),
        ({"server": "part_bytes=1e6 shards=2"}, "server.part_bytes=1e+06 has no effect: only server.sharding=partiti"),
        (
            {"transport": "ideal overlap=true", "workload": "synthetic"},
            "transport.overlap=True has no effect: all of a g",
        ),
        (
            {"protocol": "allreduce", "transport": "ideal interference=0.5"},
            "transport.interference=0.5 has no effect: nothing of a worker is on its way while it computes",
        ),
        (
            {"protocol": "allreduce cycle_seconds=0.1"},
            "protocol.cycle_seconds=0.1 has no effect: only protocol.bucketing=horovod sends by cycle",
        ),
        (
            {"protocol": "allreduce bucketing=horovod bucket_bytes=5"},
            "protocol.bucket_bytes=5 has no effect: protocol.bucketing=horovod waits for no bucket to be full",
        ),
        (
            {"protocol": "allreduce bucket_bytes=null first_bucket_bytes=5"},
            "protocol.first_bucket_bytes=5 has no effect: protocol.bucket_bytes=null is one bucket",
        ),
        ({"record": "of=worker"}, "record.of=worker has no effect: problem=none learns nothing"),
        *(
            (
                {"protocol": protocol, "problem": "quadratic dim=4", "record": "of=worker"},
                "record.of=worker has no effect: workers have one model",
            )
            for protocol in ("async_ps", "allreduce", "sharded")
        ),
        ({"server": "fan_out=3"}, "server.fan_out=3 has no effect: server.arrangement=flat is no tree"),
        ({"protocol": "hardsync modulation=per_gradient"}, "protocol.modulation=per_gradient has no effect: no gradie"),
        (
            {"workload": "resnet18 precision=amp", "problem": "none samples=1281167"},
            "workload.precision=amp has no effect: amp travels in 4 B, as fp32 does, and here is computed as fast",
        ),
        (
            {"workload": "resnet18", "problem": "none samples=9 flops_per_sample=9"},
            "problem.flops_per_sample=9 has no effect: workload=resnet18 has tensors of its own",
        ),
        ({"workload": "resnet18"}, "an epoch has problem.samples=1440, the default, and not those of the training set"),
        ({"device": "v100 memory_bytes=1e9"}, "device.memory_bytes=1e+09 has no effect: nobody knows what workload=na"),
        ({"protocol": "hardsync", "replicas": 2}, "replicas=2 has no effect: nothing in this run depends on the seed"),
        (
            {"problem": "digits_mlp", "workload": "synthetic seconds=1"},
            "accuracy and loss are those of problem=digits_mlp, the default: workload=synthetic is the cost of another",
        ),
    ],
)
def test_what_has_no_effect_is_said(fields, notice):
    (only,) = said(**fields)
    assert only.startswith(notice)


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"device": "v100"},
        {"protocol": "dpsgd", "topology": "torus shape=[2,2]"},
        {"protocol": "allreduce", "collective": "tree"},
        {"protocol": "easgd", "server": "arrangement=tree fan_out=2"},
        {"server": "cores=2 apply_rate=1e9"},
        {"problem": "digits_mlp", "optimizer": "adam", "partition": "sharded"},
        {"replicas": 2, "straggler": "exponential"},
        {"problem": "digits_mlp", "workload": "synthetic seconds=1", "until": "epochs=0.2"},
        {"protocol": "gossip_pull"},
        {"workload": "resnet18", "problem": "digits_mlp"},
        {"workload": "resnet18 precision=bf16 accumulation=2", "problem": "none samples=None"},
        {
            "protocol": "allreduce",
            "workload": "resnet18",
            "problem": "none samples=9",
            "device": "v100",
            "optimizer": "adam",
        },
    ],
)
def test_nothing_is_said_of_what_has_one(fields):
    assert said(**fields) == []


@pytest.mark.parametrize(("hosts", "idle"), [([4, 3, 2, 1, 0], True), ([0, 0, 1, 2, 3], False)])
def test_on_an_ideal_network_only_a_shared_host_is_a_place(hosts, idle, tmp_path):
    path = tmp_path / "hosts.json"
    path.write_text(str(hosts))
    notices = said(placement=f"file path={path}", network="ideal")
    assert any(notice.startswith("placement=file") for notice in notices) == idle
    assert said(placement="random", network="single_switch") == []


def test_stragglers_have_no_effect_on_what_takes_no_time():
    notices = said(protocol="allreduce", straggler="exponential", workload="synthetic seconds=0 bytes=1e6")
    assert notices == ["straggler=exponential has no effect: workload.seconds=0 leaves it nothing to multiply"]


def test_a_trace_in_seconds_makes_workload_and_device_idle(tmp_path):
    (tmp_path / "steps.csv").write_text("1\n3\n")
    words = f"trace file={tmp_path / 'steps.csv'} seconds=absolute"
    notices = said(protocol="allreduce", device="v100", straggler=words, workload="synthetic seconds=0.5 bytes=1e6")
    why = "with straggler.seconds=absolute the trace says how long a gradient takes"
    assert notices[:2] == [f"device=v100 has no effect: {why}", f"workload.seconds=0.5 has no effect: {why}"]
    assert notices[2].endswith("2 rows, mean 2 s, cv 0.5, largest 3 s; drawn with replacement")
    assert len(notices) == 3


@pytest.mark.parametrize(
    ("words", "notice"),
    [
        (
            [("async_ps", {"collective": name}) for name in ("ring", "tree", "chain", "direct")],
            "protocol=async_ps has no collectives: the 4 runs over collective are the same",
        ),
        (
            [(name, {"collective": f"ring channels={n}"}) for name in ("async_ps", "allreduce") for n in (1, 2)],
            "protocol=async_ps has no collectives: the 2 runs over collective.channels are the same",
        ),
        (
            [("async_ps", {"seed": seed, "server": f"cores={cores}"}) for seed in (0, 1) for cores in (1, 2)],
            "with server.apply_rate=null a push is applied at once: the 2 runs over server.cores are the same, 2 times",
        ),
        (
            [
                ("hardsync", {"optimizer": name, "topology": graph})
                for name, graph in (("adam", "star"), ("sgd", "ring"))
            ],
            "workers of protocol=hardsync have no neighbours, problem=none learns nothing: the 2 runs over optimizer, "
            "topology are the same",
        ),
        (
            [("hardsync", {"straggler": law, "workload": "synthetic seconds=0"}) for law in ("none", "exponential")],
            "workload.seconds=0 leaves it nothing to multiply: the 2 runs over straggler are the same",
        ),
    ],
)
def test_runs_that_differ_in_what_is_idle_alone_are_the_same_and_said_to_be(words, notice):
    runs = [(protocol, {"workers": 4, "problem": "none", "until": "updates=4"} | more) for protocol, more in words]
    assert alike(Blueprint(experiment(protocol, **more)) for protocol, more in runs) == [notice]
    first, other = (simulated(protocol, **more).summary for protocol, more in runs[:2])
    assert (first.virtual_seconds, first.bytes_sent) == (other.virtual_seconds, other.bytes_sent)


@pytest.mark.parametrize(
    ("protocol", "key", "values"),
    [("async_ps", "workers", (2, 4)), ("async_ps", "seed", (0, 1)), ("allreduce", "collective", ("ring", "tree"))],
)
def test_nothing_is_said_of_runs_that_differ(protocol, key, values):
    common = {"workers": 4, "problem": "none", "until": "updates=4"}
    assert alike(Blueprint(experiment(protocol, **common | {key: value})) for value in values) == []


def test_one_shard_that_all_wait_for_decides_and_more_do_not():
    # 16 workers push 10 MB in 10 ms through a link of 1.25 GB/s: it is busy all the time, theirs a sixteenth of it.
    busy = {"workers": 16, "workload": "synthetic seconds=0.01 bytes=1e7", "straggler": "exponential"}
    (only,) = said(**busy, until="updates=400")
    assert re.fullmatch(
        r"server.shards=1, the default, decides: with server.shards=4 the .* [34]\.\d times as fast", only
    )
    assert said(**busy, until="updates=400", server="shards=16") == []


def test_a_file_says_how_its_nodes_are_numbered_and_which_weights_are_not_used(tmp_path):
    path = tmp_path / "ring.txt"
    path.write_text("10 20 0.4\n20 30 0.4\n30 40 0.4\n40 10 0.4\n")
    ids = "in the order of their ids, whole numbers from 10 to 40"
    network = f"file path={path} bandwidth_gbps=10 latency_us=5"
    assert said("dpsgd", network=network, topology=f"file path={path}", workload="synthetic") == [
        f"network=file: hosts are {ids}",
        "network=file: 4 of 4 links have network.bandwidth_gbps=10",
        "network=file: 4 of 4 links have network.latency_us=5",
        f"topology=file: ranks are {ids}",
        "topology=file: the edges' weights are not used, as topology.weights=metropolis; topology.weights=file uses "
        "them",
    ]
    assert f"topology=file: ranks are {ids}" not in said(workers=3, network=network)
    no_effect = "topology.weights=file has no effect: peers of protocol=gossip_pull are drawn with equal chances"
    assert no_effect in said("gossip_pull", topology=f"file path={path} weights=file")


def test_it_is_tried_with_the_model_of_the_run():
    # 7 times the bytes of the default problem on a wire of 1 Gb/s: what four shards give is asked of such messages.
    fields = {"workers": 16, "problem": "digits_mlp hidden=[512]", "network": "single_switch bandwidth_gbps=1"}
    (only,) = simulated("hardsync", until="updates=8", **fields).notices
    seconds = [
        simulated("hardsync", until="updates=4", server=f"shards={shards}", **fields).summary.virtual_seconds
        for shards in (1, 4)
    ]
    assert only.endswith(f"the first 4 updates are {seconds[0] / seconds[1]:.1f} times as fast")
