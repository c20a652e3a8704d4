"""The same twelve runs by whatever launcher: started as a command, and what they leave."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

RUNS = 12
#: The name of the trace is relative: it is the same file in whatever directory a job's process begins.
TWELVE = (
    "protocol=hardsync,dpsgd",
    "optimizer.lr=0.1,0.2",
    "seed=1,2,3",
    "straggler=trace",
    "straggler.file=times.csv",
    "problem=quadratic",
    "network=leaf_spine",
    "workers=4",
    "until.updates=10",
)
#: The longest that any command here may take (s).
PATIENCE = 600


def swept(home: Path, folder: str, *words: str, variables: Mapping[str, str] | None = None) -> tuple[str, str]:
    """Have the twelve runs done, and return what the command has printed to standard output and to standard error."""
    (home / "times.csv").write_text("seconds\n" + "".join(f"{1 + step % 7 / 10}\n" for step in range(50)))
    command = [sys.executable, "-m", "sim", "-m", *TWELVE, f"hydra.sweep.dir={folder}", *words]
    done = subprocess.run(
        command, cwd=home, env=environment(variables), capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, done.stderr


def environment(variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """That of this process, where what is compiled is kept, with further variables."""
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", **(variables or {})}


def left(folder: Path) -> dict[str, bytes]:
    """The bytes of every file of a sweep, but for what differs from one time to the next: how long a run took.

    Also left out is who has launched it (.hydra/hydra.yaml), and what a launcher keeps for itself.
    """
    found = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_dir() or name.startswith(".submitit/") or name.endswith(".hydra/hydra.yaml"):
            continue
        found[name] = path.read_bytes()
        if path.name == "summary.json":
            summary = json.loads(found[name])
            assert summary.pop("wall_seconds") > 0
            found[name] = json.dumps(summary).encode()
    return found


@contextmanager
def running(words: Sequence[str], log: Path, variables: Mapping[str, str] | None = None) -> Iterator[None]:
    """Have a service run during the block, and end it and what it has started; its output goes to a file."""
    with log.open("wb") as file:
        service = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env=environment(variables),
            start_new_session=True,
        )
    try:
        yield
    finally:
        service.terminate()
        with suppress(subprocess.TimeoutExpired):
            service.wait(20)
        with suppress(ProcessLookupError):
            os.killpg(service.pid, signal.SIGKILL)  # the session is the service's own
        service.wait()


def wait_for(what: str, there: Callable[[], bool], log: Path) -> None:
    """Wait until something is there; where it does not come, say what the service has said."""
    until = time.monotonic() + PATIENCE / 5
    while not there():
        assert time.monotonic() < until, f"{what} did not come: {log.read_text()}"
        time.sleep(0.2)
