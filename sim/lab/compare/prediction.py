"""The words of the prediction: what is asked, on the wires as they were measured."""

from __future__ import annotations

from collections.abc import Sequence

from sim.experiment import Experiment
from sim.lab.compare.survey import Survey

#: Keys of targets, which end neither the job nor its prediction: they are looked for in what both have evaluated.
TARGETS = ("until.target_accuracy", "until.target_loss")


def words_of(survey: Survey, experiment: Experiment) -> list[str]:
    """What the prediction says beside what is asked.

    Parameters
    ----------
    survey
        What was measured.
    experiment
        What is asked.
    """
    found = [
        "transport=tcp",
        f"transport.efficiency={survey.efficiency:.6g}",
        f"transport.overhead_seconds={survey.overhead:.6g}",
        "transport.flow_cap_gbps=null",
        "record.spans=true",
    ]
    if not survey.delays and hasattr(experiment.network, "latency_us"):
        found.append("network.latency_us=0")
    if experiment.until.has_target:
        found += [f"{key}=null" for key in TARGETS]
    return found


def predicting(asked: Sequence[str], own: Sequence[str]) -> list[str]:
    """All words of the prediction; where both say something of a key, the prediction's own counts.

    Parameters
    ----------
    asked
        Those of the command line.
    own
        Those of `words_of`.
    """
    keys = {word.partition("=")[0] for word in own}
    return [*(word for word in asked if word.lstrip("+").partition("=")[0] not in keys), *own]
