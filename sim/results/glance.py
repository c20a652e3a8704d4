"""One run at a glance, in a terminal or a notebook: how soon, how well, how fast, and where the time went."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape
from typing import TYPE_CHECKING

from sim.printable import printable
from sim.results.busiest import as_busy, busiest, rate, utilised, words
from sim.results.units import MISSING, data_size, duration, number, percent

if TYPE_CHECKING:
    from rich.console import Console, Group
    from rich.text import Text

    from sim.results.result import Result
    from sim.results.rows import Link, Summary

_COLOURS = {"compute": "blue", "communicate": "yellow", "wait": "bright_black"}
_BAR = 40  # cells


def print_summary(result: Result, console: Console) -> None:
    """Print what a run found.

    Parameters
    ----------
    result
        What was not measured is left out.
    console
        Where to; plain text when it is not a terminal.
    """
    console.print()
    console.print(glance(result))
    console.print()


def glance(result: Result) -> Group:
    """What a run found, for a console of rich."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, show_header=False, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="dim", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in _lines(result):
        table.add_row(Text(name), Text(value))
    shares = _shares(result.summary)
    if any(share is not None for share in shares.values()):
        table.add_row(Text("time went to"), Text(_told(shares)))
        table.add_row(Text(""), _bar(shares))
    return Group(_title(result.summary), table)


def page(result: Result, curve: bytes | None) -> str:
    """What a run found, as HTML.

    Parameters
    ----------
    result
        What was not measured is left out.
    curve
        The learning curve as PNG, where there is one.
    """
    shares = _shares(result.summary)
    lines = [*_lines(result)]
    if any(share is not None for share in shares.values()):
        lines.append(("time went to", _told(shares)))
    rows = "".join(f"<tr><th>{escape(name)}</th><td>{escape(value)}</td></tr>" for name, value in lines)
    drawn = (
        "" if curve is None else f'<img alt="learning curve" src="data:image/png;base64,{b64encode(curve).decode()}">'
    )
    return f"<div><strong>{escape(_title(result.summary).plain)}</strong><table>{rows}</table>{drawn}</div>"


def _told(shares: dict[str, float | None]) -> str:
    return ", ".join(f"{name} {percent(share)}" for name, share in shares.items() if share is not None)


def score(summary: Summary) -> str:
    """How well a run ended: its accuracy, else its RMSE, else its loss; with a word when it diverged.

    Where only some replicas have, that is how well the others did.
    """
    if summary.status == "diverged":
        others = _score(summary) if summary.diverged_replicas else MISSING
        return "diverged" if others == MISSING else f"{others}, {number(summary.diverged_replicas)} diverged"
    return _score(summary)


def _score(summary: Summary) -> str:
    if summary.final_test_accuracy is not None:
        return percent(summary.final_test_accuracy, 1)
    if summary.final_test_rmse is not None:
        return f"RMSE {number(summary.final_test_rmse)}"
    loss = summary.final_test_loss if summary.final_test_loss is not None else summary.final_train_loss
    return MISSING if loss is None else f"loss {number(loss)}"


def _title(summary: Summary) -> Text:
    from rich.text import Text

    workers = f"{number(summary.workers)} worker{'' if summary.workers == 1 else 's'}"
    parts = [summary.topology, workers, f"batch {number(summary.batch)}", summary.network]
    words = {"completed": "", "target_reached": "target reached", "diverged": "DIVERGED", "stalled": "STALLED"}
    title = Text(printable(summary.protocol), style="bold")
    title.append(printable("".join(f" · {part}" for part in parts if part)), style="not bold")
    word = printable(words.get(summary.status, summary.status))
    return title.append(f"  {word}", style="bold red" if summary.status in ("diverged", "stalled") else "bold green")


def _lines(result: Result) -> Iterator[tuple[str, str]]:
    """Each thing worth reading with its name, in the order of a reader's interest."""
    summary = result.summary
    yield from _reached(result)
    yield from _learned(summary)
    if summary.virtual_seconds is not None:
        epochs = f", {number(summary.epochs)} epochs" if summary.epochs is not None else ""
        each = f" of {duration(summary.seconds_per_epoch)}" if summary.seconds_per_epoch is not None else ""
        yield "virtual time", f"{duration(summary.virtual_seconds)}{epochs}{each if epochs else ''}"
    if summary.updates is not None:
        rates = f" ({number(summary.updates_per_second)}/s), {number(summary.samples_per_second)} samples/s"
        yield "updates", f"{number(summary.updates)}{rates if summary.updates_per_second is not None else ''}"
    yield from _troubles(summary)
    yield from _exchanged(summary)
    if summary.bytes_sent is not None:
        yield "sent", data_size(summary.bytes_sent)
    if result.links:
        yield "busiest link", _busiest(result.links)
    if summary.server_utilisation is not None:
        response = duration(summary.server_mean_response_seconds)
        queue = number(summary.server_mean_queue, 2)
        yield "server", f"{percent(summary.server_utilisation)} busy, responds in {response}, {queue} in its queue"
    if summary.wall_seconds is not None:
        events = f" ({number(summary.events)} events)" if summary.events is not None else ""
        yield "simulated in", f"{duration(summary.wall_seconds)}{events}"


