"""The contender's side of the pipe: ``python -m measure.serve MODULE CORES``, one JSON object per line and answer."""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any, NamedTuple, TextIO


class Subject(NamedTuple):
    """A case made ready.

    Attributes
    ----------
    work
        Does at least as many gradients as it is asked for; returns how many.
    check
        What the last work came to: the accuracy reached, or the error of a gradient.
    """

    work: Callable[[int], int]
    check: Callable[[], float]


def timed(subject: Subject, count: int) -> dict[str, Any]:
    """Do `count` gradients by both clocks, garbage collected before and not meanwhile."""
    gc.collect()
    gc.disable()
    try:
        cpu, wall = time.process_time(), time.perf_counter()
        gradients = subject.work(count)
        return {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "gradients": gradients}
    finally:
        gc.enable()


def serve(module: str, threads: int, requests: TextIO, answers: TextIO) -> None:
    """Answer requests until they end. One case is alive at a time."""
    missing, contender, subject = None, None, None
    try:
        contender = importlib.import_module(module)
    except ModuleNotFoundError as error:
        missing = error.name
    for line in requests:
        request = json.loads(line)
        answer: dict[str, Any] = {}
        if "hello" in request:
            answer["missing"] = missing
        elif "case" in request and contender is not None:
            subject = None
            try:
                subject = contender.prepare(threads=threads, **request["case"])
            except ModuleNotFoundError as error:
                answer["missing"] = error.name
        elif "count" in request and subject is not None:
            answer = timed(subject, request["count"])
        elif "check" in request and subject is not None:
            answer["check"] = subject.check()
        print(json.dumps(answer), file=answers, flush=True)


def main() -> None:
    module, cores = sys.argv[1], [int(core) for core in sys.argv[2].split(",")]
    os.sched_setaffinity(0, cores)
    answers, sys.stdout = sys.stdout, sys.stderr
    serve(module, len(cores), sys.stdin, answers)


if __name__ == "__main__":
    main()
