"""`paceline list device` and `list machine`: figures with their sources, and keys of a run that runs."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from command import Command

from sim.catalogue.catalogue import built_in
from sim.catalogue.machine import machine

MACHINES = built_in().names("machine")
OWN = "machine,device,figure,precision,value,unit,kind,as_of,source\n"
BOX = OWN + "".join(
    f"{row},2025-04,us\n"
    for row in (
        ",edge,peak,fp32,20,TFLOP/s,peak",
        "box.s,,device,,edge,name,peak",
        "box.s,,devices,,2,count,peak",
        "box.l,,device,,edge,name,peak",
        "box.l,,devices,,4,count,peak",
    )
)


def texts(out: str) -> list[str]:
    return [" ".join(line.split()) for line in out.splitlines()]


def test_list_device_shows_what_is_known_of_each(paceline: Command) -> None:
    lines = texts(paceline("list", "device").out)
    for said in (
        "peak: fp32 15.7 TFLOP/s, amp 125 TFLOP/s (peak; NVIDIA Tesla V100 data sheet (SXM2), as of 2018-01)",
        "throughput: resnet50 tf32 938 images/s, resnet50 amp 2470 images/s (measured; NVIDIA DeepLearningExamples, "
        "PyTorch ResNet-50 v1.5, one GPU of a DGX A100 of 80 GB (@291f0d02), as of 2021-03)",
        "memory: 141 GB (peak; NVIDIA H200 data sheet (SXM), as of 2024-01)",
        "unknown (null): efficiency, throughput, idle power",
        "device.overhead_seconds time per gradient that does not depend on the batch (s), >= 0 (100.0e-6)",
    ):
        assert said in lines


@pytest.mark.slow
def test_a_device_is_shown_with_every_source(paceline: Command) -> None:
    status, out, err = paceline("list", "device=v100")
    assert (status, err) == (0, "")
    head, *rows, last = texts(out)
    assert head == "figure of value kind as_of source"
    assert len(rows) == len(built_in().of("device", "v100"))
    assert any(row.startswith("throughput resnet50, fp32, batch 112 367 images/s measured 2021-03 NV") for row in rows)
    assert last == "unknown (null): idle power"


def test_machines_are_listed_with_their_short_names(paceline: Command) -> None:
    status, out, err = paceline("list", "machine")
    assert (status, err) == (0, "")
    lines = texts(out)
    assert [line.split()[0] for line in lines] == ["machine", *MACHINES]
    assert "p3.16xlarge 8 x v100, NVLink 1200 Gb/s, 1 x 25 Gb/s, ENA, memory 524 GB, 24.48 USD/h (or p3)" in lines
    assert "p2.xlarge 1 x k80, 1 x unknown rate, ENA, memory 65.5 GB, 0.9 USD/h" in lines


@pytest.mark.slow
def test_a_short_name_is_said_to_be_one(paceline: Command) -> None:
    status, out, err = paceline("list", "machine=p3")
    assert (status, err) == (0, "")
    assert texts(out)[0] == "p3 is p3.16xlarge, the largest of its family"
    assert out.split("\n", 1)[1] == paceline("list", "machine=p3.16xlarge").out
    assert "unknown (null): idle power, busy power" in texts(out)


def printed(out: str) -> list[str]:
    """The words of the command that a machine is shown with."""
    (line,) = [line for line in texts(out) if line.startswith("2 of them: paceline ")]
    return line.removeprefix("2 of them: paceline ").split()


@pytest.mark.slow
@pytest.mark.parametrize("name", MACHINES)
def test_what_is_printed_of_a_machine_runs(name: str, paceline: Command, tmp_path: Path) -> None:
    words = printed(paceline("list", f"machine={name}").out)
    run = ("protocol=allreduce", "workload=resnet18", "until.updates=2", "hydra.run.dir=run")
    assert paceline(*words, *run).status == 0
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    one = machine(name, built_in())
    assert (summary["workers"], summary["updates"]) == (2 * one.devices, 2)
    assert summary["network"] == ("gpu_pod" if one.devices > 1 else "single_switch")


def test_the_keys_of_a_machine_are_its_own() -> None:
    # p5: 32 cards of 100 Gb/s for 8 devices are 8 rails of 400; p4d: 4 cards for 8; p3dn: devices of 32 GB.
    def keys(name: str) -> list[str]:
        return machine(name, built_in()).overrides(3)

    assert keys("p5") == [
        *("workers=24", "device=h100", "network=gpu_pod", "network.gpus_per_machine=8", "network.rails=8"),
        *("network.intra_bandwidth_gbps=3600", "network.in_network_reduction=true"),
        *("network.bandwidth_gbps=400", "transport=rdma"),
    ]
    assert {"network.rails=4", "network.bandwidth_gbps=100"} < {*keys("p4d")}
    assert "device.memory_bytes=3.2e+10" in keys("p3dn")
    assert keys("p3.2xlarge") == [
        *("workers=3", "device=v100", "network=single_switch", "network.bandwidth_gbps=10", "transport=ena"),
    ]


@pytest.mark.slow
def test_a_file_of_ones_own_is_shown_too(paceline: Command, tmp_path: Path) -> None:
    (tmp_path / "own.csv").write_text(BOX)
    file = "device.catalogue=own.csv"
    assert "box.l 4 x edge (or box)" in texts(paceline("list", "machine", file).out)
    words = printed(paceline("list", "machine=box", file).out)
    assert words[:4] == ["workers=8", "device=named", "device.name=edge", "device.catalogue=own.csv"]
    assert paceline(*words, "protocol=allreduce", "problem=quadratic", "until.updates=1").status == 0
    lines = texts(paceline("list", "device=named", "device.name=edge", file).out)
    assert lines[1:] == [
        "peak fp32 20 TFLOP/s peak 2025-04 us",
        "unknown (null): efficiency, throughput, memory, idle power, busy power",
    ]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["machine=p33"], "machine=p33: there is no machine 'p33'; did you mean p3?"),
        (["machine", "device=v100"], "list: only machine= and keys device.*, as in paceline list machine=p3 device.c"),
        (["device=v100", "workers=3"], "list: only device= and keys device.*, as in paceline list device=v100 device"),
        (["device=named", "device.name=v10"], "device.name: the catalogue has no device 'v10'; did you mean v100?"),
        (["machine", "device.catalogue=no.csv"], "device.catalogue: no.csv: cannot be read (No such file or directo"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_line(words: list[str], said: str, paceline: Command) -> None:
    status, out, err = paceline("list", *words)
    assert (status, out) == (2, "")
    assert err.startswith(f"paceline: error: {said}")
    assert err.count("\n") == 1
