"""What has come out of a check, as JSON and as lines for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sim.validation.check import Check, Found
from sim.validation.errors import Verdict, by, verdict
from sim.validation.row import Row

#: What classes are called where somebody reads, if not by their key.
CALLED = {"rdma": "RDMA all-reduce", "tcp": "TCP all-reduce", "grpc_ps": "gRPC parameter server"}
WIDTH = 58


def as_json(check: Check, found: Found) -> Mapping[str, Any]:
    """One object: what was checked, its rows, and a summary of them.

    Parameters
    ----------
    check
        What was checked.
    found
        What has come out.
    """
    return {
        "what": check.name,
        "rows": [_row(row) for row in found.rows],
        "summary": {
            **_verdict(found.rows),
            **_parts(found, found.rows),
            "classes": {
                kind: {**_verdict(some), **_parts(found, some)} for kind, some in by(found.rows, _kind).items()
            },
            "groups": [_group(found.rows, at) for at in range(len(found.rows[0].groups))],
            "left_out": [{"id": name, "why": why} for name, why in found.left_out],
            **found.summary,
        },
    }


def as_lines(check: Check, found: Found, every_row: bool) -> Iterator[str]:
    """Errors of classes, of the groups inside them, and of the parts that are told apart, beside those of baselines.

    Parameters
    ----------
    check
        What was checked.
    found
        What has come out.
    every_row
        Whether every measurement has a line, too.
    """
    kinds = by(found.rows, _kind)
    yield f"{check.name}: {check.what}"
    yield _head("mean error, %", found.rows[0])
    for kind, rows in kinds.items():
        yield _line(CALLED.get(kind, kind), rows)
        for depth, name, some in _nested(rows, len(rows[0].groups)):
            yield _line(f"{'  ' * depth}{name}", some)
        yield from _told_apart(found, rows, "  ")
    if len(kinds) > 1:
        yield _line("all", found.rows)
        yield from _told_apart(found, found.rows, "  ")
    yield ""
    if every_row:
        yield from _measurements(check, found.rows)
    yield from found.remarks
    yield from (f"left out: {name}: {why}" for name, why in found.left_out)


#: What the columns beside the errors are.
EXPLAINED = "Inside: measurements within their 80 % interval; +/-: half its width, the median."


def _nested(rows: Sequence[Row], groups: int, depth: int = 1) -> Iterator[tuple[int, str, Sequence[Row]]]:
    """The groups that rows are averaged in, the largest first, each before those inside it."""
    if not groups:
        return
    for name, some in by(rows, lambda row: row.groups[groups - 1]).items():
        yield depth, name, some
        yield from _nested(some, groups - 1, depth + 1)


def _told_apart(found: Found, rows: Sequence[Row], indent: str) -> Iterator[str]:
    for part in found.parts:
        some = [row for row in rows if part.fits(row)]
        if some and len(some) < len(rows):
            yield _line(f"{indent}* {part.said}", some)


def _measurements(check: Check, rows: Sequence[Row]) -> Iterator[str]:
    unit = f" ({check.unit})" if check.unit else ""
    yield f"{'measurement' + unit:{WIDTH}}{'measured':>12}{'predicted':>12}{'80 % interval':>26}{'off':>9}"
    for row in rows:
        between = f"{row.low:.4g} to {row.high:.4g}"
        off = row.predicted / row.measured - 1.0
        yield f"{_padded(row.id)}{row.measured:12.5g}{row.predicted:12.5g}{between:>26}{off:+9.1%}"
    yield ""


def _head(what: str, row: Row) -> str:
    names = ("predicted", *row.baselines)
    return f"{what:{WIDTH}}" + "".join(f"{name.replace('_', ' '):>{_wide(name)}}" for name in names) + "   inside   +/-"


def _line(what: str, rows: Sequence[Row]) -> str:
    found = verdict(rows)
    errors = "".join(
        f"{'-' if error is None else format(error, '.1f'):>{_wide(name)}}" for name, error in found.errors.items()
    )
    return f"{_padded(what)}{errors}{found.coverage:9.0%}{found.half_width:6.0%}"


def _wide(name: str) -> int:
    return max(11, len(name) + 2)


def _padded(text: str) -> str:
    """A name as the first of some columns; a longer one moves them, and stays whole."""
    return f"{text:{WIDTH - 1}} "


def _row(row: Row) -> Mapping[str, object]:
    return {
        "id": row.id,
        **row.facts,
        "measured": row.measured,
        "predicted": row.predicted,
        "low80": row.low,
        "high80": row.high,
        **row.baselines,
    }


def _parts(found: Found, rows: Sequence[Row]) -> Mapping[str, object]:
    some = {part.name: [row for row in rows if part.fits(row)] for part in found.parts}
    return {name: _verdict(part) if part else None for name, part in some.items()}


def _group(rows: Sequence[Row], at: int) -> Mapping[str, object]:
    return {name: _verdict(some) for name, some in by(rows, lambda row: row.groups[at]).items()}


def _verdict(rows: Sequence[Row]) -> Mapping[str, object]:
    found: Verdict = verdict(rows)
    return {
        "rows": found.rows,
        "mape": found.errors,
        "median_error": found.median,
        "skill": found.skill,
        "coverage80": found.coverage,
        "median_half_width": found.half_width,
    }


def _kind(row: Row) -> str:
    return row.kind
