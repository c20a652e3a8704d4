"""A fleet that is repaired, with spares: the share of places that are taken is that of its birth-death chain."""

import math
from itertools import takewhile

import numpy as np
import pytest

from sim.incidents.fleet import Fleet
from sim.incidents.incident import Kind
from sim.incidents.kinds.crashes import Crashes
from sim.incidents.kinds.lifetime import to_failure
from sim.streams import stream


def availability(places, spares, rate, repair):
    """Of n places and s spares: states are how many machines are being repaired, who fail while at work."""
    machines = places + spares
    weights = [1.0]
    for broken in range(machines):
        working = min(places, machines - broken)
        weights.append(weights[-1] * working * rate * repair / (broken + 1))
    share = [min(places, machines - broken) / places for broken in range(machines + 1)]
    return float(np.dot(weights, share) / sum(weights))


@pytest.mark.parametrize(("places", "spares"), [(1, 0), (4, 0), (4, 1), (4, 3), (16, 1), (16, 3)])
def test_it_is_that_of_the_birth_death_chain(places, spares):
    law = Crashes(rate_per_hour=36.0, repair_seconds=30.0, spares=spares)
    end = 3600.0 * 4000 / places
    away, since = 0.0, {}
    happens = law.incidents(Fleet([[rank] for rank in range(places)]), seed=3)
    for each in takewhile(lambda each: each.at < end, happens):
        if each.kind is Kind.lost:
            since[each.who] = each.at
        else:
            away += each.at - since.pop(each.who)
    away += sum(end - at for at in since.values())
    assert 1.0 - away / (places * end) == pytest.approx(availability(places, spares, 0.01, 30.0), rel=0.01)


@pytest.mark.parametrize("shape", [0.7, 1.0, 3.0])
def test_the_mean_time_to_failure_is_one_over_the_rate_whatever_the_shape(shape):
    generator = stream(0, "any")
    drawn = [to_failure(generator, 60.0, shape) for _ in range(40_000)]
    assert np.mean(drawn) == pytest.approx(60.0, rel=4.0 / math.sqrt(40_000) / shape)


def test_a_workers_failures_do_not_depend_on_how_many_there_are():
    law = Crashes(rate_per_hour=36.0)

    def of_the_first(workers):
        happens = law.incidents(Fleet([[rank] for rank in range(workers)]), seed=1)
        return [each for each in takewhile(lambda each: each.at < 3600.0, happens) if each.who == (0,)]

    assert of_the_first(2) == of_the_first(9) != []
