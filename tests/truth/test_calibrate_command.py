"""``paceline calibrate FILE``: ranges, residuals, an option to reuse, and mistakes in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from sim.calibration.points import read_points
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
    assert [line.split()[:3] for line in out.splitlines()[-3:]] == [
        ["8", "2", "416"],
        ["16", "4", "1056"],
        ["32", "8", "1474"],
    ]


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
    option = tmp_path / "ours.yaml"
    option.write_text("mine")
    assert main([str(file), *WORDS, "--out", str(option)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert option.read_text() == "mine"


def test_machines_servers_and_micro_batches_may_be_columns(tmp_path: Path) -> None:
    path = tmp_path / "points.csv"
    path.write_text("devices, throughput, nodes, servers, accumulation\n8,800,1,,\n8,700,8,2,4\n")
    assert read_points(path, 8) == (Point(8, 1, 800.0, None, 1), Point(8, 8, 700.0, 2, 4))


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
        ("\x00\x01", "line 1: there is no column"),
    ],
)
def test_a_mistake_in_the_file_is_one_line(
    file: Path, text: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    file.write_text(text)
    assert main([str(file), *WORDS]) == 2
    err = capsys.readouterr().err
    assert err.startswith(f"paceline calibrate: {file}: ")
    assert said in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--batch", "0"), "must be a whole number, at least 1, got 0"),
        (("--line-gbps", "-1"), "expected a number of Gb/s above 0, got '-1'"),
        (("--transport", "pigeon"), "invalid choice: 'pigeon'"),
        (("--model", "vgg17"), "invalid choice: 'vgg17'"),
    ],
)
def test_a_mistake_in_the_words_is_one_line(
    file: Path, words: tuple[str, str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(file), *WORDS, *words]) == 2
    err = capsys.readouterr().err
    assert said in err
    assert err.count("\n") == 1
