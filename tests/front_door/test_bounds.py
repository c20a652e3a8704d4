"""What is too large is refused before it is read or made, and what takes long is said before it begins."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest
from command import QUICK, Command

import sim.simulate
from sim.cluster.blueprint import Blueprint
from topologies.files.text import MOST_BYTES

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
#: Bytes of a file in which there is nothing but a hole, which takes no disk.
GIANT = 30 * 10**9


def giant(path: Path) -> Path:
    """A file of 30 GB that takes no disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.truncate(GIANT)
    return path


@pytest.mark.parametrize("ending", ["graphml", "gml", "json", "edges", "csv", "txt"])
@pytest.mark.parametrize("key", ["network", "topology", "placement"])
def test_a_giant_file_is_refused_without_being_read(key: str, ending: str, paceline: Command, tmp_path: Path) -> None:
    path = giant(tmp_path / f"giant.{ending}")
    protocol = ["protocol=dpsgd"] if key == "topology" else []
    status, _, err = paceline(*QUICK, *protocol, f"{key}=file", f"{key}.path={path}")
    assert status == 2
    [line] = err.splitlines()
    assert f"{key}.path" in line
    assert str(path) in line
    assert f"has {GIANT} bytes, expected at most {MOST_BYTES}" in line


def test_a_giant_trace_is_refused_without_being_read(paceline: Command, tmp_path: Path) -> None:
    path = giant(tmp_path / "giant.csv")
    status, _, err = paceline(*QUICK, "straggler=trace", f"straggler.file={path}")
    assert status == 2
    assert f"straggler.file: {path}: has {GIANT} bytes" in err


@pytest.mark.parametrize("problem", ["idx_mlp", "cifar10_cnn"])
def test_giant_data_are_refused_without_being_read(problem: str, paceline: Command, tmp_path: Path) -> None:
    idx = [f"{part}-{what}-ubyte" for part in ("train", "t10k") for what in ("images-idx3", "labels-idx1")]
    batches = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    for name in idx if problem == "idx_mlp" else batches:
        giant(tmp_path / name)
    status, _, err = paceline(f"problem={problem}", f"problem.folder={tmp_path}", "until.updates=1")
    assert status == 2
    assert "problem.folder" in err


@pytest.mark.parametrize("name", ["summary.json", "metrics.csv", "links.csv"])
def test_a_giant_result_is_not_read(name: str, paceline: Command, tmp_path: Path) -> None:
    assert paceline(*QUICK, "hydra.run.dir=run").status == 0
    giant(tmp_path / "run" / name)
    status, _, err = paceline("report", "run")
    assert status != 1
    assert f"has {GIANT} bytes" in err


def test_a_giant_case_is_not_replayed(paceline: Command, tmp_path: Path) -> None:
    status, _, err = paceline("replay", str(giant(tmp_path / "case.json")))
    assert status == 2
    assert f"has {GIANT} bytes" in err


LONG = ["problem=none", "workers=2", "until.updates=100000000"]


def stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every simulation end at once."""

    def interrupted(blueprint: Blueprint, *others: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(sim.simulate, "simulate", interrupted)


def test_a_long_run_says_what_it_takes_and_which_key_decides(
    paceline: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    stopped(monkeypatch)
    first, *_ = paceline(*LONG).err.splitlines()
    # 1e8 gradients of 3 us for their own events and 4 us for each of two messages: 1100 s.
    said = "paceline: this run takes about 18 min, most of it for 1e+08 gradients; to make it less, until.updates: "
    assert first.startswith(said)


def test_a_sweep_says_once_what_all_of_it_takes(paceline: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    stopped(monkeypatch)
    err = paceline("-m", *LONG, "seed=0,1,2,3").err
    assert err.count("takes") + err.count("runs take") == 1
    assert err.startswith("paceline: these 4 runs take about 73 min, ")


def test_a_short_run_begins_without_a_word(paceline: Command) -> None:
    status, _, err = paceline(*QUICK)
    assert (status, err) == (0, "")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (
            "protocol=allreduce collective=direct workers=20000 problem=none",
            "workers: 20000 make a schedule of 400000000 messages and delays, more than the 100000000 that are held",
        ),
        (
            "record.every_updates=1 record.trajectory=true until.updates=100000000",
            "record.every_updates: 1e+08 evaluations need about 6990 GB",
        ),
        ("problem=none record.spans=true until.updates=900000000", "record.spans: "),
        (
            "network=random_regular network.bandwidth_gbps=1000000 transport=tcp background=random problem=none",
            "background.utilisation: makes about ",
        ),
        ("problem=none network=torus network.shape=[100000,100000]", "network.shape: makes 10000000000 hosts"),
        ("problem=none network=fat_tree network.k=2000", "network.k: makes 2005000000 hosts and switches"),
    ],
)
def test_what_does_not_fit_is_refused_with_number_and_key(line: str, said: str, paceline: Command) -> None:
    status, _, err = paceline(*line.split())
    assert status == 2
    assert err.startswith(f"paceline: error: {said}")
    assert len(err.splitlines()) == 1


def limited(nbytes: int, *words: str) -> subprocess.CompletedProcess[str]:
    """The command under ``ulimit -v``."""
    return subprocess.run(
        [sys.executable, "-m", "sim", *words],
        capture_output=True,
        text=True,
        cwd=ROOT,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (nbytes, nbytes)),
        check=False,
    )


def test_a_limit_that_leaves_no_room_for_the_kernels_is_named() -> None:
    done = limited(500_000_000, *QUICK)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert done.stderr.startswith("paceline: error: ulimit -v: leaves 500 MB, ")


def test_what_wanted_the_memory_is_named_with_its_key(tmp_path: Path) -> None:
    # 2 rows for each of 100 workers, of 1 076 010 parameters of 4 B: 861 MB, and 20 kB a worker.
    words = ["workers=100", "problem.hidden=[1000,1000]", "until.updates=5", f"hydra.run.dir={tmp_path / 'run'}"]
    done = limited(1_000_000_000, *words)
    assert done.returncode == 2
    line = done.stderr.splitlines()[-1]
    assert line.startswith("paceline: error: not enough memory for sim.tape.player")
    assert line.endswith("; most is for 100 workers, about 863 MB; workers: use fewer, or a smaller model")
