"""`paceline plan`: mistakes are one line before anything is simulated; what it answers can be read by machines."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import Command

from sim.protocols import Protocol
from topologies.options import options_in

#: A question of one machine, in one batch, that is answered by the formula alone.
QUICK = ("workload=resnet50", "batch=64", "goal.utilisation=0.5", "machines=p3.2xlarge")
BARE = ("workload=resnet50", "goal.accuracy=0.759", "machines=p3")


def is_refused(paceline: Command, words: tuple[str, ...], said: str) -> None:
    """The command says just one line, writes nothing and ends with 2."""
    there = {*Path().rglob("*")}
    status, out, err = paceline("plan", *words)
    assert err.startswith(f"paceline: error: {said}"), err
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert {*Path().rglob("*")} == there


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "goal: nothing is asked"),
        (("workload=resnet50", "goal.accuracy=0.759"), "machines: which may it be?"),
        (("goal.accuracy=0.759", "machines=p3"), "workload: what is to be trained?"),
        ((*BARE, "goal.minutse=60"), "goal.minutse: there is no such key of a plan; did you mean goal.minutes?"),
        ((*BARE, "workers=8"), "workers: 8 follows from machines and count; leave it out"),
        ((*BARE, "until.updates=8"), "until.updates: 8 ends a run, and a plan goes on to its goal; leave it out"),
        ((*BARE, "--draws", "0"), "plan: argument --draws: must be a whole number from 10 to 100000, got 0"),
        ((*BARE, "--draws", "1000000000"), "plan: argument --draws: must be a whole number from 10 to 100000"),
        ((*BARE, "--frobnicate"), "--frobnicate: no such flag"),
        ((*BARE, "--resume"), "--resume: a plan is made anew"),
        ((*BARE, "-m", "--resume"), "--resume: a plan is made anew"),
        ((*BARE, "--cfg", "job"), "--cfg: shows something"),
        ((*BARE, "--info"), "--info: shows something"),
        ((*BARE, "--version"), "--version: shows something"),
        ((*BARE, "--resolve"), "--resolve: says how --cfg shows a config"),
        ((*BARE, "--table", "none.csv"), "--table: none.csv: No such file or directory; give"),
        ((*BARE, "--table", ""), "plan: argument --table: the name is empty"),
        ((*BARE, "--on"), "plan: argument --on: expected one argument"),
        ((*BARE, "plan.folder=/dev/null/deep"), "plan.folder: /dev/null is no folder; give another name"),
        (("workload=resnet50", "goal.accuracy=0.759", "machines=p33"), "machines: there is no machine 'p33'; did you"),
        (
            ("workload=resnet50", "goal.accuracy=0.759", "machines=p3,p3.16xlarge"),
            "machines: p3 and p3.16xlarge are the same, p3.16xlarge; give one of them",
        ),
        (("workload=resnet50,vgg16", *BARE[1:]), "workload: resnet50,vgg16 are several"),
        ((*BARE, "device=a100"), "device: a100 contradicts machines=p3.16xlarge, which has v100"),
        ((*BARE, "device.catalogue=none.csv"), "device.catalogue: none.csv"),
    ],
)
def test_words_that_mean_nothing_are_refused(paceline: Command, words: tuple[str, ...], said: str) -> None:
    is_refused(paceline, words, said)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((*QUICK, "wrokers=8"), "wrokers: no such key; did you mean workers?"),
        (("workload=resnet5", *QUICK[1:]), "workload: there is no option 'resnet5'; did you mean resnet50?"),
        (("workload=file", *QUICK[1:]), "workload.path: no file is given"),
        (("workload=file", 'workload.path="größe.csv"', *QUICK[1:]), "workload.path: größe.csv: cannot be read"),
        ((*QUICK, "network.bandwidth_gbps=range(1,9000)"), "count: 8999 candidates are more than the 2000"),
        ((*QUICK, "count=1,2", "--draws", "100000", "network.bandwidth_gbps=range(1,20)"), "--draws: 100000 possib"),
        ((*QUICK, "sites=2", "link.gbps=1"), "sites: protocol=allreduce does not step in rounds; give protocol=diloco"),
        ((*QUICK, "protocol=diloco", "transport.overlap=true"), "transport.overlap: diloco sends nothing before"),
        ((*QUICK, "straggler=trace"), "straggler.file: no file is given"),
        ((*QUICK, "network=file"), "network.path: no file is given"),
        ((*QUICK, "network=gpu_pod"), "network.gpus_per_machine: 8 contradicts machines=p3.2xlarge, which has 1"),
        ((*QUICK, "workload.precision=bf16"), "workload.precision: of device=v100 no peak is known in bf16"),
        ((*QUICK, "problem=digits_mlp"), "problem: digits_mlp is learned with workload=native"),
        ((*QUICK, "optimizer.lr=0.1,0.2"), "optimizer.lr: 0.1,0.2 decides what is learned"),
        ((*QUICK, "server.shards=4"), "server.shards: 4 is of parameter servers, and no protocol that is tried has"),
        ((*QUICK, "flows=4"), "flows: 4 flows of a card that one machine does not use"),
        ((*QUICK, "count=2", "flows=4", "transport=rdma"), "flows: 4 flows share a card with transport=tcp or ena"),
        ((*QUICK, "count=2", "flows=4", "transport.nic_cap_gbps=4"), "flows: 4 flows of a card whose rate"),
        (
            (*QUICK, "protocol=async_ps", "count=2000"),
            "count: 2000 devices of protocol=async_ps are more than the 256",
        ),
        ((*QUICK, "--table", "t.csv"), "--table: says how many samples an accuracy takes, and none is asked"),
        ((*QUICK, "--on", "own.csv", "--on", "own.csv"), "--on: own.csv is there twice"),
        ((*QUICK, "--on", "p3=own.csv"), "--on: p3 is none of the machines p3.2xlarge; give one of them"),
        ((*QUICK, "--on", "p3.2xlarge="), "--on: p3.2xlarge= names no file"),
        ((*QUICK, "--on", "lost.csv"), "--on: lost.csv: line 1: has no column throughput"),
        ((*QUICK, "--on", "own.csv"), "--on: own.csv: has no point on several machines"),
        ((*QUICK, "--on", "cut.log"), "--on: cut.log"),
        ((*QUICK, "device.catalogue=unsaid.csv"), "device.catalogue: unsaid.csv"),
        ((*QUICK, "hydra/sweeper=optuna"), "hydra/sweeper: optuna is of the files of a run"),
    ],
)
def test_what_does_not_go_together_is_refused(paceline: Command, words: tuple[str, ...], said: str) -> None:
    Path("t.csv").write_text("batch,samples\n256,4e7\n1024,4.1e7\n4096,5e7\n")
    Path("own.csv").write_text("devices,throughput\n1,380\n")
    Path("lost.csv").write_text("devices\n1\n")
    Path("cut.log").write_text("# nThread 1 nGpus 1 minBytes 1048576 maxBytes 2097152 step: 2(factor)\n#\n# Using dev")
    # a figure without its unit and source
    Path("unsaid.csv").write_text("device,figure,precision,value\nedge,peak,fp32,30\n")
    given = [word.partition("=")[0] for word in words]
    last = [word for place, word in enumerate(words) if "=" not in word or given[place] not in given[place + 1 :]]
    is_refused(paceline, tuple(words if "--on" in words else last), said)


def test_a_folder_has_to_be_one(paceline: Command) -> None:
    Path("taken").write_text("")
    is_refused(paceline, (*QUICK, "plan.folder=taken"), "plan.folder: taken is no folder")


@pytest.mark.slow
def test_json_is_alone(paceline: Command) -> None:
    status, out, err = paceline("plan", *QUICK, "count=1,2", "plan.folder=größe", "--draws", "20", "--json")
    assert (status, err) == (0, "")
    assert json.loads(out) == json.loads(Path("größe/plan.json").read_text(encoding="utf-8"))


@pytest.mark.slow
def test_people_get_lines_without_odd_letters(paceline: Command) -> None:
    out = paceline("plan", *QUICK, "count=1,2", "plan.folder=größe", "--draws", "20").out
    assert "\N{REPLACEMENT CHARACTER}" not in out
    assert out.endswith("\n\ngröße/plan.html, plan.json\n")


@pytest.mark.slow
@pytest.mark.parametrize("protocol", [name for name, _ in options_in("sim.protocols", Protocol)])
def test_every_protocol_is_answered(paceline: Command, protocol: str) -> None:
    line = ("plan", *QUICK, "count=1,2", f"protocol={protocol}", "--draws", "20", "--json")
    status, out, err = paceline(*line)
    assert (status, err) == (0, "")
    found = json.loads(out)["candidates"]
    assert [each["count"] for each in found if each["samples_per_second"] or each["said"]] != []
    assert len(found) == 2


@pytest.mark.slow
def test_what_cannot_be_does_not_stop_what_can(paceline: Command) -> None:
    # a protocol that sends nothing early beside one that does, and more workers than there are
    line = ("plan", *QUICK, "count=1,2", "protocol=k_sync", "protocol.k=2", "--draws", "20", "--json")
    status, out, _ = paceline(*line)
    assert status == 0
    said = {each["count"]: (each["status"], each["said"]) for each in json.loads(out)["candidates"]}
    assert said[1][0] == "refused"
    assert said[1][1].startswith("protocol.k: ")
    assert said[2][0] != "refused"


@pytest.mark.slow
def test_control_c_ends_it_and_its_children(tmp_path: Path) -> None:
    words = (*QUICK, "count=1..256", "protocol=async_ps")
    process = subprocess.Popen(
        [sys.executable, "-m", "sim", "plan", *words],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    while process.poll() is None and not children.read_text().split():
        time.sleep(0.05)
    time.sleep(0.5)
    os.killpg(process.pid, signal.SIGINT)  # as a terminal does
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out, err) == (130, "", "paceline: interrupted\n")
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert not [*tmp_path.iterdir()]
