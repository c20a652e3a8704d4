"""``paceline calibrate FILE``: ranges, residuals, an option to reuse, and mistakes in one line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from sim.calibration.points import Collective, Job, Steps, read_measured
from sim.command.calibrate import main
from sim.transports.tcp import TCP
from sim.truth.table import Point

POINTS = "devices,throughput\n1,134.6\n4,530.6\n8,416\n16,1056\n32,1474\n"
WORDS = ("--model", "resnet50", "--batch", "28", "--transport", "tcp", "--line-gbps", "50", "--devices-per-node", "4")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "measured.csv"
    path.write_text(POINTS)
    return path


def test_ranges_before_and_after_and_residuals_are_printed(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(file), *WORDS]) == 0
    out = capsys.readouterr().out
    (card,) = (line for line in out.splitlines() if line.startswith("card:"))
    believed, now = (text.split(" to ") for text in (card[66:90].strip(), card[90:114].strip()))
    assert float(now[1]) / float(now[0]) < float(believed[1]) / float(believed[0])
    assert [line[:80].split() for line in out.splitlines()[-3:]] == [
        ["8", "devices,", "2", "machines", "416"],
        ["16", "devices,", "4", "machines", "1056"],
        ["32", "devices,", "8", "machines", "1474"],
    ]


@pytest.mark.slow
def test_the_option_that_is_written_is_one(file: Path, tmp_path: Path) -> None:
    option = tmp_path / "mine" / "transport" / "ours.yaml"
    assert main([str(file), *WORDS, "--out", str(option)]) == 0
    values = yaml.safe_load(option.read_text())
    assert values.pop("defaults") == ["/schema/transport/tcp@_here_"]
    transport = TCP(**values)
    assert transport.overlap
    assert transport.nic_cap_gbps is not None
    assert 1.0 < transport.nic_cap_gbps < 50.0


def test_an_option_that_is_there_is_not_overwritten(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder in ("experiment", "transport"):
        there = tmp_path / folder / "ours.yaml"
        there.parent.mkdir()
        there.write_text("mine")
        assert main([str(file), *WORDS, "--out", str(tmp_path / "transport" / "ours.yaml")]) == 2
        assert f"{there} is there already" in capsys.readouterr().err
        assert there.read_text() == "mine"


def test_an_option_goes_where_options_of_transport_are(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(file), *WORDS, "--out", str(tmp_path / "ours.yaml")]) == 2
    assert "give for example mine/transport/ours.yaml" in capsys.readouterr().err


def test_machines_servers_and_micro_batches_may_be_columns(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("devices, throughput, nodes, servers, accumulation\n8,800,1,,\n8,700,8,2,4\n")
    assert read_measured(path, Job(32, 8)).points == [Point(8, 1, 800.0, None, 1), Point(8, 8, 700.0, 2, 4)]


def test_steps_of_one_size_are_one_point_and_their_scatter(tmp_path: Path) -> None:
    # 16 devices x 10 samples in 2 s on average are 80 samples a second; of 1.9, 2.0 and 2.1 the deviation is 0.1
    path = tmp_path / "steps.csv"
    path.write_text("devices,step_seconds\n16,1.9\n16,2.0\n16,2.1\n8,1.0\n")
    found = read_measured(path, Job(10, 8))
    assert found.points == [Point(16, 2, pytest.approx(80.0), None, 1), Point(8, 1, 80.0, None, 1)]
    assert found.steps == [Steps(found.points[0], pytest.approx(0.05), 3), Steps(found.points[1], 0.0, 1)]


@pytest.mark.slow
def test_files_of_all_kinds_are_learned_from_together(
    file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    steps, sweep = tmp_path / "steps.csv", tmp_path / "sweep.csv"
    steps.write_text("devices,step_seconds\n4,0.21\n4,0.22\n4,0.20\n8,0.55\n8,0.52\n")
    sweep.write_text("operation,bytes,ranks,nodes,seconds\nall_reduce,1e9,8,2,4.0\nall_gather,1e9,8,2,2.1\n")
    assert read_measured(sweep, Job(28, 4)).collectives[1] == Collective("all_gather", 1e9, 8, 2, 2.1)
    assert main([str(file), str(steps), str(sweep), *WORDS]) == 0
    out = capsys.readouterr().out
    assert [line.split()[0] for line in out.splitlines() if "measured" in line] == [
        "measured.csv",
        "steps.csv",
        "sweep.csv",
    ]
    assert "all_gather of 1e+09 B, 8 ranks, 2 machines" in out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: has no column devices"),
        ("gpus,throughput\n", "line 1: there is no column 'gpus'; name some of devices, throughput"),
        ("devices,throughput\n1,fast\n", "line 2, column throughput: expected a number of 1e-12 to 1e+24, got 'fast'"),
        ("devices,throughput\n1.5,1\n", "line 2, column devices: expected a count, got '1.5'"),
        ("devices,throughput\n1\n", "line 2, column throughput: expected a number of 1e-12 to 1e+24, got ''"),
        ("devices,throughput,nodes\n1,1,2\n", "line 2, column nodes: expected at most its 1 devices, got 2"),
        ("devices,throughput\n8,100\n", "has no point on one machine"),
        ("devices,throughput\n1,100\n", "has no point on several machines"),
        ("devices,step_seconds,throughput\n", "line 1: there is no column 'throughput'"),
        ("operation,bytes,ranks,nodes,seconds\nsend,1,2,2,1\n", "line 2, column operation: 'send' is none of"),
        ("operation,bytes,ranks,nodes,seconds\nall_reduce,1,8,9,1\n", "line 2, column nodes: expected at most its 8"),
        ("\x00\x01", "line 1: there is no column"),
    ],
)
def test_a_mistake_in_the_file_is_one_line(
    file: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text)
    assert main([str(file), *WORDS]) == 2
    err = capsys.readouterr().err
    assert err.startswith("paceline calibrate: ")
    assert file.name in err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--batch", "0"), "must be a whole number, at least 1, got 0"),
        (("--line-gbps", "-1"), "expected a number of Gb/s above 0, got '-1'"),
        (("--transport", "pigeon"), "invalid choice: 'pigeon'"),
        (("--model", "vgg17"), "'vgg17' is no model whose tensors are written down; the nearest is vgg16"),
    ],
)
def test_a_mistake_in_the_words_is_one_line(
    file: Path, words: tuple[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(file), *WORDS, *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


LOG = """# nThread 1 nGpus 1 minBytes 8388608 maxBytes 134217728 step: 4(factor)
#  Rank  0 Group  0 Pid  10 on     node1 device  0 [0x00] NVIDIA H100 80GB HBM3
#  Rank  1 Group  0 Pid  11 on     node2 device  0 [0x00] NVIDIA H100 80GB HBM3
#       size         count      type   redop    root     time   algbw   busbw #wrong     time   algbw   busbw #wrong
     8388608       2097152     float     sum      -1    300.0   27.96   27.96      0    299.0   28.05   28.05      0
    33554432       8388608     float     sum      -1    900.0   37.28   37.28      0    899.0   37.32   37.32      0
   134217728      33554432     float     sum      -1   3200.0   41.94   41.94      0   3190.0   42.07   42.07      0
