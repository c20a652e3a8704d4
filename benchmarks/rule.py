"""How far the two rules of hidden traffic are from published tables, each table predicted from all others.

    python benchmarks/rule.py                      # a minute

What hidden traffic costs delays all buckets after it (`paceline validate scaling`), or as in a simulation the last one
alone (`paceline plan`).
"""

from __future__ import annotations

from sim.calibration.step import simulated_step, step
from sim.truth.scaling import digest
from sim.validation.errors import averaged
from sim.validation.scaling import judge


def main() -> None:
    """Predict all tables by either rule."""
    tables = digest().tables
    print(f"{'mean error, %':24}{'all later':>12}{'last alone':>12}")
    rows = [list(judge(tables, tables, law=law)) for law in (step, simulated_step)]
    for kind in dict.fromkeys(row.kind for row in rows[0]):
        found = [averaged([row for row in some if row.kind == kind], lambda row: row.predicted) for some in rows]
        print(f"{kind:24}" + "".join(f"{each:12.1f}" for each in found if each is not None))


if __name__ == "__main__":
    main()
