"""What goes wrong with a family's machines: taken from its runs, whose speeds are without."""

from __future__ import annotations

from dataclasses import replace

from sim.checkpoint import YOUNG_DALY, Checkpoint
from sim.connections.group.connect import Collectives
from sim.connections.group.gang import goes_back
from sim.experiment import Experiment
from sim.faults import Faults
from sim.faults.none import NoFaults
from sim.option_name import option_name
from sim.planning.asked import Asked

#: Kinds that no closed form is here for.
SIMULATED_ONLY = {
    "server_crash": "faults.server_crash.rate_per_hour",
    "link": "faults.link.rate_per_hour",
    "slow_down": "faults.slow_down.rate_per_hour",
    "file": "faults.file.path",
}


def without_failures(run: Experiment, asked: Asked) -> tuple[Experiment, Faults, Checkpoint, list[str]]:
    """A run without failures, what they are, and words that make the run write checkpoints where it has to.

    Parameters
    ----------
    run
        On one machine.
    asked
        The question.

    Raises
    ------
    ValueError
        In one line: key, value and remedy.
    """
    faults, checkpoint, words = run.faults, run.checkpoint, []
    if faults.active or checkpoint.active:
        _check(run, asked)
        if goes_back(run) and Collectives in run.protocol.needs and not checkpoint.active:
            checkpoint, words = (
                replace(checkpoint, every_seconds=YOUNG_DALY),
                [f"checkpoint.every_seconds={YOUNG_DALY}"],
            )
    return replace(run, faults=NoFaults(), checkpoint=Checkpoint()), faults, checkpoint, words


def _check(run: Experiment, asked: Asked) -> None:
    faults, protocol = run.faults, option_name(run.protocol)
    if asked.sites is not None:
        raise ValueError(
            "sites: failures of machines at several sites are not planned with; leave out faults, or sites"
        )
    for kind, key in SIMULATED_ONLY.items():
        if getattr(faults, kind).active:
            raise ValueError(f"{key}: a plan counts crashes and spot workers in; leave it out, and simulate the choice")
    if faults.elastic.path:
        raise ValueError(
            "faults.elastic.path: a plan is of the long run; give faults.elastic.rate_per_hour and seconds"
        )
    if faults.crash.permanent and faults.crash.active:
        raise ValueError("faults.crash.permanent: true leaves nobody in the long run; give repair_seconds")
    if faults.crash.shape != 1.0:
        raise ValueError(f"faults.crash.shape: {faults.crash.shape:g} has no closed form; a plan takes 1, exponential")
    if run.protocol.may_lack(run.workers) is None:
        raise ValueError(f"protocol: with {protocol} nobody has a form for failures; leave out faults, or simulate it")
    if run.checkpoint.active and Collectives not in run.protocol.needs:
        raise ValueError(f"checkpoint.every_seconds: no worker of protocol={protocol} goes back to one; leave it out")
