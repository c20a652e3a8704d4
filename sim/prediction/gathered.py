"""A step whose parameters are gathered while it is computed."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from itertools import groupby
from typing import TYPE_CHECKING

from sim.connections.group.gathered import GatheredModel
from sim.prediction.timeline import Stretch

if TYPE_CHECKING:
    from sim.compressors import Carrier
    from sim.experiment import Experiment
    from sim.prediction.alone import OnOneSwitch, OverWires


def gathered(experiment: Experiment, group: GatheredModel, seconds: float, network: OnOneSwitch | OverWires) -> Stretch:
    """A step of a group whose ranks all begin at once, and leave every operation at one instant.

    Operation e begins when the one before is done and the segments that it comes after have been computed; segment s
    when the one before has been and what it needs has been gathered: ``begin_e = max(end_(e-1), end_s(e))`` and
    ``begin_s = max(end_(s-1), end_e(s))``.

    Parameters
    ----------
    experiment
        What is simulated.
    group
        The plan of its collectives.
    seconds
        What a gradient takes (s).
    network
        Where its operations take place.
    """
    interference = experiment.transport.interference if group.sends_early else 0.0

    @cache
    def alone(carrier: Carrier) -> tuple[float, float]:
        return network.seconds(carrier.operation, carrier.vector_bytes(experiment.workers), together=True)

    segments, dues = group.passes
    after = {number: list(each) for number, each in groupby(dues, lambda due: due.after)}
    course = _Course()
    for number, segment in enumerate(segments):
        course.operate([alone(due.carrier) for due in after.get(number, ())])
        course.compute(segment.share * seconds, segment.gathered, interference)
    course.operate([alone(due.carrier) for due in after[len(segments)]])
    computing = seconds + course.hindered
    busy = sum(end - begin for begin, end in course.spans)  # one after the other
    # The last operation is that of the last segment.
    return Stretch(course.spans[-1][1], computing, course.hindered, busy, course.hidden, course.latency)


class _Course:
    """What has been done so far in a step (s): operations, segments, and what of the former the latter hide."""

    def __init__(self) -> None:
        self.spans: list[tuple[float, float]] = []
        self.latency = self.hidden = self.hindered = 0.0
        self._computed = 0.0

    def operate(self, operations: Iterable[tuple[float, float]]) -> None:
        """Let operations (how long, its latencies) set out as soon as the segments so far are complete."""
        for seconds, latency in operations:
            begin = max(self._computed, self.spans[-1][1] if self.spans else 0.0)
            self.spans.append((begin, begin + seconds))
            self.latency += latency

    def compute(self, seconds: float, gathered: int, interference: float) -> None:
        """Compute a segment when so many operations are done; a second of traffic makes it so much longer."""
        begin = max(self._computed, self.spans[gathered - 1][1])
        longer = interference * self._traffic(begin, begin + seconds)
        self._computed = begin + seconds + longer
        self.hindered += longer
        self.hidden += self._traffic(begin, self._computed)

    def _traffic(self, begin: float, end: float) -> float:
        """How long operations are on their way between two instants, the first of which is never earlier (s)."""
        found = 0.0
        for start, stop in reversed(self.spans):
            if stop <= begin:
                break
            found += max(0.0, min(stop, end) - max(start, begin))
        return found
