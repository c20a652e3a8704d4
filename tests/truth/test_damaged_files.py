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
from sim.calibration.points import read_points
from sim.efficiency.batch_law import BatchLaw
from sim.efficiency.table import read_table
from sim.truth.noise_scale import read_noise_scale
from sim.truth.read import read_tables
from sim.validation.baselines import line_rate, linear
from sim.validation.noise_scale import cases

CSV = b"devices,throughput,nodes,servers\n1,134.6,1,\n8,416,2,2\n16,1056,4,4\n"
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


@pytest.mark.parametrize(
    ("sound", "read"),
    [
        (json.dumps([record()]).encode(), looked_at),
        (CSV, lambda path: read_points(path, 1)),
        (NOISE, lambda path: [*cases(read_noise_scale(path), None)]),
        (SAMPLES, lambda path: BatchLaw(read_table(path)).expected(300.0).range),
    ],
    ids=["tables", "points", "noise scales", "samples"],
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
