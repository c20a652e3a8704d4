"""A contender in a process of its own: asked for work over a pipe, pinned to its cores."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple, Self

ROOT = Path(__file__).parents[1]
#: They make OpenBLAS use another kernel than the CPU deserves; nobody is to run with them.
UNSET = ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
#: What libraries read the number of their threads from.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")


class Reading(NamedTuple):
    """One timed piece of work: gradients done, seconds on the wall and of all threads' CPU."""

    gradients: int
    wall: float
    cpu: float


class Contender:
    """Starts `module` as a server on the last `cores` cores that this process may use, with as many threads.

    Parameters
    ----------
    module
        Of `peers` or `ours`: has ``prepare(threads=..., **case)``, which returns a `measure.serve.Subject`.
    cores
        Cores and threads, >= 1.
    """

    def __init__(self, module: str, cores: int) -> None:
        usable = sorted(os.sched_getaffinity(0))
        if cores > len(usable):
            raise SystemExit(f"cores: {cores} asked for, this process may use {len(usable)}")
        environment = {name: value for name, value in os.environ.items() if name not in UNSET}
        environment |= dict.fromkeys(THREADS, str(cores)) | {"JAX_PLATFORMS": "cpu"}
        pinned = ",".join(str(core) for core in usable[-cores:])
        self.module = module
        self._process = subprocess.Popen(
            [sys.executable, "-m", "measure.serve", module, pinned],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
            env=environment,
        )

    def missing(self) -> str | None:
        """The package that the contender needs and does not find; waits until it has started."""
        return self._ask(hello=True)["missing"]

    def prepare(self, **case: Any) -> str | None:
        """Make a case ready (the one before it is forgotten); what the case needs and does not find."""
        return self._ask(case=case).get("missing")

    def work(self, count: int) -> Reading:
        """Do (at least) `count` gradients of the case, timed."""
        answer = self._ask(count=count)
        return Reading(answer["gradients"], answer["wall"], answer["cpu"])

    def check(self) -> float:
        """What the last work came to: the accuracy reached, or the error of a gradient."""
        return float(self._ask(check=True)["check"])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()

    def _ask(self, **request: Any) -> dict[str, Any]:
        assert self._process.stdin
        assert self._process.stdout
        try:
            print(json.dumps(request), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise SystemExit(f"{self.module}: ended with status {self._process.wait()} when asked for {request}")
        answer: dict[str, Any] = json.loads(line)
        return answer
