"""lab.json: the figures of a lab, as strict JSON."""

from __future__ import annotations

import json
import math
import platform
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from sim import __version__
from sim.lab.compare.lab import Lab
from sim.lab.compare.reducer import Reducer
from sim.lab.compare.rows import Row, pooled, total_variation
from sim.lab.compare.side import Side
from sim.lab.compare.survey import Flow
from sim.results.atomic import write_bytes_atomically

#: The file in the folder of a lab.
LAB = "lab.json"
#: Shares of the steps that lasted less than what is told.
QUANTILES = (0.05, 0.5, 0.95)


def write(lab: Lab, folder: Path) -> None:
    """Write lab.json.

    Parameters
    ----------
    lab
        What it is about.
    folder
        Where to.
    """
    text = json.dumps(_strict(as_document(lab)), indent=2, allow_nan=False, ensure_ascii=False) + "\n"
    write_bytes_atomically(folder / LAB, text.encode())


def as_document(lab: Lab) -> dict[str, Any]:
    """The object of lab.json.

    Parameters
    ----------
    lab
        What it is about.
    """
    survey, load = lab.survey, lab.load
    return {
        "rows": [_row(row) for row in lab.compared.rows],
        "staleness": _staleness(lab),
        "step_seconds": {"measured": _steps(lab.measured), "predicted": _steps(lab.predicted)},
        "doubts": list(lab.doubts),
        "remarks": list(lab.remarks),
        "prediction": {"words": list(lab.words), "written_at": lab.predicted_at, "job_began_at": lab.began_at},
        "wires": {
            "flows": [_flow(flow) for flow in survey.flows],
            "gloo": _reducer(survey.reducer),
            "without": list(survey.without),
            "congestion_control": survey.congestion,
            "netem": survey.delays,
        },
        "machine": {
            "cores": survey.cores,
            "system": f"{platform.system()} {platform.release()} {platform.machine()}",
            "python": platform.python_version(),
            "busy_share_before": survey.others,
            "busy_share": load.busy,
            "processes_share": load.processes,
            "taken_share": load.taken,
            "oversleeping_seconds_before": survey.oversleeping,
            "oversleeping_seconds": load.late,
            "gradient_core_seconds": survey.gradient,
            "gradient_seconds": load.gradient_seconds,
            "message_core_seconds": load.per_message,
            "overrun_share": load.overrun,
            "most_workers": lab.most_workers,
        },
        "seeds": sorted(lab.measured),
        "allreduce": lab.allreduce,
        "config": lab.config,
        "command": lab.command,
        "version": __version__,
    }


def _row(row: Row) -> dict[str, Any]:
    return {**row._asdict(), "unit": row.unit, "off": row.off}


def _flow(flow: Flow) -> dict[str, Any]:
    return {
        "source": flow.source,
        "target": flow.target,
        "links": flow.links,
        "bandwidth_bits_per_second": flow.bandwidth,
        "bits_per_second": flow.measured.bits_per_second,
        "round_trip_seconds": flow.measured.round_trip,
        "framing": flow.measured.framing,
    }


def _reducer(reducer: Reducer | None) -> dict[str, Any] | None:
    if reducer is None:
        return None
    return {
        "ranks": reducer.ranks,
        "bandwidth_bits_per_second": reducer.bandwidth,
        "bytes": list(reducer.sizes),
        "seconds": list(reducer.seconds),
        "efficiency": reducer.efficiency,
        "overhead_seconds": reducer.overhead,
    }


def _staleness(lab: Lab) -> dict[str, Any] | None:
    measured, predicted = pooled(lab.measured), pooled(lab.predicted)
    distance = total_variation(measured, predicted)
    if distance is None:
        return None
    return {"measured": _counts(measured), "predicted": _counts(predicted), "total_variation": distance}


def _counts(counter: Counter[int]) -> dict[str, int]:
    return {str(versions): count for versions, count in sorted(counter.items())}


def _steps(sides: Mapping[int, Side]) -> dict[str, Any]:
    steps = np.concatenate([side.steps for side in sides.values()])
    if not len(steps):
        return {"n": 0}
    low, middle, high = np.quantile(steps, QUANTILES).tolist()
    return {"n": len(steps), "mean": float(steps.mean()), "quantile05": low, "median": middle, "quantile95": high}


def _strict(value: Any) -> Any:
    """The same with null in place of numbers that JSON does not have."""
    if isinstance(value, Mapping):
        return {key: _strict(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_strict(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
