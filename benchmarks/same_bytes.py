"""Digests of what a hundred and more runs write, to hold one tree against another: who changes no bytes shows it so.

    python benchmarks/same_bytes.py > before.json       # in the tree as it was
    python benchmarks/same_bytes.py --against before.json

Every run goes through the command, as a user's would, and every file of its directory counts but for `.hydra`, the
wall-clock and the number of SimPy's events. Over all protocols, networks, topologies, collectives, compressions,
arrangements, optimizers, schedules, straggler laws, partitions, transports, placements and backgrounds.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import io
import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import polars

#: Fields of a summary that tell of how it was asked and simulated, and not of what came of it.
HOW = ("wall_seconds", "events", "config_hash")

COMMON = "workers=6 batch=4 until.updates=30 record.every_updates=10 straggler=lognormal"
SERVED = [
    "async_ps",
    "hardsync",
    "softsync",
    "ssp",
    "backup_sync",
    "k_sync",
    "k_batch_sync",
    "k_async",
    "k_batch_async",
    "rennala",
    "ringmaster",
    "easgd",
    "async_easgd",
]
OWN_MODELS = [
    "local",
    "dpsgd",
    "adpsgd",
    "sgp",
    "gradient_tracking",
    "gossip_pull",
    "gossip_push",
    "local_sgd",
    "diloco",
    "allreduce",
    "easgd_tree",
    "sandblaster",
]
FIELDS = {
    "softsync": "protocol.n=3",
    "ssp": "protocol.slack=1",
    "backup_sync": "protocol.backups=2",
    "k_sync": "protocol.k=3",
    "k_batch_sync": "protocol.k=3",
    "k_async": "protocol.k=3",
    "k_batch_async": "protocol.k=3",
    "rennala": "protocol.k=3",
    "ringmaster": "protocol.threshold=3 protocol.late=abandon",
    "easgd": "protocol.period=2",
    "async_easgd": "protocol.period=2 protocol.momentum=0.5",
    "easgd_tree": "protocol.fan_out=2 protocol.upper_period=3 protocol.period=1",
    "adpsgd": "protocol.bipartite=true topology=hypercube workers=8",
    "sgp": "protocol.overlap=1",
    "gossip_pull": "protocol.probability=0.5",
    "gossip_push": "protocol.period=2",
    "local_sgd": "protocol.period=4 protocol.switch_updates=5",
    "diloco": "protocol.period=5",
    "async_ps": "protocol.n_push=2 protocol.n_fetch=3 protocol.warm_start=4",
    "dpsgd": "protocol.order=adapt_then_combine",
    "allreduce": "protocol.bucket_bytes=0 transport=tcp transport.overlap=true",
    "sandblaster": "protocol.portions=7 problem=digits_softmax",
}


def command_lines() -> Iterator[str]:
    """The runs, each as what follows `paceline`."""
    for protocol in [*SERVED, *OWN_MODELS]:
        yield f"{COMMON} protocol={protocol}"
        yield f"{COMMON} protocol={protocol} {FIELDS.get(protocol, 'optimizer=momentum')} record.spans=true"
    for protocol in (*SERVED, "easgd_tree", "sandblaster"):
        yield f"{COMMON} protocol={protocol} server.shards=3 server.apply_rate=1e8 record.spans=true"
    for protocol in ("async_ps", "hardsync", "softsync", "ssp", "k_async", "backup_sync", "easgd", "async_easgd"):
        yield f"{COMMON} workers=9 protocol={protocol} server.arrangement=tree server.fan_out=2 server.apply_rate=1e8"
    overlapped = "workers=9 server.arrangement=overlapped_tree server.fan_out=2 server.shards=2"
    for protocol in ("async_ps", "softsync", "k_batch_async"):
        yield f"{COMMON} protocol={protocol} {overlapped}"
    for modulation in ("mean_staleness", "per_gradient"):
        yield f"{COMMON} protocol=softsync protocol.modulation={modulation} server.shards=2"
    yield f"{COMMON} protocol=async_ps server.sharding=per_tensor server.shards=3"
    yield f"{COMMON} protocol=async_ps server.sharding=partitioned server.part_bytes=9000 server.shards=3"
    yield f"{COMMON} protocol=hardsync server.colocated=true server.shards=3 server.arrangement=tree server.fan_out=2"
    yield f"{COMMON} protocol=easgd_tree protocol.fan_out=2 server.shards=2 server.colocated=true"
    for protocol in ("hardsync", "async_ps", "k_sync", "backup_sync"):
        fields = f"transport=tcp transport.overlap=true server.shards=2 {FIELDS.get(protocol, '')}"
        yield f"{COMMON} protocol={protocol} {fields}"
    yield f"{COMMON} protocol=softsync network=gpu_pod server.local_sum=true server.colocated=true server.shards=2"
    for network in [
        "ideal",
        "leaf_spine",
        "fat_tree",
        "torus",
        "ring",
        "hypercube",
        "dragonfly",
        "random_regular",
        "gpu_pod",
        "wan",
    ]:
        for protocol in ("hardsync", "allreduce", "dpsgd"):
            yield f"{COMMON} protocol={protocol} network={network}"
    for topology in [
        "ring",
        "torus",
        "hypercube",
        "complete",
        "star",
        "random_regular",
        "erdos_renyi",
        "small_world",
        "random_matching",
        "base_graph",
    ]:
        yield f"{COMMON} workers=16 protocol=dpsgd topology={topology} record.gradients=true"
    for topology in ("exponential", "one_peer_exponential", "complete"):
        yield f"{COMMON} workers=8 protocol=sgp topology={topology}"
    for collective in [
        "auto",
        "central",
        "chain",
        "direct",
        "double_tree",
        "halving_doubling",
        "hierarchical",
        "recursive_doubling",
        "ring",
        "tree",
    ]:
        yield f"{COMMON} workers=8 protocol=allreduce collective={collective} network=leaf_spine"
    for compression in ["power_sgd", "qsgd", "random_k", "sign_sgd", "top_k"]:
        for protocol in ("async_ps", "allreduce"):
            collective = "" if protocol == "async_ps" or compression == "power_sgd" else "collective=ring"
            yield f"{COMMON} protocol={protocol} compression={compression} server.shards=2 {collective}"
    for optimizer in ["momentum", "nesterov", "adagrad", "adam"]:
        yield f"{COMMON} protocol=hardsync optimizer={optimizer} server.shards=2"
        yield f"{COMMON} protocol=allreduce optimizer={optimizer}"
    for schedule in ["cosine", "linear_scaling", "sqrt_scaling", "step", "warmup"]:
        yield f"{COMMON} protocol=softsync lr_schedule={schedule}"
    for straggler in [
        "none",
        "exponential",
        "shifted_exponential",
        "gamma",
        "pareto",
        "bimodal",
        "slow_node",
        "markov",
    ]:
        yield f"{COMMON} protocol=k_sync protocol.k=4 straggler={straggler}"
    for partition in ["sharded", "dirichlet", "by_label"]:
        yield f"{COMMON} protocol=dpsgd partition={partition} partition.replacement=false"
    for transport in ["tcp", "rdma", "grpc"]:
        yield f"{COMMON} protocol=async_ps transport={transport}"
    for placement in ["spread", "random"]:
        yield f"{COMMON} protocol=allreduce network=leaf_spine placement={placement}"
    for background in ["constant", "random"]:
        yield f"{COMMON} protocol=hardsync network=leaf_spine background={background}"
    for problem in ["none", "quadratic", "teacher", "diabetes", "digits_softmax", "digits_cnn", "digits_lstm"]:
        yield f"{COMMON} protocol=hardsync problem={problem}"
        yield f"{COMMON} protocol=dpsgd problem={problem}"
    for workload in ("synthetic workload.tensors=5 workload.seconds=0.01", "native"):
        yield f"{COMMON} protocol=allreduce protocol.bucket_bytes=3e7 transport.overlap=true workload={workload}"
    yield f"{COMMON} protocol=async_ps replicas=3"
    yield f"{COMMON} protocol=async_ps network=random_regular placement=random replicas=2"
    yield f"{COMMON} protocol=hardsync record.trajectory=true"
    yield "protocol=async_ps workers=16 until.target_accuracy=0.9 straggler=exponential"
    yield "protocol=allreduce workers=4 until.seconds=0.05 record.every_seconds=0.01"
    yield "protocol=async_ps workers=4 optimizer.lr=50 until.epochs=5"


def last_wins(line: str) -> str:
    """A command line in which a key that is given twice has its last value."""
    return " ".join({word.partition("=")[0]: word for word in line.split()}.values())


def digest(line: str, folder: Path) -> str:
    """Of the files that a run writes; of what it says, where it is refused."""
    from sim.__main__ import main

    said = io.StringIO()
    sys.argv = ["paceline", *line.split(), f"hydra.run.dir={folder}"]
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(said):
            main()
    except SystemExit:
        return said.getvalue().strip()
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*")):
        if path.is_dir() or ".hydra" in path.parts:
            continue
        data = path.read_bytes()
        if path.name == "summary.json":
            summary = json.loads(data)
            data = json.dumps({name: summary[name] for name in summary if not name.startswith(HOW)}).encode()
        elif path.name == "replicas.parquet":
            table = polars.read_parquet(path)
            data = table.select(name for name in table.columns if not name.startswith(HOW)).write_csv().encode()
        found.update(f"{path.relative_to(folder)} {len(data)}\n".encode() + data)
    return found.hexdigest()


def compare() -> int:
    """Print the digests, or what differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--against", type=Path, help="digests that another tree has printed")
    options = parser.parse_args()
    lines = list(dict.fromkeys(map(last_wins, command_lines())))
    with tempfile.TemporaryDirectory() as scratch:
        found = {line: digest(line, Path(scratch, str(number))) for number, line in enumerate(lines)}
    if options.against is None:
        json.dump(found, sys.stdout, indent=1)
        return 0
    before = json.loads(options.against.read_text())
    differ = [line for line in {**before, **found} if before.get(line) != found.get(line)]
    for line in differ:
        print(f"{line}\n    was {before.get(line)}\n    is  {found.get(line)}")
    print(f"{len(found)} runs, {len(differ)} differ")
    return int(bool(differ))


if __name__ == "__main__":
    sys.exit(compare())
