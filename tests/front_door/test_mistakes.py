"""A user's mistake gets one line on standard error and exit status 2, and nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest
from command import Command

import conf
from sim.config.options import groups
from sim.problems.data.cifar10 import REMEDY as CIFAR10_REMEDY
from sim.problems.data.idx import REMEDY as IDX_REMEDY

PROTOCOLS = ", ".join(groups()["protocol"])
EXPERIMENTS = ", ".join(sorted(path.stem for path in (Path(conf.__file__).parent / "experiment").glob("*.yaml")))

MISTAKES = {
    # words that are not key=value
    "lst": "lst: no such command; did you mean paceline list?",
    "replya": "replya: no such command; did you mean paceline replay?",
    "frobnicate": "frobnicate: neither a command (calibrate, efficiency, lab, list, plan, plot, replay, report, "
    "study, tune, validate) nor key=value; see paceline --help",
    "workers": "workers: no value is given; write workers=8",
    "protocol": f"protocol: no option is given; write protocol= and one of {PROTOCOLS}",
    "workers=[1": "workers=[1: cannot be read; write key=value, and a value with special characters in quotes",
    "problem=teacher problem.samples=null": "problem.samples: must be a whole number, got null; for example 1000",
    "problem=idx_mlp problem.folder=null": "problem.folder: must be a word, got null",
    "problem=idx_mlp problem.folder=~/data": (
        "problem.folder=~/data: cannot be read; write 'problem.folder=\"~/data\"'"
    ),
    "problem=idx_mlp problem.folder=/a,b": (
        "problem.folder=/a,b: several values are a sweep, which needs -m; one value is 'problem.folder=\"/a,b\"'"
    ),
    "workers==3": "workers==3: cannot be read; write key=value, and a value with special characters in quotes",
    "=3": "=3: there is no key before the '='; write key=value",
    "--foo": "--foo: no such flag; paceline --help shows all",
    "--experimental-rerun x": (
        "--experimental-rerun: no such flag; a run is repeated from its folder by paceline --config-dir RUN/.hydra "
        "--config-name config"
    ),
    "-c": "argument --cfg/-c: expected one argument; see paceline --help",
    # keys
    "workrs=2": "workrs: no such key; did you mean workers?",
    "netwrk=ideal": "netwrk: no such key; did you mean network?",
    "netwrk.latency_us=3": "netwrk: no such key; did you mean network?",
    "qqq=2": "qqq: no such key; paceline --help shows all",
    "+qqq=2": "qqq: no such key; paceline --help shows all",
    "network.bandwith_gbps=3": "network.bandwith_gbps: no such key; did you mean network.bandwidth_gbps?",
    "+network.latency=3": "network.latency: no such key; did you mean network.latency_us?",
    "straggler=lognormal straggler.x=3": "straggler.x: no such key; straggler=lognormal has straggler.cv",
    "protocol=hardsync protocol.x=3": "protocol.x: no such key; protocol=hardsync has protocol.modulation",
    "straggler.x=3": "straggler.x: no such key; straggler=none has none",
    "lr=0.1": "lr: no such key; did you mean optimizer.lr?",
    "seconds=3": "seconds: no such key; did you mean until.seconds or workload.seconds or straggler.seconds?",
    "softsync.n=2": ("softsync: no such key; it is an option: write protocol=softsync, and its keys as protocol.KEY"),
    "-m protocol=softsync,ssp protocol.n=2": (
        "protocol.n: protocol=ssp has no such key; protocol=softsync has it (job 2 of 2: protocol=ssp)"
    ),
    "-m protocol=k_sync,k_async protocol.k=": (
        "protocol.k: must be a whole number, got nothing; for example 1 (job 1 of 2: protocol=k_sync)"
    ),
    "hydra.foo=1": "hydra.foo: no such key; paceline --hydra-help shows those of Hydra",
    "+hydra.foo=1": "hydra.foo: no such key; paceline --hydra-help shows those of Hydra",
    "-m seed=range(1,1000000000)": (
        "seed=range(1,1000000000): makes more than the 100000 runs of a sweep; give fewer values"
    ),
    "-m seed=range(0,1000) batch=range(1,1000)": (
        "batch=range(1,1000): makes more than the 100000 runs of a sweep; give fewer values"
    ),
    "hydra.run.dir=": "hydra.run.dir: no folder is given; give one, or . for the working directory",
    "-m seed=1,2 hydra.sweep.dir=''": "hydra.sweep.dir: no folder is given; give one, or . for the working directory",
    "hydra=foo": "hydra: cannot be set as a whole; set one of its keys, which paceline --hydra-help shows",
    # what Hydra can do to a config, and nobody can want here
    "+workers=4": "+workers=4: workers is there from the start; write workers=4",
    "+protocol=ssp": "+protocol=ssp: protocol is there from the start; write protocol=ssp",
    "+experiment=first_look": (
        "+experiment=first_look: experiment is there from the start; write experiment=first_look"
    ),
    "~workers": "~workers: nothing can be taken out of the config; set another value: workers=VALUE",
    "~until.updates": "~until.updates: nothing can be taken out of the config; set another value: until.updates=VALUE",
    "~protocol": "~protocol: nothing can be taken out of the config; set another value: protocol=OPTION",
    "~protocol=ssp": "~protocol=ssp: nothing can be taken out of the config; set another value: protocol=OPTION",
    "~hydra.job": "~hydra.job: nothing can be taken out of the config; set another value: hydra.job=VALUE",
    "protocol@x=ssp": "protocol@x=ssp: a group has one place in the config; write protocol=OPTION",
    "+protocol@x=ssp": "+protocol@x=ssp: a group has one place in the config; write protocol=OPTION",
    "workers=${foo}": "workers: refers to foo, and there is no such key; write the value itself",
    "workers=${oc.env:PACELINE_NOPE}": "workers: no variable PACELINE_NOPE is set; write the value itself",
    "--package=foo": "--package=foo: says what --cfg shows, and nothing else; leave it out",
    # a config is data
    "+hydra.callbacks.x._target_=numpy.savetxt": (
        "hydra.callbacks.x: a config is data and calls nothing; leave callbacks out"
    ),
    "hydra.sweeper._target_=numpy.savetxt": (
        "hydra.sweeper._target_: numpy.savetxt is none of Hydra's launchers and sweepers, and a config calls nothing "
        "else; choose with hydra/launcher= and hydra/sweeper="
    ),
    "-m hydra.launcher._target_=os.system": (
        "hydra.launcher._target_: os.system is none of Hydra's launchers and sweepers, and a config calls nothing "
        "else; choose with hydra/launcher= and hydra/sweeper="
    ),
    "workers=2 workers=4": "workers: given twice, workers=2 and workers=4; keep one of them",
    "network=ideal network=leaf_spine": "network: given twice, network=ideal and network=leaf_spine; keep one of them",
    # data
    "problem=idx_mlp": f"problem.folder: no folder is given; {IDX_REMEDY}",
    "problem=idx_mlp until.epochs=1": f"problem.folder: no folder is given; {IDX_REMEDY}",
    "problem=fashion_cnn problem.folder=/nowhere": f"problem.folder: /nowhere: there is no such folder; {IDX_REMEDY}",
    "problem=cifar10_cnn": f"problem.folder: no folder is given; {CIFAR10_REMEDY}",
    "problem=teacher partition=dirichlet": (
        "partition: dirichlet deals samples by class, but the targets of problem=teacher are numbers; "
        "use partition=sharded or partition=shared"
    ),
    "problem=quadratic partition=by_label": (
        "partition: by_label deals samples by class, but problem=quadratic has no samples; use partition=shared"
    ),
    "problem=teacher problem.noise=1e39": "problem.noise: must be at most 1e+30, got 1e+39",
    # topologies
    "protocol=dpsgd topology=star topology.weights=uniform": (
        "topology: dpsgd needs a doubly stochastic mixing matrix, and that of star is only column stochastic: some "
        "ranks get more than they give; use topology.weights=metropolis on an undirected graph, or protocol=sgp"
    ),
    "protocol=dpsgd topology.weights=even": "topology.weights: must be one of metropolis, uniform, got 'even'",
    "protocol=sgp protocol.overlap=-1": (
        "protocol.overlap: must be at least 0, got -1; give how many iterations late a message may be mixed in"
    ),
    # sizes
    "network=torus network.shape=[1000000,1000000]": (
        "network.shape: makes 1000000000000 hosts, more than the 1300000 that can be simulated; give fewer"
    ),
    "server.shards=1000000": "server.shards: must be at least 1 and at most 100000, got 1000000",
    "replicas=1000000000": "replicas: must be at least 1 and at most 100000, got 1000000000",
    "protocol=allreduce collective=chain collective.chunks=100000000": (
        "collective.chunks: must be at least 1 and at most 100000, got 100000000; "
        "give the chunks that travel one after the other"
    ),
    "protocol=allreduce collective=double_tree workers=1001 collective.chunks=100000 problem=none": (
        "collective.chunks: must be at most 12500, got 100000; with 4000 messages each they make more than 50000000"
    ),
    # types
    "server.arrangement=ring": "server.arrangement: must be one of flat, tree, overlapped_tree, got 'ring'",
    "server.fan_out=1": "server.fan_out: must be at least 2 and at most 100000, got 1",
    "server.arrangement=overlapped_tree protocol=hardsync": (
        "server.arrangement: overlapped_tree is for workers that need not wait for an answer, and those of "
        "protocol=hardsync with these fields must; use server.arrangement=tree, or one of protocol=async_ps, k_async, "
        "k_batch_async, rennala, ringmaster, softsync"
    ),
    "server.arrangement=tree workers=40 network.hosts=41": (
        "network.hosts: 54 are needed, but the switch has 41; give 54 or more, or null for as many as needed "
        "(workers=40, a server, 13 aggregators)"
    ),
    "server.sharding=odd": "server.sharding: must be one of even, per_tensor, partitioned, got 'odd'",
    "workers=abc": "workers: must be a whole number, got 'abc'; for example 8",
    "workers=8.5": "workers: must be a whole number, got 8.5; for example 8",
    "workers=null": "workers: must be a whole number, got null; for example 8",
    "workers=": "workers: must be a whole number, got nothing; for example 8",
    "until.seconds=soon": "until.seconds: must be a number or null, got 'soon'",
    "record.spans=maybe": "record.spans: must be true or false, got 'maybe'; for example false",
    "record.spans=2": "record.spans: must be true or false, got 2; for example false",
    "record.spans=1": "record.spans: must be true or false, got 1; for example false",
    "server.colocated=3": "server.colocated: must be true or false, got 3; for example false",
    "partition=sharded partition.replacement=3": (
        "partition.replacement: must be true or false, got 3; for example false"
    ),
    "-m record.spans=false,2": "record.spans: must be true or false, got 2; for example false",
    "problem.hidden=3": "problem.hidden: must be a list of whole numbers, got 3; for example [128,64]",
    "problem.hidden=[64,a]": "problem.hidden[1]: must be a whole number, got 'a'",
    "problem.hidden=[64,[8]]": "problem.hidden[1]: must be a whole number, got [8]",
    "problem.hidden=[{a:1}]": "problem.hidden[0]: must be a whole number, got {'a': 1}",
    "topology=torus topology.shape=[2.5,4]": "topology.shape[0]: must be a whole number, got 2.5",
    "record=3": (
        "record: cannot be set to 3 as a whole; "
        "set record.every_updates, record.every_seconds, record.of, record.spans, record.trajectory, "
        "record.gradients, record.curvature, record.curve"
    ),
    # values that are missing
    "workers=???": "workers: a value must be given",
    "network.latency_us=???": "network.latency_us: a value must be given",
    "until.seconds=${nowhere}": "until.seconds: refers to nowhere, and there is no such key; write the value itself",
    # options
    "protocol=foo": f"protocol: there is no option 'foo'; choose one of {PROTOCOLS}",
    "protocol=asynch_ps": (
        f"protocol: there is no option 'asynch_ps'; did you mean async_ps? choose one of {PROTOCOLS}"
    ),
    "protocol=../protocol/local": f"protocol: there is no option '../protocol/local'; choose one of {PROTOCOLS}",
    "protocol='../protocol/local'": f"protocol: there is no option '../protocol/local'; choose one of {PROTOCOLS}",
    "protocol=../optimizer/adam": f"protocol: there is no option '../optimizer/adam'; choose one of {PROTOCOLS}",
    "protocol=/etc/passwd": f"protocol: there is no option '/etc/passwd'; choose one of {PROTOCOLS}",
    "protocol=local/": f"protocol: there is no option 'local/'; did you mean local? choose one of {PROTOCOLS}",
    "-m protocol=local,../protocol/local": (
        f"protocol: there is no option '../protocol/local'; choose one of {PROTOCOLS}"
    ),
    "-m protocol=choice('local','/etc/passwd')": (
        f"protocol: there is no option '/etc/passwd'; choose one of {PROTOCOLS}"
    ),
    "-m protocol=range(1,3)": f"protocol: 1 is not an option; choose one of {PROTOCOLS}",
    "server=../server/default": "server: there is no option '../server/default'; choose one of default",
    "experiment=null": f"experiment: null is not an option; choose one of {EXPERIMENTS}",
    "experiment=../config": f"experiment: there is no option '../config'; choose one of {EXPERIMENTS}",
    "protocol=": f"protocol: no option is given; choose one of {PROTOCOLS}",
    "protocol=null": f"protocol: null is not an option; choose one of {PROTOCOLS}",
    "protocol=[local,dpsgd]": f"protocol: ['local','dpsgd'] is not an option; choose one of {PROTOCOLS}",
    # sweeps
    "protocol=local,dpsgd": "protocol=local,dpsgd: several values are a sweep, which needs -m",
    "problem.hidden=64,32": (
        "problem.hidden=64,32: several values are a sweep, which needs -m; a list is problem.hidden=[64,32]"
    ),
    "-m seed=range(1,1)": "seed=range(1,1): a sweep over no values; give one at the least",
    "-m seed=interval(1,3)": (
        "seed=interval(1,3): an interval has no values to sweep over; use range(start,stop,step)"
    ),
    # groups of `paceline list`
    "list netwrk": "netwrk: there is no such group; did you mean network?",
}

#: Of messages that other parts write or that grow with the options: how they begin, and a word of the remedy.
RANGES = {
    "optimizer.momentum=0.9": ("optimizer.momentum: optimizer=sgd has no such key; ", "optimizer=momentum"),
    "network=ideal network.latency_us=3": (
        "network.latency_us: network=ideal has no such key; ",
        "network=single_switch",
    ),
    "experiment=foo": ("experiment: there is no option 'foo'; choose one of ", "first_look"),
    "workers=0": ("workers: ", "got 0"),
    "network.bandwidth_gbps=-1": ("network.bandwidth_gbps: ", "got -1"),
    "until.target_accuracy=1.5": ("until.target_accuracy: ", "got 1.5"),
    "optimizer.lr=inf": ("optimizer.lr: ", "got inf"),
    "problem.hidden=[0]": ("problem.hidden: ", "got 0"),
    "problem=quadratic until.epochs=3": ("until.epochs: ", "until.updates"),
    "problem=none until.target_accuracy=0.9": ("until.target_accuracy: ", "got 0.9; choose a problem"),
    "problem=none until.target_loss=0.9": ("until.target_loss: ", "got 0.9; choose a problem"),
    "problem=quadratic until.target_accuracy=0.9": ("until.target_accuracy: ", "until.target_loss"),
    "network.hosts=8 workers=8": ("network.hosts: ", "9 or more"),
    "network=leaf_spine network.leaves=1 workers=40": ("network.leaves: ", "3 or more"),
    "partition=sharded workers=2000": ("workers: ", "1440"),
    "compression=top_k compression.share=0": ("compression.share: ", "got 0.0; give"),
    "compression=qsgd compression.levels=0": ("compression.levels: ", "got 0; give"),
    "compression=sign_sgd compression.mode=vote": (
        "compression.mode: must be one of majority_vote, error_feedback",
        "got 'vote'",
    ),
    "protocol=allreduce compression=power_sgd compression.rank=0": ("compression.rank: ", "got 0; give"),
    "protocol=dpsgd compression=top_k": ("compression: top_k is for gradients", "compression=none"),
    "protocol=allreduce collective=tree compression=top_k": ("collective: tree has no all_gather; ", "ring"),
}

#: The second run of each sweep is the mistake.
SWEEPS = {
    "-m workers=1,a": ("workers: ", "whole number"),
    "-m workers=1,0": ("workers: ", "got 0"),
    "-m protocol=local,foo": ("protocol: ", PROTOCOLS),
    "-m network.hosts=8 workers=2,8": ("network.hosts: ", "9 or more"),
    "-m experiment=first_look network.leaves=1": ("network.leaves: ", "3 or more"),
}


@pytest.mark.slow
@pytest.mark.parametrize("line", MISTAKES)
def test_a_mistake_gets_one_line_with_key_value_and_remedy(line: str, paceline: Command, tmp_path: Path) -> None:
    assert paceline(*line.split()) == (2, "", f"paceline: error: {MISTAKES[line]}\n")
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
@pytest.mark.parametrize("line", RANGES | SWEEPS)
def test_a_run_that_is_refused_leaves_nothing_behind(line: str, paceline: Command, tmp_path: Path) -> None:
    status, out, err = paceline(*line.split())
    key, remedy = (RANGES | SWEEPS)[line]
    assert (status, out) == (2, "")
    assert err.startswith(f"paceline: error: {key}")
    assert remedy in err
    assert err.count("\n") == 1
    assert not list(tmp_path.iterdir())


def test_a_directory_that_cannot_be_made_is_the_users_to_change(paceline: Command) -> None:
    status, out, err = paceline("hydra.run.dir=/dev/null/run", "until.updates=1")
    assert (status, out, err) == (2, "", "paceline: error: /dev/null/run: Not a directory\n")


def test_a_file_of_an_earlier_run_survives_a_refusal(paceline: Command, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "summary.json").write_text("{}")
    assert paceline("hydra.run.dir=run", "workers=0").status == 2
    assert [path.name for path in tmp_path.rglob("*")] == ["run", "summary.json"]


def test_another_distribution_named_kernels_is_refused(paceline: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.metadata.version", lambda name: "0.4.1")
    assert paceline("workers=2") == (
        2,
        "",
        "paceline: error: kernels 0.4.1 is installed beside paceline, which has a package of that name; "
        "use a venv of its own\n",
    )