def _mixing(summary: Summary) -> str:
    if summary.averagings_per_step is not None:
        return f"{number(summary.averagings_per_step)} averagings in pairs per step"
    return "" if summary.spectral_gap is None else f"spectral gap {number(summary.spectral_gap)}"


def _reached(result: Result) -> Iterator[tuple[str, str]]:
    """How soon, and by how many replicas."""
    summary = result.summary
    if summary.seconds_to_target is not None:
        reached = duration(summary.seconds_to_target, None, summary.ci95.get("seconds_to_target"))
        yield "target reached after", f"{reached} ({number(summary.updates_to_target)} updates){_early(summary)}"
    if summary.smoothed_seconds_to_target is not None:
        yield "smoothed, after", duration(summary.smoothed_seconds_to_target)
    if summary.diverged_replicas:
        yield "diverged", _diverged(summary, len({metric.seed for metric in result.metrics}))


def _learned(summary: Summary) -> Iterator[tuple[str, str]]:
    """How well."""
    margin = summary.ci95
    if summary.final_test_accuracy is not None:
        best = f", best {percent(summary.best_test_accuracy, 1)}" if summary.best_test_accuracy is not None else ""
        yield "test accuracy", f"{percent(summary.final_test_accuracy, 1)}{_plus(margin, 'final_test_accuracy')}{best}"
    if summary.final_test_rmse is not None:
        yield "test RMSE", f"{number(summary.final_test_rmse, 4)}{_plus(margin, 'final_test_rmse')}"
    if summary.final_train_loss is not None or summary.final_test_loss is not None:
        yield "loss", f"training {number(summary.final_train_loss)}, test {number(summary.final_test_loss)}"
    if summary.consensus_distance != 0.0 and summary.worst_worker_loss is not None:
        own = f"mean {number(summary.mean_worker_loss)}, worst {number(summary.worst_worker_loss)}"
        yield "workers' own losses", f"{own}, {number(summary.consensus_distance)} from their mean"


def _early(summary: Summary) -> str:
    """How much earlier the target may have been reached."""
    early = summary.target_uncertainty_seconds
    return f", at most {duration(early)} earlier" if early else ""


def _diverged(summary: Summary, replicas: int) -> str:
    others = replicas - (summary.diverged_replicas or 0)
    figures = f"the figures are of the other {number(others)}" if others else "the figures are of all"
    return f"{number(summary.diverged_replicas)} of {number(replicas)} replicas; {figures}"


def _exchanged(summary: Summary) -> Iterator[tuple[str, str]]:
    """How workers shared what they had learned."""
    if summary.mean_staleness is not None:
        yield "staleness", f"mean {number(summary.mean_staleness)}, largest {number(summary.max_staleness)}"
    if mixing := _mixing(summary):
        yield "mixing", mixing
    if summary.collective is not None:
        yield "collective", printable(summary.collective)


def _troubles(summary: Summary) -> Iterator[tuple[str, str]]:
    """What faults and checkpoints have cost."""
    if summary.untroubled:
        return
    undone = f", {number(summary.lost_updates)} updates undone" if summary.lost_updates else ""
    yield "crashes", f"{number(summary.crashes)}, workers down for {duration(summary.downtime_seconds)} in all{undone}"
    yield "goodput", f"{percent(summary.goodput)} of the workers' time"


def _busiest(links: Sequence[Link]) -> str:
    first = busiest(links)[0]
    others = as_busy(links, first) - 1
    name = printable(words(first)) + (f" and {number(others)} more" if others else "")
    return f"{name}, {utilised(first.utilisation)} of {rate(first)}"


def _plus(margin: dict[str, float], name: str) -> str:
    """The confidence interval of an accuracy (in percentage points) or of another figure."""
    if name not in margin:
        return ""
    return f" ± {percent(margin[name], 1)}" if name.endswith("accuracy") else f" ± {number(margin[name], 2)}"


def _shares(summary: Summary) -> dict[str, float | None]:
    return {
        "compute": summary.compute_fraction,
        "communicate": summary.communicate_fraction,
        "wait": summary.wait_fraction,
    }


def _bar(shares: dict[str, float | None]) -> Text:
    """The shares as one row of blocks, in the same order."""
    from rich.text import Text

    bar, begun = Text(), 0.0
    for (name, share), block in zip(shares.items(), "█▓░", strict=True):
        begun, before = begun + (share or 0.0), begun
        bar.append(block * (round(_BAR * begun) - round(_BAR * before)), style=_COLOURS[name])
    return bar
