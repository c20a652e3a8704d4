"""What a lab says in words: at the terminal and on its page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sim.lab.compare.lab import Lab
from sim.lab.compare.reducer import Reducer
from sim.lab.compare.rows import Row, pooled, total_variation
from sim.lab.compare.survey import Flow, Survey
from sim.results.units import MISSING, data_size, duration, number, percent

#: What figures are called.
CALLED = {
    "seconds_per_update": "time per update",
    "updates_per_second": "updates per second",
    "seconds_to_target": "time to the target",
    "mean_staleness": "mean staleness",
    "bytes_sent": "bytes sent",
}
#: Columns of the table.
HEADS = ("", "measured", "predicted", "off", "measured − predicted, 95 %")


def value_of(row: Row, value: float) -> str:
    """A value of a row with its unit: ``48.0 ms``."""
    match row.unit:
        case "s":
            return duration(value)
        case "B":
            return data_size(value)
    return number(value)


def cells_of(row: Row) -> tuple[str, str, str, str, str]:
    """A row of the table, whose columns are `HEADS`."""
    off = MISSING if row.off is None else f"{_sign(row.off)}{percent(abs(row.off), 1)}"
    return (CALLED[row.what], value_of(row, row.measured), value_of(row, row.predicted), off, _interval(row))


def _interval(row: Row) -> str:
    if row.low95 is None or row.high95 is None:
        return "one seed"
    ends = (f"{_sign(end)}{value_of(row, abs(end))}" for end in (row.low95, row.high95))
    return f"{' to '.join(ends)} ({row.n} seeds)"


def _sign(value: float) -> str:
    return "−" if value < 0.0 else "+"


def lines(lab: Lab) -> Iterator[str]:
    """The table, and what is to be known of it, for a terminal."""
    yield from _table([HEADS, *map(cells_of, lab.compared.rows)])
    distance = total_variation(pooled(lab.measured), pooled(lab.predicted))
    if distance is not None:
        yield f"staleness: the histograms are {distance:.3f} apart (total variation, 0 to 1)"
    yield from (f"note: {each}" for each in lab.remarks)
    yield from (f"doubt: {each}" for each in lab.doubts)
    yield believed(lab)


def _table(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = (f"{cell:>{width}}" for cell, width in zip(others, widths[1:], strict=True))
        yield f"{first:<{widths[0]}}  {'  '.join(cells)}".rstrip()


def believed(lab: Lab) -> str:
    """What size can be believed on this machine."""
    took = f"at the predicted pace this job takes {percent(lab.load.taken, 1)} of {lab.survey.cores} cores"
    if lab.most_workers is None:
        return f"size: {took}, too little to say how many workers would fill them"
    return f"size: {took}; by that, up to about {lab.most_workers} such workers can be believed here when it is quiet"


def measured_of(survey: Survey) -> Iterator[str]:
    """What was measured before the prediction, in lines."""
    yield from map(_flow, survey.flows)
    if survey.reducer is not None:
        yield _reducer(survey.reducer)
    yield (
        f"so efficiency {survey.efficiency:.4f} and {duration(survey.overhead)} a message; TCP's congestion control is "
        f"{survey.congestion}"
    )
    yield (
        f"a sleep lasts {duration(survey.oversleeping)} too long (median), which the prediction leaves out; a "
        f"gradient takes {duration(survey.gradient)} of a core; others kept "
        f"{percent(survey.others)} of {survey.cores} cores busy"
    )
    yield from survey.without


def _reducer(reducer: Reducer) -> str:
    took = " and ".join(
        f"{duration(seconds)} for {data_size(size)}"
        for size, seconds in zip(reducer.sizes, reducer.seconds, strict=True)
    )
    return (
        f"gloo's all-reduce of {reducer.ranks} takes {took} where nobody computes, neither of them the job's size; the "
        "prediction has what follows from these in place of a flow's figures"
    )


def _flow(flow: Flow) -> str:
    got = flow.measured
    return (
        f"host {flow.source} to {flow.target}, {flow.links} links of {number(flow.bandwidth / 1e6)} Mb/s or more: one "
        f"flow gets {number(got.bits_per_second / 1e6)} Mb/s, a round trip takes {duration(got.round_trip)}, and "
        f"{percent(got.framing, 1)} of what is sent is payload"
    )
