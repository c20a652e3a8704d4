"""The benefit, D2, on other models and data than those on which it was found."""

from __future__ import annotations

from typing import NamedTuple

from sim.studies.dpsgd.bowl import SSGD
from sim.studies.dpsgd.training import ATC_RING, COMMON, FEWER, MEAN, fails
from sim.study.study import Part


class Task(NamedTuple):
    """A model and its data, and the two learning rates that are looked at."""

    words: str
    rates: tuple[float, float]
    seeds: int = 15


#: Of pilots at rates a factor 1.4 apart the smallest at which synchronous SGD failed on half of four seeds or more, and
#: the one below it.
TASKS = {
    "4 layers": Task("problem=digits_mlp problem.hidden=[48,48,48,48] batch=180", (1.0, 1.4)),
}


def _named(task: str) -> str:
    return task.replace(" ", "_")


PARTS = [
    Part(
        f"{_named(name)}_{method}",
        f"{COMMON} {task.words} optimizer.lr={','.join(map(str, task.rates))} {words}",
        task.seeds,
        quick="until.updates=5",
        quick_seeds=2,
        own_problem=True,
    )
    for name, task in TASKS.items()
    for method, words in (("ssgd", SSGD), ("dpsgd", ATC_RING))
]
CLAIMS = [
    fails(
        f"D2 {name} {rate}",
        FEWER,
        (f"{_named(name)}_ssgd optimizer.lr={rate:g}", f"{_named(name)}_dpsgd optimizer.lr={rate:g}"),
        f"{task.words.replace('problem=', '')}, rate {rate}; a step, then mixing on a ring; {MEAN}",
    )
    for name, task in TASKS.items()
    for rate in task.rates
]
