"""``paceline lab``: small labs as a user has them done, and what is refused before anything is started."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from apart_runs import PATIENCE, environment, running
from command import Outcome

import sim.command.lab
from sim.command.lab import main
from sim.config.build import register
from sim.config.error import ConfigError
from sim.lab.wires.available import available

pytestmark = pytest.mark.slow

#: Four workers, a second or two of computing and sending.
SMALL = (
    *("workers=4", "workload=synthetic", "workload.seconds=0.03", "workload.bytes=100000", "until.updates=20"),
    *("network.bandwidth_gbps=0.05", "record.every_updates=10"),
)
#: However busy the machine is, a job is no faster than this times its prediction.
FASTEST = 0.5


def lab(folder: Path, *words: str) -> Outcome:
    """The command, in a process of its own: it becomes another one."""
    done = subprocess.run(
        [sys.executable, "-m", "sim", "lab", *words],
        cwd=folder,
        env=environment() | {"PYTHONPATH": environment()["PYTHONPATH"], "COLUMNS": "200"},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def wires() -> None:
    missing = available()
    if missing is not None:
        pytest.skip(f"no wires here: {missing}")


@pytest.mark.parametrize(
    "words",
    [
        ("protocol=allreduce", "collective=ring", "lab.seeds=2"),
        ("protocol=async_ps", "straggler=exponential", "until.target_accuracy=0.2"),
        ("protocol=dpsgd", "network=leaf_spine", "network.hosts_per_leaf=2", "network.spines=1"),
    ],
    ids=lambda words: words[0],
)
@pytest.mark.usefixtures("wires")
def test_a_lab_is_predicted_done_and_compared(tmp_path: Path, words: tuple[str, ...]) -> None:
    done = lab(tmp_path, *SMALL, *words)
    assert done.status == 0, done.err
    found = json.loads((tmp_path / "lab" / "lab.json").read_text())
    rows = {row["what"]: row for row in found["rows"]}
    per_update = rows["seconds_per_update"]
    assert per_update["predicted"] > 0.03 / 4  # what is asynchronous has four updates in the time of one gradient
    assert per_update["measured"] > FASTEST * per_update["predicted"]
    assert FASTEST < rows["bytes_sent"]["measured"] / rows["bytes_sent"]["predicted"] < 1.0 / FASTEST
    assert found["prediction"]["written_at"] < found["prediction"]["job_began_at"]
    [flow, *_] = found["wires"]["flows"]
    assert flow["bandwidth_bits_per_second"] == 50e6
    assert 0.9 < flow["framing"] < 0.9425
    seeds = found["seeds"]
    assert len(list((tmp_path / "lab" / "predicted").glob("*/summary.json"))) == len(seeds)
    assert sorted(path.name for path in (tmp_path / "lab" / "measured").iterdir()) == [f"seed-{seed}" for seed in seeds]
    assert "time per update" in done.out
    assert (tmp_path / "lab" / "lab.html").stat().st_size > 10_000


@pytest.mark.usefixtures("wires")
def test_gloo_carries_out_the_all_reduce_of_a_lab_and_is_measured_before(tmp_path: Path) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed")
    done = lab(tmp_path, *SMALL, "protocol=allreduce", "collective=ring", "lab.allreduce=gloo")
    assert done.status == 0, done.err
    found = json.loads((tmp_path / "lab" / "lab.json").read_text())
    gloo = found["wires"]["gloo"]
    assert (gloo["ranks"], gloo["bytes"], found["allreduce"]) == (4, [50_000, 200_000], "gloo")
    assert f"transport.overhead_seconds={gloo['overhead_seconds']:.6g}" in found["prediction"]["words"]
    rows = {row["what"]: row for row in found["rows"]}
    assert rows["seconds_per_update"]["measured"] > FASTEST * rows["seconds_per_update"]["predicted"]
    assert "bytes_sent" not in rows  # gloo counts for itself


@pytest.mark.usefixtures("wires")
def test_a_lab_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    place = tmp_path / "lab"
    (place / "measured" / "seed-9").mkdir(parents=True)
    (place / "lab.json").write_text("{}")
    assert lab(tmp_path, *SMALL, "protocol=hardsync", "problem=none").status == 0
    assert sorted(path.name for path in (place / "measured").iterdir()) == ["seed-0"]


def mistake(folder: Path, monkeypatch: pytest.MonkeyPatch, words: Sequence[str]) -> str:
    """What the command says to words that are refused, in this process."""

    def started() -> None:
        raise AssertionError("it goes on")

    monkeypatch.chdir(folder)
    monkeypatch.setattr(sim.command.lab, "start_again", started)
    register()
    with pytest.raises(ConfigError) as refused:
        main([*words])
    return str(refused.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["lab.sedes=2"], "lab.sedes: no such key; a lab has lab.folder, lab.seeds and lab.allreduce"),
        (["lab.seeds=0"], "lab.seeds=0: must be a whole number from 1 to 1000; give for example 5"),
        (["lab.allreduce=nccl"], "lab.allreduce=nccl: must be ring or gloo"),
        (["lab.seeds=2", "lab.seeds=3"], "lab.seeds: given twice; keep one of them"),
        (["lab.folder="], "lab.folder: no folder is given; give one, such as lab.folder=lab"),
        (["lab.folder=."], "lab.folder=.: holds other things than a lab; give another folder"),
        (["lab.folder=thesis.tex"], "lab.folder=thesis.tex: is no folder; give another name"),
        (["-m", "workers=2,3"], "--multirun: a lab does one experiment at once; leave it out"),
        (["--cfg", "job"], "--cfg: a lab does one experiment at once; leave it out"),
    ],
)
def test_mistakes_are_told_before_anything_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    (tmp_path / "thesis.tex").touch()
    assert mistake(tmp_path, monkeypatch, words).startswith(said)
    assert os.listdir(tmp_path) == ["thesis.tex"]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["transport=tcp"], "transport: the lab's wires carry TCP, and what that leaves of them is measured"),
        (["protocol=easgd"], "protocol: easgd is not among those that the lab runs; use one of hardsync, "),
        (["network=ideal"], "network: an ideal one has no links to lay; choose single_switch"),
        (["network.bandwidth_gbps=100"], "network: its fastest link has 100 Gb/s, more than virtual cards carry"),
        (["workers=100"], "workers: every worker and every shard is a process, 64 at most, got 100"),
        (["workload=native"], "workload: a gradient of "),
        (["protocol=allreduce"], "collective: the lab has one ring, and this would be "),
    ],
)
@pytest.mark.usefixtures("wires")
def test_what_cannot_be_a_lab_is_told_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], said: str
) -> None:
    [word] = words
    key = word.partition("=")[0]
    of_group = (f"{key}.", f"{key}=") if key in ("workload", "network") else (f"{key}=",)
    kept = [each for each in SMALL if not each.startswith(of_group)]
    assert mistake(tmp_path, monkeypatch, [*kept, *words]).startswith(said)
    assert not any(tmp_path.iterdir())


@pytest.mark.usefixtures("wires")
def test_an_interrupt_leaves_nobody(tmp_path: Path) -> None:
    words = [word for word in SMALL if word != "until.updates=20"]
    command = [sys.executable, "-m", "sim", "lab", *words, "protocol=hardsync", "problem=none", "until.seconds=60"]
    with running(command, cwd=tmp_path) as run:
        assert any(line.startswith("predicted, in lab/predicted") for line in iter(run.line, ""))
        run.warden.send_signal(signal.SIGINT)
        assert run.warden.wait(PATIENCE) == 130
        assert run.is_gone()
    assert not (tmp_path / "lab" / "lab.json").exists()
