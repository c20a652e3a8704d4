"""Published energy of runs."""

from __future__ import annotations

import re
import statistics
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

from sim.truth.entry import Entry, loaded

#: The digest that the package carries.
DIGEST = "power.json"
#: A system whose name begins with how many machines it has: 8xNAME.
_COUNTED = re.compile(r"(\d{1,5})x(?=\D)")


class Metered(NamedTuple):
    """Runs of one benchmark on one system, in the mean.

    Attributes
    ----------
    round
        Of the publication.
    base
        Name of the submitter's folder, the system and the benchmark.
    kind
        Whose machines they are, and which: the same for any number of them.
    benchmark
        What has been trained.
    nodes
        How many machines, >= 1.
    runs
        How many runs, >= 1.
    seconds
        Of a run (s).
    kwh
        That it took (kWh).
    """

    round: str
    base: str
    kind: str
    benchmark: str
    nodes: int
    runs: int
    seconds: float
    kwh: float

    @property
    def watts(self) -> float:
        """Of one machine, in the mean over a run (W)."""
        return self.kwh * 3.6e6 / self.seconds / self.nodes


def read_power(path: Path | None) -> tuple[Metered, ...]:
    """The runs of a file, those of one system and benchmark together.

    Parameters
    ----------
    path
        Where it is: JSON, an object with ``runs``; None: the public ones inside the package.

    Raises
    ------
    ValueError
        In one line, if it is no such file: file, run, key, value and remedy.
    OSError
        If it cannot be read.
    """
    found, file = loaded(path, DIGEST)
    runs: defaultdict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in Entry(found, file).entries("runs", "run"):
        runs[entry.text("round"), entry.text("base")].append(entry)
    return tuple(_metered(round_, base, some) for (round_, base), some in runs.items())


def _metered(round_: str, base: str, runs: list[Entry]) -> Metered:
    *folder, system, benchmark = base.split("/") if base.count("/") else ("", base, base)
    counted = _COUNTED.match(system)
    nodes = int(counted[1]) if counted else runs[0].whole("logs")
    machine = system[counted.end() :] if counted else system
    return Metered(
        round_,
        base,
        "/".join((*folder, machine)),
        benchmark,
        nodes,
        len(runs),
        statistics.fmean(run.number("seconds") for run in runs),
        statistics.fmean(run.number("energy_kWh") for run in runs),
    )
