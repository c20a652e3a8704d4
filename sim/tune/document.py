"""tune.json: what was tuned, with which budget, and what came of it."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from sim.results.atomic import write_atomically
from sim.tune.methods import Setting
from sim.tune.plan import Plan
from sim.tune.score import Score
from sim.tune.tuned import TunedCell

#: The file in the folder of a tuning.
TUNE = "tune.json"


def write(folder: Path, plan: Plan, cells: Sequence[TunedCell], settings: Sequence[Setting]) -> None:
    """Write tune.json: strict JSON, in which a number that is not finite is null.

    Parameters
    ----------
    folder
        Of the tuning.
    plan
        What was to be done.
    cells
        What has come of it.
    settings
        The methods side by side.
    """
    found = {
        "asked": dict(plan.asked),
        "objective": plan.objective.name,
        "less_is_better": plan.objective.less,
        "budget": {
            "cells": len(plan.cells),
            "candidates_per_cell": plan.tried,
            "chosen_by": "all combinations" if plan.trials is None else "optuna",
            "tuning_seeds": list(plan.tuning),
            "judging_seeds": list(plan.judging),
            "tuning_runs_per_cell": plan.tried * len(plan.tuning),
            "judging_runs_per_cell": len(plan.judging),
            "runs": plan.runs,
        },
        "cells": [_cell(folder, each) for each in cells],
        "methods": [_setting(each) for each in settings],
    }
    text = json.dumps(found, indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    write_atomically(folder / TUNE, lambda file: file.write(text.encode()))


def _cell(folder: Path, each: TunedCell) -> dict[str, Any]:
    return {
        "cell": _mapping(each.cell.varied),
        "winner": _mapping(each.winner),
        "at_edge_of": list(each.edges),
        "tuned": _score(each.candidates[each.winner]),
        "judged": _score(each.judged),
        "candidates": [{"candidate": _mapping(words), **_score(score)} for words, score in each.candidates.items()],
        "tuning_virtual_seconds": each.seconds,
        "judging_runs": [str(run.relative_to(folder)) for run in each.runs.values()],
    }


def _score(score: Score) -> dict[str, Any]:
    """A score: its mean with its 95 % interval, which is a lower bound where not all seeds got there."""
    mean = score.interval
    return {
        "mean": _finite(mean.value),
        "low": _finite(mean.low),
        "high": _finite(mean.high),
        "seeds": len(score.costs),
        "reached": score.reached,
        "diverged": score.diverged,
    }


def _setting(each: Setting) -> dict[str, Any]:
    return {
        "setting": _mapping(each.words),
        "first": each.first,
        "others": [
            {
                "method": other.method,
                "costs_more_by": other.verdict.difference.effect,
                "low": other.verdict.difference.low,
                "high": other.verdict.difference.high,
                "p": other.verdict.p,
                "pairs": other.verdict.difference.n if other.verdict.difference.paired else None,
                "told_apart": other.verdict.told_apart,
            }
            for other in each.others
        ],
        "never": list(each.never),
    }


def _mapping(words: Sequence[str]) -> dict[str, str]:
    return {key: value for key, _, value in (word.partition("=") for word in words)}


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
