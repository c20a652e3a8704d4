"""What gloo's all-reduce makes of the wires, as a planner measures it: by itself, at sizes that are not the job's."""

from __future__ import annotations

import json
import subprocess
import tempfile
from itertools import pairwise
from pathlib import Path
from typing import NamedTuple

from sim.cluster.blueprint import Blueprint
from sim.lab.wires.iproute import LabError
from sim.lab.wires.program import program
from sim.lab.wires.wired import Wires
from topologies.routing.routes import Routes

#: Bytes of a number that is added up.
NUMBER = 4
#: What is measured, by the job's size: half of it, and twice.
SMALL, LARGE = 0.5, 2.0
#: Longest that ranks are waited for (s).
PATIENCE = 120.0


class Reducer(NamedTuple):
    """All-reduces of two sizes, by another program.

    Attributes
    ----------
    ranks
        How many take part, >= 2.
    bandwidth
        Of the slowest link between neighbours of its ring (bits a second).
    latency
        Of the longest route between neighbours that the wires have (s).
    sizes
        What is added up (B): the smaller, and the larger.
    seconds
        How long that takes (s), the median.
    """

    ranks: int
    bandwidth: float
    latency: float
    sizes: tuple[int, int]
    seconds: tuple[float, float]

    @property
    def steps(self) -> int:
        """Steps of its ring, one message each."""
        return 2 * (self.ranks - 1)

    @property
    def seconds_per_byte(self) -> float:
        """What a byte more takes (s)."""
        return max(0.0, self.seconds[1] - self.seconds[0]) / (self.sizes[1] - self.sizes[0])

    @property
    def efficiency(self) -> float:
        """Share of the bandwidth that a step's payload gets (above 0, at most 1)."""
        ideal = 8.0 * self.steps / self.ranks / self.bandwidth
        return min(1.0, ideal / self.seconds_per_byte) if self.seconds_per_byte > 0.0 else 1.0

    @property
    def overhead(self) -> float:
        """What a step takes beside the links' latency and its bytes (s, >= 0)."""
        bytes_take = 8.0 * self.sizes[0] * self.steps / self.ranks / (self.bandwidth * self.efficiency)
        return max(0.0, (self.seconds[0] - bytes_take) / self.steps - self.latency)


def measure(blueprint: Blueprint, wires: Wires, *, delays: bool) -> Reducer | None:
    """Have gloo all-reduce between the hosts of the workers; None where there is one worker.

    Parameters
    ----------
    blueprint
        What is to run on the wires.
    wires
        Which have been laid for it.
    delays
        Whether they have the latency of links.

    Raises
    ------
    LabError
        If a rank fails.
    """
    experiment = blueprint.experiment
    hosts = blueprint.deployment(experiment.seed).workers
    if len(hosts) < 2:
        return None
    count = experiment.workload.message_bytes(experiment.problem) / NUMBER
    small = max(1, round(SMALL * count))
    counts = (small, max(small + 1, round(LARGE * count)))
    medians = _medians(wires, hosts, counts)
    graph = blueprint.graph
    assert graph is not None, "wires have been laid for it"
    routes = Routes(graph)
    ring = [(one, other) for one, other in pairwise([*hosts, hosts[0]]) if one != other]
    passed = [[graph.edges[edge] for edge in routes.route(one, other)] for one, other in ring]
    return Reducer(
        ranks=len(hosts),
        bandwidth=8.0 * min(float(link["bandwidth"]) for links in passed for link in links),
        latency=max(sum(float(link["latency"]) for link in links) for links in passed) if delays else 0.0,
        sizes=(NUMBER * counts[0], NUMBER * counts[1]),
        seconds=medians,
    )


def _medians(wires: Wires, hosts: tuple[int, ...], counts: tuple[int, int]) -> tuple[float, float]:
    """How long both take (s): the rank that is the last to be done counts."""
    with tempfile.TemporaryDirectory() as folder:
        meeting = str(Path(folder) / "meeting")
        started: list[subprocess.Popen[str]] = []
        try:
            for rank, host in enumerate(hosts):
                words = (str(rank), str(len(hosts)), wires.address(host), meeting, *map(str, counts))
                command, enter = program("sim.lab.job.all_reduces", *words), wires.enter(host)
                started.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True, preexec_fn=enter))
            said = [process.communicate(timeout=PATIENCE)[0] for process in started]
        except subprocess.TimeoutExpired as error:
            raise LabError(f"gloo's all-reduce was not done after {PATIENCE:g} s, before the job") from error
        finally:
            for process in started:
                process.kill()
                process.communicate()
    if not all(said):
        raise LabError("gloo's all-reduce broke off before the job; the lines above say why")
    smaller, larger = (max(each) for each in zip(*map(json.loads, said), strict=True))
    return smaller, larger
