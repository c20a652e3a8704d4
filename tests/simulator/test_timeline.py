"""The accounts of the workers' time."""

import simpy

from sim.measuring.timeline import APPLY, COMPUTE, SEND, WAIT, Timeline


def run(keep_spans):
    """Worker 0 computes until 3 and sends until 4; worker 1 waits until 2, then computes; the server applies 1 to 2."""
    environment = simpy.Environment()
    timeline = Timeline(environment, 2, keep_spans=keep_spans)

    def story():
        timeline.switch(0, COMPUTE)
        yield environment.timeout(2)
        timeline.add(-1, APPLY, 1.0)
        timeline.switch(1, COMPUTE)
        yield environment.timeout(1)
        timeline.switch(0, SEND)
        yield environment.timeout(1)
        timeline.close()

    environment.process(story())
    environment.run()
    return timeline


def test_fractions_are_shares_of_all_workers_time():
    # Of 2 x 4 s: computing 3 + 2, sending 1, waiting 2.
    assert run(keep_spans=False).fractions() == (5 / 8, 1 / 8, 2 / 8)


def test_spans_cover_every_worker_without_gap_or_overlap():
    spans = run(keep_spans=True).spans()
    rows = list(zip(spans.worker.tolist(), spans.kind.tolist(), spans.start.tolist(), spans.end.tolist(), strict=True))
    assert sorted(rows) == [
        (-1, APPLY, 1.0, 2.0),
        (0, COMPUTE, 0.0, 3.0),
        (0, SEND, 3.0, 4.0),
        (1, COMPUTE, 2.0, 4.0),
        (1, WAIT, 0.0, 2.0),
    ]


def test_messages_beside_the_computing_do_not_interrupt_it():
    environment = simpy.Environment()
    timeline = Timeline(environment, 1, keep_spans=True)

    def story():
        timeline.switch(0, COMPUTE)
        yield environment.timeout(1)
        timeline.depart_beside(0)
        yield environment.timeout(1)
        timeline.depart(0)  # the worker itself sends: it has done computing
        yield environment.timeout(1)
        timeline.arrive(0)
        yield environment.timeout(1)
        timeline.arrive(0)
        yield environment.timeout(1)
        timeline.depart_beside(0)
        yield environment.timeout(1)
        timeline.close()

    environment.process(story())
    environment.run()
    spans = timeline.spans()
    assert list(zip(spans.kind.tolist(), spans.start.tolist(), spans.end.tolist(), strict=True)) == [
        (COMPUTE, 0.0, 2.0),
        (SEND, 2.0, 4.0),
        (WAIT, 4.0, 5.0),
        (SEND, 5.0, 6.0),
    ]


def test_a_run_of_no_time_has_no_fractions():
    timeline = Timeline(simpy.Environment(), 1, keep_spans=True)
    timeline.close()
    assert timeline.fractions() == (0.0, 0.0, 0.0)
    assert timeline.spans().worker.size == 0
