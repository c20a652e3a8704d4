"""Files that have been damaged are read, or refused in one line with their name: never anything else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import numpy as np
import pytest
from made_up_tables import record

from sim.calibration.cases import cases_of
from sim.calibration.points import Job, read_measured
from sim.efficiency.batch_law import BatchLaw
from sim.efficiency.table import read_table
from sim.truth.allreduce import read_allreduce
from sim.truth.low_communication import read_low_communication
from sim.truth.nccl_tests import read_nccl_tests
from sim.truth.noise_scale import read_noise_scale
from sim.truth.scaling import read_tables
from sim.truth.stragglers import read_stragglers
from sim.validation.baselines import line_rate, linear
from sim.validation.low_communication import judge as judge_rounds
from sim.validation.noise_scale import cases

CSV = b"devices,throughput,nodes,servers\n1,134.6,1,\n8,416,2,2\n16,1056,4,4\n"
TIMES = b"devices,step_seconds,nodes\n1,0.21,1\n1,0.22,1\n8,0.51,2\n8,0.55,2\n16,0.6,4\n"
COLLECTIVES = b"operation,bytes,ranks,nodes,seconds\nall_reduce,1e9,16,4,5.0\nall_gather,2e9,16,4,4.9\n"
STEPS = b"step,rank,seconds\n1,0,0.5\n1,1,0.7\n2,0,0.6\n2,1,0.4\n3,0,0.5\n3,1,0.9\n"
RUN = {
    "run": "diloco-30m-h8", "algorithm": "diloco", "H": 8, "measured_bps": 9.9e8, "steps": 150, "warmup": 10,
    "workers": 4, "compute_s": 3.6, "cu_measured": 0.12,
}  # fmt: skip
SWEEPS = {"rows": [{"id": "a", "nodes": 2, "ranks": 4, "sweeps": {"all_reduce": [{"bytes": 8.0, "seconds": 1e-5}]}}]}
LOG = b"""# Collective test starting: all_reduce_perf
# size count type redop root time algbw busbw #wrong time algbw busbw #wrong
  1048576 262144 float sum -1 61.22 17.13 29.97 0 60.11 17.44 30.53 0
  2097152 524288 float sum -1 91.22 22.13 39.97 0 90.11 23.44 40.53 0
"""
WRITTEN = {
    "args": ["all_reduce_perf"],
    "config": {"devices": [{"rank": 0, "hostname": "a", "device_info": "H100"}]},
    "results": [{"size": 8, "out_of_place": {"time": 9.5, "alg_bw": 1.5, "bus_bw": 1.5, "nwrong": 0.0}}],
}

NOISE = json.dumps(
    {
        "model": {
            batch: {
                "columns": ["progress", "iteration", "metric", "grad_sqr", "grad_var"],
                "rows": [[5, 5, 0.1, 2.5, 3.5], [9, 8, 0.5, 1.5, 3], [14, 12, 0.9, 0.5, 2]],
            }
            for batch in ("32", "128")
        }
    }
).encode()
SAMPLES = b"batch,samples,results\n256,5e7,3\n1024,5.1e7,2\n4096,5.4e7,\n"
MUTATIONS = 400
INSERTED = (b"", b"-1", b"1e300", b"null", b"[", b"\xff", b'"', b",", b"0", b"1e-300", b"NaN")


def mutations(sound: bytes) -> Iterator[bytes]:
    """The file with something in place of a stretch of it."""
    random = Random(0)
    for _ in range(MUTATIONS):
        begin = random.randrange(len(sound))
        yield sound[:begin] + random.choice(INSERTED) + sound[begin + random.choice((0, 1, 1, 3, 10, 100)) :]


def looked_at(path: Path) -> None:
    """Read tables, and all that is derived from them."""
    for table in read_tables(path).tables:
        cases = cases_of([(table, table.beyond())])
        assert np.isfinite(cases.through_card).all()
        assert all(linear(table, point) > 0.0 and line_rate(table, point) != 0.0 for point in table.beyond())


def refusal(read: Callable[[Path], object], path: Path) -> str:
    """What is said of a file that is refused; nothing of another."""
    try:
        read(path)
    except ValueError as refused:
        return str(refused)
    return ""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sound", "read"),
    [
        (json.dumps([record()]).encode(), looked_at),
        *((csv, lambda path: read_measured(path, Job(28, 1))) for csv in (CSV, TIMES, COLLECTIVES)),
        (json.dumps({"rows": [RUN]}).encode(), lambda path: list(judge_rounds(read_low_communication(path).runs))),
        (STEPS, lambda path: read_stragglers(path)),
        (json.dumps(SWEEPS).encode(), read_allreduce),
        (LOG, lambda path: read_nccl_tests(path, 8, 1)),
        (json.dumps(WRITTEN).encode(), read_nccl_tests),
        (NOISE, lambda path: [*cases(read_noise_scale(path), None)]),
        (SAMPLES, lambda path: BatchLaw(read_table(path)).expected(300.0).range),
    ],
    ids=[
        "tables",
        "points",
        "times",
        "collectives",
        "rounds",
        "steps",
        "sweeps",
        "log",
        "written",
        "noise scales",
        "samples",
    ],
)
def test_a_damaged_file_is_read_or_refused_in_one_line(
    tmp_path: Path, sound: bytes, read: Callable[[Path], object]
) -> None:
    path = tmp_path / "file"
    path.write_bytes(sound)
    read(path)
    for data in mutations(sound):
        path.write_bytes(data)
        said = refusal(read, path)
        assert not said or said.startswith(f"{path}: "), data
        assert "\n" not in said, data
