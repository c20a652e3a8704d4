"""verdict.json: what the runs of a study say of each claim."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.results.atomic import write_atomically
from sim.study.claim import Judged
from sim.study.reading import measured
from sim.study.study import Form

#: The file in the folder of a study.
VERDICT = "verdict.json"


def write(folder: Path, found: Sequence[Judged], form: Form) -> None:
    """Write verdict.json: strict JSON, a list with an object for each claim.

    Parameters
    ----------
    folder
        Of the study.
    found
        What the runs say.
    form
        Quick or full.
    """
    rows = [_row(each, form) for each in found]
    text = json.dumps(rows, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    write_atomically(folder / VERDICT, lambda file: file.write(text.encode()))


def _row(found: Judged, form: Form) -> dict[str, Any]:
    effect = found.effect
    return {
        "claim": found.claim.name,
        "statement": found.claim.statement,
        "expected": found.claim.expected.value,
        "matters_from": found.claim.margin,
        "effect": _finite(effect.value),
        "low95": _finite(effect.low),
        "high95": _finite(effect.high),
        "unit": effect.unit,
        "n": effect.n,
        "p": found.p,
        "verdict": found.answer.value,
        "conditions": found.claim.conditions,
        "measured": measured(found.claim.measure),
        "said": effect.said,
        "form": form.value,
    }


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def form_of(folder: Path) -> Form | None:
    """The form of the study whose verdict is in a folder; None where there is none."""
    try:
        rows = json.loads((folder / VERDICT).read_text(encoding="utf-8"))
        return Form(rows[0]["form"])
    except (OSError, ValueError, LookupError, TypeError):
        return None
