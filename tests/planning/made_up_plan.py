"""Plans as plan.json has them, made up."""

from __future__ import annotations

from typing import Any

#: USD an hour, and how fast each is beside the first.
MACHINES = {"p3.16xlarge": (24.48, 1.0), "p4d.24xlarge": (32.7726, 2.9), "p3dn.24xlarge": (31.212, 1.06)}


def around(middle: float | None, spread: float = 1.2) -> dict[str, float] | None:
    """A range of this middle, between so many times less and more."""
    return None if middle is None else {"middle": middle, "low80": middle / spread, "high80": middle * spread}


def candidate(machine: str = "p4d.24xlarge", count: int = 8, **changes: Any) -> dict[str, Any]:
    """A candidate, with what is changed of it; by itself its time is of Amdahl's law."""
    price, speed = MACHINES.get(machine, (20.0, 0.8))
    minutes = (1300.0 / count + 9.0) / speed
    cost = price * count * minutes / 60.0
    shares = {"compute": 0.62, "exposed": 0.25, "stragglers": 0.08, "server": 0.0, "input": 0.05}
    return {
        "name": f"{count} x {machine}",
        "machine": machine,
        "count": count,
        "devices": 8 * count,
        "batch": 256,
        "global_batch": 2048 * count,
        "varied": [],
        "overrides": [f"workers={8 * count}", f"machine={machine}", "network=star bandwidth_gbps=25"],
        "status": "meets" if minutes * 1.2 < 60.0 else "unsure" if minutes < 60.0 else "misses",
        "said": "slower than the deadline" if minutes > 60.0 else "in time, and dearer than the cheapest",
        "by": "formula",
        "pareto": False,
        "chance": 0.97 if minutes * 1.2 < 60.0 else 0.6 if minutes < 60.0 else 0.004,
        "time": around(minutes),
        "cost": around(cost),
        "energy": around(cost / 9.0, 1.3),
        "step_seconds": around(0.213, 1.1),
        "samples_per_second": around(2500.0 * count * speed),
        "samples": around(9.6e7, 1.05),
        "utilisation": around(0.31, 1.1),
        "evidence": {
            "computing": "class prior",
            "network": "calibrated on this cluster",
            "samples": "extrapolated beyond the table",
        },
        "why": {
            **shares,
            "epochs_factor": 1.12,
            "busiest_link": "network card of a machine, 41 % of 25 Gb/s",
            "bound_by": "flow_cap",
        },
        "formula_seconds": 0.213,
        "engine_seconds": 0.214,
        "memory": {"needed": 12.3e9, "capacity": 40e9, "fits": True},
        **changes,
    }


def refused(**changes: Any) -> dict[str, Any]:
    """A candidate that cannot be run, of which nothing else is known."""
    unknown = ("chance", "time", "cost", "energy", "step_seconds", "samples_per_second", "samples")
    nothing: dict[str, Any] = dict.fromkeys((*unknown, "utilisation", "why", "by", "formula_seconds", "engine_seconds"))
    said = "needs 31 GB of 16 GB; protocol=sharded stage=3 fits"
    found = candidate("p3.16xlarge", 1, **nothing, status="does_not_fit", said=said)
    return found | {"name": "1 x p3.16xlarge, batch 512", "batch": 512} | changes


def several(counts: tuple[int, ...] = (1, 2, 4, 8, 16, 32)) -> list[dict[str, Any]]:
    """Candidates of three machines, the front of them marked, and one that does not fit."""
    return [*fronted([candidate(machine, count) for machine in MACHINES for count in counts]), refused()]


def crowd() -> list[dict[str, Any]]:
    """200 candidates of ten machines."""
    found = []
    for place, machine in enumerate([*MACHINES, "a1", "b2", "c3", "d4", "e5", "f6", "g7"]):
        for count in range(1, 21):
            each = candidate(machine, count)
            slow = (1.0 + 0.35 * place) * (1.0 + 0.02 * ((7 * place + 3 * count) % 11))
            each["time"] = around(each["time"]["middle"] * slow)
            each["cost"] = around(each["cost"]["middle"] * slow / (1.0 + 0.1 * (5 * place % 4)))
            found.append(each)
    return fronted(found)


def fronted(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The candidates, those of the front marked and first."""
    found.sort(key=lambda each: each["time"]["middle"])
    cheapest = float("inf")
    for each in found:
        each["pareto"] = each["cost"]["middle"] < cheapest
        cheapest = min(cheapest, each["cost"]["middle"])
    found.sort(key=lambda each: not each["pareto"])
    return found


def plan(candidates: list[dict[str, Any]] | None = None, **changes: Any) -> dict[str, Any]:
    """A plan that recommends the first of these candidates."""
    found = several() if candidates is None else candidates
    best = found[0] | {"bound_by": "flow_cap", "meets": True} if found else None
    return {
        "paceline": "plan",
        "version": "0.17.0",
        "physics": 3,
        "question": {
            "command": "paceline plan workload=resnet50 accuracy=0.759 minutes=60 machines=[p3.16xlarge,p4d.24xlarge]",
            "workload": "resnet50",
            "goal": {
                "accuracy": 0.759,
                "minutes": 60.0,
                "cost": 400.0,
                "utilisation": None,
                "samples": None,
                "confidence": 0.9,
            },
            "machines": [*MACHINES],
            "counts": [1, 2, 4, 8, 16, 32],
        },
        "answer": [
            "Rent 32 x p4d.24xlarge: 75.9 % after 17 minutes for 298 USD.",
            "It is the fastest that keeps to the budget; 8 of them are half as fast and save 90 USD.",
        ],
        "notes": ["bound by flow_cap: compressing gradients saves nothing below 16 machines"],
        "recommendation": best,
        "candidates": found,
        "sensitivity": SENSITIVITY,
        "unsure": UNSURE,
        "provenance": {"draws": 500, "seed": 0, "assumptions": ASSUMPTIONS},
        **changes,
    }


def _tried(part: str, factor: float, saved: float, low: float, high: float) -> dict[str, Any]:
    return {"part": part, "factor": factor, "seconds_saved_share": saved, "low80": low, "high80": high, "said": ""}


SENSITIVITY = [
    _tried("machines", 2.0, 0.31, 0.2, 0.4),
    _tried("device", 2.0, 0.29, 0.22, 0.35),
    _tried("nic", 2.0, 0.0, 0.0, 0.0),
    _tried("flow_cap", 2.0, 0.12, 0.03, 0.2),
    _tried("bytes", 0.5, 0.115, 0.03, 0.19),
    _tried("stragglers", 0.0, 0.05, 0.03, 0.08),
    _tried("servers", 2.0, 0.002, -0.001, 0.015),
]
UNSURE = [
    {
        "what": "flows per network card",
        "share": 0.7,
        "said": "one flow or four: it widens the time to [15, 21] minutes",
        "measure": "paceline calibrate bandwidth.csv --out transport.yaml",
    },
    {"what": "samples to the goal at batch 65 536", "share": 0.2, "said": "beyond the table", "measure": ""},
    {"what": "price of energy", "share": None, "said": None, "measure": None},
]
ASSUMPTIONS = [
    {
        "what": f"price of {machine}",
        "value": f"{price} USD/h",
        "source": "the provider's list of prices on demand, us-east-1, https://example.org/a/long/address/of/a/page",
        "as_of": "2021-01",
    }
    for machine, (price, _) in MACHINES.items()
]