"""


def test_a_log_of_nccl_tests_alone_says_what_cards_carry(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, out = tmp_path / "all_reduce_perf.txt", tmp_path / "mine" / "transport" / "ours.yaml"
    log.write_text(LOG)
    assert main([str(log), "--transport", "rdma", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "card: rate of a network card (B/s)" in printed
    assert "all_reduce of 3.35544e+07 B, 2 ranks, 2 machines" in printed
    # 134 MB in 3.2 ms, each way once: 42 GB/s or 336 Gb/s, and more where waits are taken off
    cap = float(re.findall(r"^nic_cap_gbps: ([\d.]+)", out.read_text(), re.MULTILINE)[0])
    assert 330.0 < cap < 400.0
    assert not (tmp_path / "mine" / "experiment").exists()


@pytest.mark.slow
def test_a_log_is_evidence_beside_throughputs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, points = tmp_path / "all_reduce_perf.txt", tmp_path / "points.csv"
    log.write_text(LOG)
    points.write_text("devices,throughput\n1,360\n2,700\n4,1380\n")
    job = ["--model", "resnet50", "--batch", "112", "--transport", "rdma", "--line-gbps", "400"]
    assert main([str(points), str(log), *job]) == 0
    printed = capsys.readouterr().out
    assert "all_reduce_perf.txt" in printed
    assert "all_reduce of 1.34218e+08 B, 2 ranks, 2 machines" in printed


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (LOG[:300], "has no times of nccl-tests"),
        (LOG.replace("  Rank  1", "  Rnk  1").replace("  Rank  0", "  Rnk  0"), "ranks"),
    ],
)
def test_a_log_that_is_cut_is_one_line(
    tmp_path: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "all_reduce_perf.txt"
    log.write_text(text)
    assert main([str(log), "--transport", "rdma"]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--transport", "rdma", "--batch", "32"], "--batch: is of throughputs and steps, and there are none"),
        (["--transport", "rdma", "--horovod"], "--horovod: is of throughputs and steps, and there are none"),
        (["--transport", "grpc"], "--transport: grpc has servers, and no collectives"),
    ],
)
def test_what_collectives_alone_have_no_use_for_is_refused(
    tmp_path: Path, more: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "all_reduce_perf.txt"
    log.write_text(LOG)
    assert main([str(log), *more]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.slow
def test_what_nothing_is_learned_from_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log, points = tmp_path / "all_reduce_perf.txt", tmp_path / "points.csv"
    log.write_text(LOG.replace("node2", "node1"))  # both ranks in one machine
    points.write_text("devices,throughput\n1,360\n2,700\n")
    job = ["--model", "resnet50", "--batch", "112", "--transport", "rdma", "--line-gbps", "400"]
    assert main([str(points), str(log), *job]) == 0
    said = "left out, inside a machine, or of no ring: all_reduce of 8.38861e+06 B, 2 ranks, 1 machines, and 2 more"
    assert said in capsys.readouterr().out


@pytest.mark.slow
@pytest.mark.parametrize(
    ("transport", "gbps", "said"),
    [
        ("rdma", "400", ""),
        ("rdma", "10", "at the least, and by --line-gbps no more than 10. Are line rate, cards"),
        ("ena", "50", "note: points.csv is contradicted by the other files"),
    ],
)
def test_what_cannot_be_is_told(
    tmp_path: Path, transport: str, gbps: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    log, points = tmp_path / "all_reduce_perf.txt", tmp_path / "points.csv"
    log.write_text(LOG)  # 42 GB/s through a card
    # a gradient of 102 MB costs a quarter of a second on ENA, and next to nothing otherwise
    points.write_text(f"devices,throughput\n1,360\n{'2,400' if transport == 'ena' else '2,700'}\n")
    job = ["--model", "resnet50", "--batch", "112", "--transport", transport, "--line-gbps", gbps]
    assert main([str(points), str(log), *job]) == 0
    out = capsys.readouterr().out
    assert said in out
    assert ("note:" in out) == bool(said)
