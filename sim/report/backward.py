"""A workload along its backward pass: which bytes are there to be sent, after how much of the arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from sim.connections.group.buckets import BACKWARD, accumulated, fill
from sim.results.atomic import write_atomically
from sim.results.units import data_size, number, percent
from sim.workloads.tabulated import PASSES, Tabulated

#: Lines that a model is told in, at most.
LINES = 24
#: Width of a bar (characters).
_BAR = 20
_BLUE, _VERMILLION, _INK = "#0072b2", "#d55e00", "#222222"


class Stretch(NamedTuple):
    """Tensors that follow each other in the backward pass.

    Attributes
    ----------
    name
        Of the first and the last of them.
    nbytes
        Their size on the wire (B).
    flops
        Their arithmetic in the gradient of a sample (FLOP).
    ready
        The share of the gradient's compute time after which all of them are complete, in (0, 1].
    """

    name: str
    nbytes: float
    flops: float
    ready: float


def tensors(workload: Tabulated) -> list[Stretch]:
    """Every tensor of a workload, in the order in which the backward pass completes them."""
    rows = workload.table.rows[::-1]
    costs = workload.costs()
    buckets = accumulated(fill(costs, 0.0), workload.micro_batches)
    return [
        Stretch(row.name, bucket.nbytes, PASSES * row.flops, bucket.ready)
        for row, bucket in zip(rows, buckets, strict=True)
    ]


def stretches(of: Sequence[Stretch], most: int = LINES) -> list[Stretch]:
    """The same in fewer pieces, each with about as much of bytes and arithmetic together.

    Parameters
    ----------
    of
        The tensors.
    most
        Number of pieces, at most, >= 1.
    """
    nbytes, flops = sum(each.nbytes for each in of) or 1.0, sum(each.flops for each in of) or 1.0
    found: list[list[Stretch]] = [[]]
    weight = 0.0
    for each in of:
        share = (each.nbytes / nbytes + each.flops / flops) / 2
        if found[-1] and int(most * (weight + share) * (1 - 1e-9)) > int(most * weight * (1 - 1e-9)):
            found.append([])
        found[-1].append(each)
        weight += share
    return [_together(group) for group in found[:most]]


def _together(group: Sequence[Stretch]) -> Stretch:
    first, last = group[0], group[-1]
    name = first.name if first is last else f"{first.name} ... {last.name}"
    return Stretch(name, sum(each.nbytes for each in group), sum(each.flops for each in group), last.ready)


def lines(workload: Tabulated) -> Iterator[str]:
    """The backward pass as text: a line for each stretch, with its bytes, its arithmetic, and when it is ready."""
    found = stretches(tensors(workload))
    width = max(len(each.name) for each in found)
    largest, hardest = max(each.nbytes for each in found) or 1.0, max(each.flops for each in found) or 1.0
    yield f"{'backward pass':{width}}  {'bytes':>{_BAR + 8}}  {'FLOP of a sample':>{_BAR + 13}}  ready"
    for each in found:
        yield (
            f"{each.name:{width}}  {_bar(each.nbytes / largest)}{data_size(each.nbytes):>8}"
            f"  {_bar(each.flops / hardest)}{number(each.flops / 1e9) + ' GFLOP':>13}  {percent(each.ready)}"
        )


def _bar(share: float) -> str:
    return f"{'█' * round(_BAR * share):{_BAR}}"


def draw_backward(workload: Tabulated, title: str, path: Path) -> None:
    """Draw the bytes of every tensor, and all bytes so far, over the time in which the backward pass completes them.

    Parameters
    ----------
    workload
        What is drawn.
    title
        What stands above.
    path
        The PNG, written atomically; the same workload gives the same bytes.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    found = tensors(workload)
    before = 1.0 - BACKWARD / workload.micro_batches  # the forward pass, and micro-batches before the last one
    ready = [100.0 * each.ready for each in found]
    sent, total = [], 0.0
    for each in found:
        total += each.nbytes / 1e6
        sent.append(total)
    with matplotlib.rc_context():  # the user's own style would change the bytes
        matplotlib.rcdefaults()
        figure = Figure(figsize=(7.0, 4.6), dpi=144)
        FigureCanvasAgg(figure)
        figure.suptitle(title, x=0.1, y=0.98, ha="left", va="top", fontsize=10.5, fontweight="bold", color=_INK)
        grid = {"left": 0.1, "right": 0.97, "top": 0.9, "bottom": 0.11, "hspace": 0.12}
        each_axes, all_axes = figure.subplots(2, 1, sharex=True, gridspec_kw=grid)
        each_axes.vlines(ready, 0, [each.nbytes / 1e6 for each in found], color=_BLUE, linewidth=1.4)
        each_axes.set_ylabel("a tensor (MB)")
        all_axes.step([0.0, *ready], [0.0, *sent], where="post", color=_VERMILLION, linewidth=1.8)
        all_axes.set_ylabel("ready to be sent (MB)")
        all_axes.set_xlabel("compute time of a gradient, by its arithmetic (%)")
        for axes in (each_axes, all_axes):
            axes.set_xlim(0, 101)
            axes.set_ylim(bottom=0)
            axes.spines[["top", "right"]].set_visible(False)
            axes.axvspan(0, 100 * before, color="#eeeeee", zorder=0)
        each_axes.text(1, each_axes.get_ylim()[1], "nothing is ready", va="top", fontsize=8.5, color="#767676")
        write_atomically(path, lambda file: figure.savefig(file, format="png", metadata={"Software": None}))
