"""The course of a job: all begin at one instant, somebody counts, and all end when it is over."""

from __future__ import annotations

import time

from sim.lab.job.busy import Busy
from sim.lab.job.crew import Crew, JobError
from sim.lab.job.mesh import SETUP_SECONDS
from sim.lab.job.plan import Plan

#: From the word to begin until all do (s): a loaded machine takes its time to tell them.
HEAD_START = 0.25
#: So many gradients in which nobody takes a step, and so long (s), are no waiting any more.
STALLED_GRADIENTS, STALLED_SECONDS = 100, 60.0
#: How much later than the last second those who are to keep a model then have done so (s).
_AFTERWARDS = 0.1


def conduct(plan: Plan) -> float:
    """Run a job from its beginning to its end.

    Parameters
    ----------
    plan
        The job; its processes have written their notes when it is over.

    Returns
    -------
    float
        Shares of the machine's cores that everything on it has taken meanwhile (0 to 1).

    Raises
    ------
    JobError
        Where a process has failed, or nobody takes a step any more.
    """
    with Crew(plan) as crew:
        listening = crew.of_all("listens", SETUP_SECONDS)
        places = [(plan.place.address(host), listening[number]["port"]) for number, host in enumerate(plan.hosts)]
        crew.say("meet", places=places)
        crew.of_all("ready", SETUP_SECONDS)
        begun = time.monotonic() + HEAD_START
        crew.say("begin", instant=begun)
        busy = Busy()
        _Count(plan, crew, begun).go()
        share = busy.share()
        crew.say("stop")
        crew.of_all("done", SETUP_SECONDS)
    return share


class _Count:
    """Counts for all, until the job is over."""

    def __init__(self, plan: Plan, crew: Crew, begun: float) -> None:
        self._plan = plan
        self._crew = crew
        self._limits = plan.limits
        self._points = plan.points()
        self._counts = dict.fromkeys(plan.measuring, 0)
        self._over: set[int] = set()
        self._updates = 0
        seconds = self._limits.seconds
        self._last = float("inf") if seconds is None else begun + seconds + _AFTERWARDS
        self._patience = STALLED_SECONDS + STALLED_GRADIENTS * plan.blueprint.seconds

    def go(self) -> None:
        moved = time.monotonic()
        while not self._is_over():
            deadline = min(self._last, moved + self._patience)
            for said in self._crew.said(deadline):
                if said.told["word"] == "count" and said.number in self._counts:
                    moved = time.monotonic()
                    self._counts[said.number] = said.told["count"]
                    if said.told["over"]:
                        self._over.add(said.number)
            if self._plan.worded:
                self._give_word()
            if time.monotonic() >= moved + self._patience:
                counts = ", ".join(f"{self._plan.name(number)} {count}" for number, count in self._counts.items())
                raise JobError(f"nobody has made an update for {self._patience:g} s; made so far: {counts}")

    def _is_over(self) -> bool:
        if time.monotonic() >= self._last:
            return True
        if self._plan.worded:
            return self._limits.reached(self._updates, self._samples())
        return len(self._over) == len(self._counts)

    def _give_word(self) -> None:
        """Have models kept where that is due: an update is as many steps as there are workers."""
        updates = sum(self._counts.values()) // self._plan.workers
        if updates == self._updates:
            return
        self._updates = updates
        due = self._points.due(updates, self._samples())
        if due or self._limits.reached(updates, self._samples()):
            self._crew.say("keep", number=updates)

    def _samples(self) -> int:
        """Those that updates are made of: a part of one is none."""
        return self._updates * self._plan.workers * self._plan.blueprint.experiment.samples_per_gradient
