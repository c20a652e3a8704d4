"""How far predictions are from jobs on this machine: the table of docs/lab.md, on a quiet machine.

    python docs/lab.py FOLDER                    # about a quarter of an hour; python docs/lab.py --help

Each case is a `paceline lab` of its own, in a folder of that name; what is there already is not done again. Printed is
a table in Markdown: what was measured and predicted, how far that is off, and the bar that was set beforehand.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

#: What all cases have in common: links of 25 Mb/s, gradients of 60 ms, messages of 100 kB, seeds that nothing else has.
COMMON = (
    "workload=synthetic workload.seconds=0.06 workload.bytes=100000 network.bandwidth_gbps=0.025 until.updates=60 "
    "record.every_updates=10 seed=3000"
)
SCATTERED = "straggler=lognormal straggler.cv=0.5"
LEAVES = "network=leaf_spine network.hosts_per_leaf=4 network.spines=2 topology=exponential"
#: A switch whose first host has a link of a fifth of the others' rate, as a file.
SLOW_LINK = "slow_link.json"


class Bar(NamedTuple):
    """A bar that was set beforehand: by how much a figure may be off (ratio)."""

    figure: str
    most: float


class Case(NamedTuple):
    """A lab: its words, its seeds, and the bars for it."""

    words: str
    bars: tuple[Bar, ...]
    seeds: int = 3


STEP, PACE, CLOSE = Bar("seconds_per_update", 0.05), Bar("updates_per_second", 0.06), Bar("total_variation", 0.1)
SHAPE, RACE = Bar("seconds_per_update", 0.08), Bar("seconds_to_target", 0.08)
CASES = {
    **{
        f"allreduce_{reducer}_{workers}_{name}": Case(
            f"protocol=allreduce collective=ring lab.allreduce={reducer} workers={workers} {straggler}", (STEP,)
        )
        for reducer in ("ring", "gloo")
        for workers in (4, 8)
        for name, straggler in (("even", "straggler=none"), ("scattered", SCATTERED))
    },
    "hardsync": Case(f"protocol=hardsync workers=8 {SCATTERED} until.updates=40", (PACE,)),
    "async_ps": Case(f"protocol=async_ps workers=8 {SCATTERED} until.updates=600", (PACE, CLOSE)),
    "dpsgd": Case(f"protocol=dpsgd workers=8 {SCATTERED}", (PACE,)),
    "gossip_pull": Case(f"protocol=gossip_pull workers=8 {SCATTERED}", (PACE,)),
    "leaf_spine_1_to_1": Case(f"protocol=dpsgd workers=8 {LEAVES} network.oversubscription=1", (SHAPE,)),
    "leaf_spine_2_to_1": Case(f"protocol=dpsgd workers=8 {LEAVES} network.oversubscription=2", (SHAPE,)),
    "slow_worker": Case(
        "protocol=allreduce collective=ring workers=8 straggler=slow_node straggler.factor=2", (SHAPE,)
    ),
    "slow_link": Case(
        f"protocol=allreduce collective=ring workers=8 network=file network.path={SLOW_LINK} network.latency_us=0 "
        "workload.bytes=400000 until.updates=20",
        (SHAPE,),
    ),
    "to_90_percent": Case(
        f"protocol=hardsync problem=digits_mlp workers=8 {SCATTERED} until.target_accuracy=0.9 record.every_updates=1 "
        "network.bandwidth_gbps=0.05 until.updates=110",
        (RACE,),
        seeds=5,
    ),
}
HEADS = ("lab", "figure", "measured", "predicted", "off", "measured less predicted, 95 %", "bar", "met", "doubts")


def main() -> None:
    """Do the labs that the command line asks for, and print their table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="where the labs belong")
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(CASES), help="which")
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    (asked.folder / SLOW_LINK).write_text(json.dumps(slow_link()))
    lines = [HEADS, ("---",) * len(HEADS)]
    for name in asked.cases:
        found = lab(asked.folder, name)
        lines += [row(name, bar, found) for bar in CASES[name].bars] if found else [(name, *["–"] * 7, "failed")]
    for line in lines:
        print(f"| {' | '.join(line)} |")


def lab(folder: Path, name: str) -> dict[str, Any] | None:
    """What the lab of a case has come to; None: it has failed, and has said why."""
    there = folder / name / "lab.json"
    if not there.exists():
        case = CASES[name]
        words = {word.partition("=")[0]: word for word in f"{COMMON} {case.words}".split()}  # the case's own count
        command = [sys.executable, "-m", "sim", "lab", *words.values(), f"lab.seeds={case.seeds}", f"lab.folder={name}"]
        if subprocess.run(command, cwd=folder, stdout=sys.stderr, check=False).returncode != 0:
            return None
    found: dict[str, Any] = json.loads(there.read_text(encoding="utf-8"))
    return found


def row(name: str, bar: Bar, found: dict[str, Any]) -> tuple[str, ...]:
    """A line of the table."""
    doubts = str(len(found["doubts"]))
    if bar == CLOSE:
        distance = found["staleness"]["total_variation"]
        met = "yes" if distance <= bar.most else "no"
        return (name, "staleness, distance", "–", "–", f"{distance:.3f}", "–", f"{bar.most:g}", met, doubts)
    figures = next((each for each in found["rows"] if each["what"] == bar.figure), None)
    if figures is None:
        return (name, bar.figure, *["–"] * 4, f"{bar.most:.0%}", "no", doubts)
    off, ends = figures["off"], [figures["low95"], figures["high95"]]
    return (
        name,
        f"{bar.figure} ({figures['unit']})",
        f"{figures['measured']:.4g}",
        f"{figures['predicted']:.4g}",
        f"{off:+.1%}",
        "–" if None in ends else f"{ends[0]:+.3g} to {ends[1]:+.3g}",
        f"{bar.most:.0%}",
        "yes" if abs(off) <= bar.most else "no",
        doubts,
    )


def slow_link() -> dict[str, Any]:
    """A switch with eight hosts, as node-link JSON: the link of the first is the slow one."""
    hosts = range(8)
    slow = {"bandwidth_gbps": 0.005}
    return {
        "nodes": [*({"id": host} for host in hosts), {"id": "switch", "kind": "switch"}],
        "edges": [{"source": host, "target": "switch", **(slow if host == 0 else {})} for host in hosts],
    }


if __name__ == "__main__":
    main()
