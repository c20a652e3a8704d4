"""How the command ends when its reader, its disk or somebody else ends it."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from command import QUICK, Command
from killing import killed_at

import sim.simulate
from sim.cluster.blueprint import Blueprint
from sim.report.collect import find_runs
from sim.sweep.ending import ended_in_order

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]


def shell(line: str) -> subprocess.CompletedProcess[str]:
    """What a shell makes of a line in which $0 is Python; its status is that of the command before a pipe."""
    arguments = ["bash", "-o", "pipefail", "-c", line, sys.executable]
    return subprocess.run(arguments, capture_output=True, text=True, cwd=ROOT)


def test_a_reader_that_wants_no_more_lines_of_a_list_is_no_error() -> None:
    assert shell('"$0" -m sim list problem protocol network | true').returncode == 0


def test_a_sweep_goes_on_when_its_reader_hangs_up(tmp_path: Path) -> None:
    swept = "problem=none workers=2 until.updates=3 seed=0,1,2"
    assert shell(f'"$0" -m sim -m {swept} hydra.sweep.dir={tmp_path} | head -n 1').returncode == 0
    assert len(list(tmp_path.rglob("summary.json"))) == 3


@pytest.mark.parametrize("stream", ["1", "2"])
def test_a_closed_stream_is_no_error(stream: str) -> None:
    assert shell(f'"$0" -m sim list straggler {stream}>&-').returncode == 0


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_one_line() -> None:
    done = shell('"$0" -m sim list > /dev/full')
    assert (done.returncode, done.stderr) == (2, "paceline: error: No space left on device\n")


def test_a_full_disk_is_told_with_the_name_of_the_file(
    paceline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    status, _, err = paceline(*QUICK, "hydra.run.dir=run")
    assert status == 2
    assert err.count("\n") == 1  # Hydra does not add its own
    assert err.startswith("paceline: error: ")
    assert err.endswith("run: No space left on device\n")
    assert not list(tmp_path.iterdir())


def test_a_memory_that_is_full_is_told_in_one_line(paceline: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(blueprint: Blueprint, *others: object) -> None:
        raise MemoryError

    monkeypatch.setattr(sim.simulate, "simulate", too_large)
    status, _, err = paceline(*QUICK)
    assert status == 2
    assert err.startswith("paceline: error: not enough memory for sim.sweep.run; most is for ")
    assert err.endswith(" workers, about 0.0603 MB; workers: use fewer, or a smaller model\n")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_run_that_is_told_to_end_leaves_nothing_and_has_the_status_that_a_shell_expects(
    number: signal.Signals, paceline: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told_to_end(blueprint: Blueprint, *others: object) -> None:
        signal.raise_signal(number)

    monkeypatch.setattr(sim.simulate, "simulate", told_to_end)
    status, out, err = paceline(*QUICK)
    assert (status, out, err) == (128 + number, "", "paceline: interrupted\n")
    assert not list(tmp_path.iterdir())


def test_signals_are_handled_as_before_when_a_command_has_ended(paceline: Command) -> None:
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)]
    paceline(*QUICK)
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)] == before


def test_an_interrupt_that_strikes_in_a_destructor_strikes_again() -> None:
    class Fragile:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGINT)

    def wait() -> None:
        with ended_in_order():
            fragile = Fragile()
            del fragile
            time.sleep(60)

    with pytest.raises(KeyboardInterrupt):
        wait()


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_sweep_that_is_killed_keeps_what_it_has_finished_and_the_next_one_tidies_up(
    paceline: Command, tmp_path: Path
) -> None:
    line = ("-m", *QUICK, "seed=0,1,2", "hydra.sweep.dir=sweep")
    assert paceline("list").status == 0  # everything is imported before it is copied
    assert killed_at(32, lambda: paceline(*line))  # a run takes some 17 steps
    finished = list(tmp_path.glob("sweep/seed=*/summary.json"))
    assert len(finished) in (1, 2)
    assert {path.parent for path in tmp_path.glob("sweep/seed=*/*.csv")} == {path.parent for path in finished}
    assert list(find_runs([tmp_path / "sweep"])) == [path.parent for path in finished]
    assert paceline(*line).status == 0
    assert len(find_runs([tmp_path / "sweep"])) == 3
    assert not list(tmp_path.rglob("*.partial"))


def test_a_report_on_a_full_disk_is_one_line_and_keeps_the_earlier_one(paceline: Command, tmp_path: Path) -> None:
    assert paceline(*QUICK, "hydra.run.dir=run").status == 0
    assert paceline("report", "run").status == 0
    before = {path: path.read_bytes() for path in tmp_path.glob("run/r*")}
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # the error, not the signal
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        status, _, err = paceline("report", "run")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert (status, err) == (2, "paceline report: run/runs.parquet: File too large\n")
    assert {path: path.read_bytes() for path in tmp_path.glob("run/r*")} == before
    assert not list(tmp_path.rglob("*.partial"))
