"""The law of collective operations over machines: that of the collectives themselves, and what is learned by it."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest

from sim.calibration.collective_law import Wires, cases_of, parts
from sim.calibration.collectives import LearnedCollectives
from sim.calibration.machines import TOLD, Machines, machines_with
from sim.collectives.hierarchical import Hierarchical
from sim.collectives.operations.operation import Kind
from sim.collectives.operations.site import Site
from sim.collectives.ring import Ring
from sim.truth.timing import Timing
from topologies.networks.gpu_pod import GPUPod

#: B/s of a Gb/s.
BYTES = 1.25e8
SIZES = [2.0**power for power in range(12, 35, 2)]


def wires(**said: float) -> Wires:
    usual = Wires(*(np.zeros(1) for _ in TOLD))._asdict()
    usual |= {name: np.ones(1) for name in ("switch", "quick", "thin")}
    return Wires(**usual | {name: np.array([value]) for name, value in said.items()})


def seconds(timings: Sequence[Timing], given: Wires, *, reduces: bool = False) -> list[float]:
    found: list[float] = parts(cases_of(timings, None, reduces), given).seconds.tolist()
    return found


@pytest.mark.parametrize(("nodes", "each"), [(1, 4), (4, 1), (2, 4), (3, 2)])
@pytest.mark.parametrize("inside", [1.7e9, 1e11])
@pytest.mark.parametrize("operation", ["all_reduce", "all_gather", "reduce_scatter"])
def test_bytes_take_what_a_ring_takes_in_the_fabric(nodes: int, each: int, inside: float, operation: Kind) -> None:
    # a channel for each card, so that a machine's cards share what leaves it: turns (n - 1) / n / min(inside, g card)
    ranks = nodes * each
    pod = GPUPod(each, None, inside / BYTES, 0.0, bandwidth_gbps=1e9 / BYTES, latency_us=0.0)
    site = Site(pod.graph(ranks), tuple(range(ranks)))
    carried = getattr(Ring().on(site), operation)(ranks, 1e8)
    if each == 1:
        inside = math.inf  # what is inside a machine of one is nobody's way
    said = seconds([Timing(operation, 1e8, ranks, nodes, 1.0)], wires(card=1e9, inside=inside))
    assert said == [pytest.approx(site.seconds(carried))]


@pytest.mark.parametrize("each", [2, 8])
def test_bytes_through_a_switch_take_what_they_take_in_the_fabric(each: int) -> None:
    # as of chunks without number: 64 of them take less than 1.5 / 64 longer
    pod = GPUPod(each, None, 80.0, 0.0, in_network_reduction=True, latency_us=0.0)
    site = Site(pod.graph(each), tuple(range(each)))
    took = site.seconds(Hierarchical(chunks=64).on(site).all_reduce(each, 1e8))
    given = wires(inside=1e10, card=1.0, adding=-1.0)  # so that it is taken though a ring of two is faster
    (said,) = seconds([Timing("all_reduce", 1e8, each, 1, 1.0)], given, reduces=True)
    assert said + 1.0 <= took <= (said + 1.0) * (1 + 1.5 / 64)


def test_hops_wait_once_a_turn() -> None:
    # 3 machines of 2 ranks: 5 hops a turn, 2 of them between machines: 2 (3 * 2 + 2 * 10) + 5 us
    given = wires(card=1.0, inside=1.0, start=5e-6, inner=2e-6, outer=1e-5, quick=2.0)
    assert seconds([Timing("all_reduce", 1e-12, 6, 3, 1.0)], given) == [pytest.approx(5.7e-5)]
    # by quick protocols, in trees of log2 3 levels with chains of one hop below: half of 5 + 2 (2 + 15.85) us
    given = wires(card=1.0, inside=1.0, start=5e-6, inner=2e-6, outer=1e-5, quick=0.5)
    half = (5e-6 + 2.0 * (2e-6 + math.log2(3.0) * 1e-5)) / 2.0
    assert seconds([Timing("all_reduce", 1e-12, 6, 3, 1.0)], given) == [pytest.approx(half)]


def test_a_switch_that_adds_up_takes_each_vector_once_and_a_share_of_the_sum() -> None:
    # (1 + 1/8) S / v for 8 ranks, where a ring takes 2 (7/8) S / v; two machines exchange S over 8 cards meanwhile
    given = wires(card=1e9, inside=1e10)
    one, two = Timing("all_reduce", 8e10, 8, 1, 1.0), Timing("all_reduce", 8e10, 16, 2, 1.0)
    assert seconds([one, two], given, reduces=True) == [pytest.approx(9.0), pytest.approx(10.0)]
    assert seconds([one, two], given) == [pytest.approx(14.0), pytest.approx(18.75)]
    # three machines are a ring, and so is what does not reduce
    others = [Timing("all_reduce", 8e10, 24, 3, 1.0), Timing("all_gather", 8e10, 8, 1, 1.0)]
    assert seconds(others, given, reduces=True) == seconds(others, given)


def made_up(sizes: Sequence[float]) -> list[Timing]:
    """Sweeps of machines with known unknowns, each time off by a per cent."""
    off = np.random.default_rng(0)
    known = {"card": 2.2e10, "inside": 2e11, "switch": 0.8, "start": 1.5e-5, "inner": 3e-6, "outer": 2e-5}
    given = wires(**known, adding=3e-5, quick=0.3, thin=0.3)
    shapes = [(4, 4), (8, 1), (32, 4)]
    timings = [Timing("all_reduce", nbytes, ranks, nodes, 1.0) for ranks, nodes in shapes for nbytes in sizes]
    found = np.array(seconds(timings, given, reduces=True)) * np.exp(0.01 * off.standard_normal(len(timings)))
    return [timing._replace(seconds=took) for timing, took in zip(timings, found.tolist(), strict=True)]


def test_unknowns_are_found_through_the_switches_of_algorithms() -> None:
    learned = LearnedCollectives(made_up(SIZES), Machines(reduces=True))
    for name, value in {"card": 2.2e10, "inside": 2e11, "quick": 0.3, "thin": 0.3, "outer": 2e-5}.items():
        assert learned.ranges[name].middle == pytest.approx(value, rel=0.1)
        assert learned.ranges[name].low < learned.ranges[name].middle < learned.ranges[name].high
    between = made_up([3.0 * size for size in SIZES])
    said = learned.predict(between)
    assert said == pytest.approx([timing.seconds for timing in between], rel=0.08)
    assert np.abs(said / [timing.seconds for timing in between] - 1.0).mean() < 0.02
    assert learned.seconds("all_reduce", SIZES[3], 8, 1) == pytest.approx(
        made_up(SIZES)[len(SIZES) + 3].seconds, rel=0.03
    )
    assert np.mean([abs(residual.off) for residual in learned.residuals]) < 0.03


def test_the_same_is_learned_again() -> None:
    one, other = (LearnedCollectives(made_up(SIZES[::3]), Machines()) for _ in range(2))
    assert (one.samples == other.samples).all()


def test_without_measurements_it_is_what_the_catalogue_says() -> None:
    learned = LearnedCollectives((), machines_with("NVIDIA H100 80GB"))
    assert learned.machines.reduces
    assert learned.machines.line == (5e10, 4.5e11)
    assert learned.ranges["inside"].middle == pytest.approx(0.8 * 4.5e11)
    assert not machines_with("NVIDIA A100-SXM4-40GB").reduces
    assert machines_with("Instinct MI100").line is None
    assert machines_with("Instinct MI100", reduces=True).reduces


def test_an_operation_without_a_law_is_refused() -> None:
    with pytest.raises(ValueError, match="broadcast has no law of its time; give one of all_reduce, all_gather"):
        LearnedCollectives([Timing("broadcast", 1e6, 8, 1, 1e-3)], Machines())
    with pytest.raises(ValueError, match="sendrecv has no law"):
        LearnedCollectives((), Machines()).seconds("sendrecv", 1e6, 8, 1)
