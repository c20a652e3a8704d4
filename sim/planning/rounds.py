"""Sites that average seldom: how much of their time they compute, by how many local steps a round has."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from copy import copy
from dataclasses import replace

import numpy as np

from sim.calibration.numbers import Numbers
from sim.calibration.rounds import UNKNOWN, Assumed, synchronisation
from sim.calibration.simulated import synchronous
from sim.connections.group.connect import Collectives
from sim.evidence.range import TENTH
from sim.experiment import Experiment
from sim.option_name import option_name
from sim.planning.asked import PERIODS, Sites
from sim.planning.family import Family
from sim.planning.formula import formula
from sim.planning.pace import Pace, paces
from sim.planning.penalty import LONGEST
from sim.planning.settings import Settings
from sim.streams import stream
from sim.truth.low_communication import protocols_of_rounds


def is_of_rounds(family: Family) -> bool:
    """Whether a family's workers step by themselves and average after a period."""
    return option_name(family.experiment.protocol) in protocols_of_rounds()


def period_of(family: Family) -> int:
    """Local steps of a round of a protocol of rounds."""
    return int(getattr(family.experiment.protocol, "period"))  # noqa: B009  # which only protocols of rounds have


def periods(*, learns: bool) -> list[int]:
    """Local steps of a round that are tried where the planner does not say.

    Parameters
    ----------
    learns
        Whether samples are counted, too: then rounds are no longer than a proxy can tell.
    """
    return [period for period in PERIODS if not learns or period <= LONGEST]


def apart(family: Family, sites: Sites, *, learns: bool) -> Iterator[tuple[Family, float]]:
    """A family at sites: one for each link and, unless the planner gives one, each period; with the link (Gb/s).

    Parameters
    ----------
    family
        Whose protocol is one of rounds.
    sites
        The sites.
    learns
        Whether samples are counted, too; see `periods`.
    """
    given = any(word.startswith("protocol.period=") for word in family.words)
    own = [period_of(family)] if given else periods(learns=learns)
    for gbps in sites.gbps:
        for period in own:
            protocol = copy(family.experiment.protocol)
            setattr(protocol, "period", period)  # noqa: B010  # as above
            words = [word for word in family.words if not word.startswith("protocol.period=")]
            varied = [word for word in family.varied if not word.startswith("protocol.period=")]
            links = [f"link.gbps={gbps:g}", f"protocol.period={period}"]
            yield (
                replace(
                    family,
                    experiment=replace(family.experiment, protocol=protocol),
                    words=(*words, links[1]),
                    varied=(*varied, *links),
                ),
                gbps,
            )


def inside(run: Experiment) -> Experiment:
    """What a site does between two rounds: synchronous SGD of its own machines."""
    return replace(run, protocol=synchronous(Collectives))


def at_sites(
    family: Family,
    counts: Sequence[int],
    sites: Sites,
    gbps: float,
    settings: Settings,
    part: str = "",
    factor: float = 1.0,
) -> list[Pace]:
    """What is possible of sites of so many machines each, which train synchronously inside and average seldom.

    After H steps a site waits for the slowest, which has fallen behind at every one of them, and for a ring of the
    model between the sites; both by the law that published runs of DiLoCo and local SGD are predicted with
    (``paceline validate low_communication``).

    Parameters
    ----------
    family
        Whose protocol is one of rounds.
    counts
        Numbers of machines of a site, each >= 1.
    sites, gbps
        The sites, and what the link of one carries (Gb/s).
    settings
        With what candidates are judged.
    part, factor
        What is changed, as in `Formula.changed`; ``nic``: the link; ``period``.
    """
    period = period_of(family) * (factor if part == "period" else 1.0)
    inner = replace(family, experiment=inside(family.experiment))
    law = formula(inner, counts, settings.known, settings.draws, settings.paths)
    found = paces(law.changed(part, factor) if part in ("device", "flow_cap", "stragglers") else law)
    tensors = family.experiment.workload.message_tensors(family.experiment.problem)
    # models are averaged in single precision
    nbytes = 4.0 * family.experiment.model.parameters
    nbytes *= factor if part == "bytes" else 1.0
    bits = gbps * 1e9 * (factor if part == "nic" else 1.0)
    assumed = _assumed(settings.draws)
    ring = np.array(
        [synchronisation(sites.number, nbytes, len(tensors), bits, each, sites.latency) for each in assumed]
    )
    slowest = np.array([each.slowest for each in assumed]) * (factor if part == "stragglers" else 1.0)
    answers = []
    for count, pace in zip(counts, found, strict=True):
        step = count * family.machine.devices * family.batch / pace.rate
        late = slowest * step * period
        together = step * period + late + ring
        computing = step * period / together
        shares = {name: share * computing for name, share in pace.shares.items()}
        shares["exposed"] = shares["exposed"] + ring / together
        shares["stragglers"] = shares["stragglers"] + late / together
        bound = "link" if float(np.median(ring)) > 0.05 * float(np.median(step * period)) else pace.bound_by
        carried = float(np.median(2.0 * (sites.number - 1) / sites.number * nbytes / together))
        answers.append(
            replace(
                pace,
                rate=sites.number * pace.rate * computing,
                shares=shares,
                carried=carried,
                bound_by=bound,
            )
        )
    return answers


def _assumed(draws: int) -> list[Assumed]:
    """What a planner does not know of rounds, for each draw: log-normal, a tenth beyond either end of its range."""
    generator = stream(0, "plan_rounds")
    columns: dict[str, Numbers] = {}
    for name, range_ in UNKNOWN.items():
        normal = generator.standard_normal(draws)
        above, below = (math.log(end / range_.middle) / TENTH for end in (range_.high, range_.low))
        columns[name] = range_.middle * np.exp(np.where(normal > 0.0, above, -below) * normal)
    columns["exposed"] = np.minimum(1.0, columns["exposed"])
    return [Assumed(**{name: float(column[draw]) for name, column in columns.items()}) for draw in range(draws)]
