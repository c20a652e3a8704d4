"""What a plan of hundreds of candidates costs: wall-clock seconds of the command.

    python benchmarks/plan.py                      # a minute

Candidates are seven numbers of eight types of machines, with four batches and two precisions, 500 possibilities of
each; the time of the command has everything: composing runs, calibrations, holding the front against the engine, files.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

QUESTION = (
    "workload=resnet50 goal.accuracy=0.759 goal.minutes=30 machines=p4d,p3,p3dn,dgx1,dgx_a100,p5,dgx_h100,g4dn "
    "batch=32,64,128,256 workload.precision=fp32,amp count=1,2,4,8,16,32,64"
)


def main() -> None:
    """Ask, three times."""
    times = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as folder:
            began = time.perf_counter()
            command = [sys.executable, "-m", "sim", "plan", *QUESTION.split(), f"plan.folder={folder}"]
            subprocess.run(command, check=True, capture_output=True)
            times.append(time.perf_counter() - began)
            plan = json.loads((Path(folder) / "plan.json").read_text())
    candidates = plan["candidates"]
    judged = [each for each in candidates if each["by"] is not None]
    print(f"{len(candidates)} candidates of up to {max(each['devices'] for each in candidates)} devices,")
    print(f"{len(judged)} of them judged on {plan['provenance']['draws']} possibilities each:")
    print(f"{sorted(times)[1]:.0f} s, the median of {len(times)}")
    held = [each for each in candidates if each["formula_seconds"]]
    off = max(abs(each["formula_seconds"] / each["engine_seconds"] - 1.0) for each in held)
    print(f"{len(held)} held against the engine, at most {100 * off:.2g} % apart")


if __name__ == "__main__":
    main()
