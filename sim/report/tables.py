"""The tables that a report leaves: of runs, of groups and of seeds."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.report.collect import table_of
from sim.report.compared import Compared

if TYPE_CHECKING:
    import polars as pl


def tables(runs: pl.DataFrame, found: Compared) -> dict[str, pl.DataFrame]:
    """The tables by their names.

    Parameters
    ----------
    runs
        From :func:`sim.report.collect.collect`.
    found
        The same runs compared.

    Returns
    -------
    dict of str to polars.DataFrame
        ``groups``: a row per group, the best first, as :class:`sim.report.compared.Compared` has it; of those that are
        compared the difference from the first with its interval (``report.difference``, ``_low``, ``_high``), the
        probability of it by chance (``report.p``, corrected by Holm's method), the probability that a run of the first
        has less (``report.first_has_less``), and ``report.told_apart``, in what ``report.compared_by`` names.
        ``runs``: a row per run, with the columns of its group whose names begin with ``report.``. ``seeds``: a row per
        seed with its summary, the label of its group, and how long it waited for the target (``report.waited_seconds``,
        ``report.reached``).
    """
    import polars as pl

    groups = _groups(found)
    added = [name for name in groups.columns if name.startswith("report.")]
    rows = {row["run"]: row for row in groups.to_dicts()}
    members = pl.DataFrame(
        [(run, group) for group in rows for run in found.groups.runs[group]], ["run", "group"], orient="row"
    )
    of_group = groups.select(pl.col("run").alias("group"), "label", *added)
    listed = members.join(of_group, on="group", how="left", maintain_order="left").drop("group")
    return {
        "runs": listed.join(runs, on="run", how="left", maintain_order="left"),
        "groups": groups,
        "seeds": _seeds(found, rows),
    }


def _groups(found: Compared) -> pl.DataFrame:
    judged = dict(zip(found.table["run"].to_list()[1:], found.verdicts.rows, strict=True))
    rows = []
    for row in found.groups.table.to_dicts():
        new: dict[str, Any] = {}
        verdict = judged.get(row["run"])
        if verdict is not None:
            difference = verdict.difference
            new |= {
                "report.difference": difference.effect,
                "report.difference_low": difference.low,
                "report.difference_high": difference.high,
                "report.p": verdict.p,
                "report.first_has_less": difference.smaller,
                "report.told_apart": verdict.told_apart,
            }
        rows.append(row | {"report.compared_by": found.verdicts.criterion.column} | new)
    return table_of(rows)


def _seeds(found: Compared, rows: dict[str, dict[str, Any]]) -> pl.DataFrame:
    return table_of(
        [
            {
                "label": row["label"],
                "report.waited_seconds": waited.seconds if waited and math.isfinite(waited.seconds) else None,
                "report.reached": waited.reached if waited else None,
                **summary.flat(),
            }
            for run, row in rows.items()
            for seed, summary in found.groups.seeds[run].items()
            for waited in [found.arrivals[run].get(seed)]
        ]
    )
