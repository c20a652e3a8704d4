"""``paceline validate WHAT``: predictions beside what has been measured."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Mapping, Sequence

from sim.arguments import Arguments, count, refused
from sim.given_path import given_path
from sim.printable import printable
from sim.truth.read import Read, digest, read_tables
from sim.validation.errors import (
    BOUND,
    PREDICTORS,
    Verdict,
    bound,
    by_machines,
    by_table,
    by_transport,
    skill,
    verdict,
)
from sim.validation.scaling import Judged, judge

#: What a transport is called where somebody reads.
SAID = {"rdma": "RDMA all-reduce", "tcp": "TCP all-reduce", "grpc_ps": "gRPC parameter server"}
WIDTH = 52


def main(arguments: list[str]) -> int:
    """Print predictions beside what has been measured, or one JSON object.

    Parameters
    ----------
    arguments
        What follows ``paceline validate`` on the command line.

    Returns
    -------
    int
        Exit status: 0; 2 after one line on standard error that says what the user can put right.
    """
    try:
        options = _parser().parse_args(arguments)
        known = digest() if options.calibrate_on is None else read_tables(options.calibrate_on)
        asked = digest() if options.on is None else read_tables(options.on)
        rows = list(judge(asked.tables, known.tables, options.given_up_to))
        if not rows:
            raise ValueError(_nothing(asked, options))
    except (ValueError, OSError) as error:
        return refused("validate", error)
    if options.json:
        print(json.dumps(_object(rows, asked)))
    else:
        for line in _lines(rows, asked):
            print(printable(line))
    return 0


def _nothing(asked: Read, options: argparse.Namespace) -> str:
    where = options.on or "the digest"
    if asked.tables:
        return f"--given-up-to: no table of {where} goes beyond {options.given_up_to} machines; give fewer"
    why = f" ({asked.others[0][0]} {asked.others[0][1]})" if asked.others else ""
    return f"--on: {where} has no table with points on one machine and on several{why}; see docs/validation.md"


def _object(rows: Sequence[Judged], asked: Read) -> Mapping[str, object]:
    """What ``--json`` prints."""
    return {
        "what": "scaling",
        "rows": [_row(row) for row in rows],
        "summary": {
            "classes": {transport: _summary(some) for transport, some in by_transport(rows).items()},
            "clusters": [
                {"cluster": cluster, "device": device, "class": transport, **_verdict(verdict(some))}
                for (cluster, device, transport), some in by_machines(rows).items()
            ],
            "tables": {name: _verdict(verdict(some)) for name, some in by_table(rows).items()},
            "communication_bound": _verdict(verdict(bound(rows))) if bound(rows) else None,
            "left_out": [{"id": name, "why": why} for name, why in asked.others],
        },
    }


def _row(row: Judged) -> Mapping[str, object]:
    return {
        "id": row.name,
        "table": row.table.id,
        "cluster": row.table.cluster,
        "device": row.table.device,
        "class": row.table.transport,
        "devices": row.point.devices,
        "nodes": row.point.nodes,
        "measured": row.point.throughput,
        "predicted": row.predicted,
        "low80": row.low,
        "high80": row.high,
        "cluster_known": row.known,
        "linear": row.linear,
        "line_rate": row.line_rate,
        "last_kept": row.last_kept,
    }


def _summary(rows: Sequence[Judged]) -> Mapping[str, object]:
    return {**_verdict(verdict(rows)), **{name: _verdict(verdict(some)) for name, some in _halves(rows) if some}}


def _halves(rows: Sequence[Judged]) -> Iterator[tuple[str, list[Judged]]]:
    """Rows of machines that are known from other tables, those of others, and those that communication decides."""
    yield "cluster_known", [row for row in rows if row.known]
    yield "cluster_blind", [row for row in rows if not row.known]
    yield "communication_bound", bound(rows)


def _verdict(found: Verdict) -> Mapping[str, object]:
    return {
        "tables": found.tables,
        "rows": found.rows,
        "mape": found.errors,
        "skill": skill(found.errors),
        "coverage80": found.coverage,
        "median_half_width": found.half_width,
    }


def _lines(rows: Sequence[Judged], asked: Read) -> Iterator[str]:
    """What is printed for people: errors (%) of tables, machines and transports, with those of the baselines."""
    head = "".join(f"{name.replace('_', ' '):>11}" for name in PREDICTORS)
    for transport, some in by_transport(rows).items():
        yield f"{SAID[transport]:{WIDTH}}{head}   inside  +/-"
        for (cluster, device, _), here in by_machines(some).items():
            known = "" if here[0].known else ", blind"
            yield _errors(f"{cluster}, {device}{known}", verdict(here))
            for name, table in by_table(here).items():
                yield _errors(f"  {name}", verdict(table))
        yield _errors("all, by table and machines", verdict(some))
        said = ("machines known from other tables", "machines known from none", f"linear is off by {BOUND:g} % or more")
        for what, (_, half) in zip(said, _halves(some), strict=True):
            if half:
                yield _errors(f"  {what}", verdict(half))
        yield ""
    if bound(rows):
        found = verdict(bound(rows))
        yield _errors(f"all where linear is off by {BOUND:g} % or more", found)
        yield f"  skill there, 1 - error / error of linear: {skill(found.errors):.2f}"
        yield ""
    yield "Errors in %, of throughput. Inside: rows within their 80 % interval; +/-: half its width, the median."
    for name, why in asked.others:
        yield f"left out: {name}: {why}"


def _errors(what: str, found: Verdict) -> str:
    errors = "".join("          -" if error is None else f"{error:11.1f}" for error in found.errors.values())
    shown = what if len(what) < WIDTH else f"{what[: WIDTH - 4]}..."
    return f"{shown:{WIDTH}}{errors}{found.coverage:7.0%}{found.half_width:7.1%}"


def _parser() -> argparse.ArgumentParser:
    parser = Arguments(
        prog="paceline validate",
        description="Predict what has been measured elsewhere from what a planner would know, and say how far that is "
        "off, beside linear scaling, a line-rate estimate, and the last efficiency kept.",
    )
    parser.add_argument("what", choices=["scaling"], help="scaling: published throughputs of many machines")
    parser.add_argument("--on", type=given_path, metavar="FILE", help="tables to predict, in place of the own digest")
    parser.add_argument(
        "--calibrate-on", type=given_path, metavar="FILE", help="tables to learn from, in place of the own digest"
    )
    parser.add_argument(
        "--given-up-to", type=count, default=1, metavar="N", help="give the rows of up to N machines, too"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object: what, rows, summary")
    return parser
