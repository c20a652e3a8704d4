"""What a plan stands on: public tables of such machines, own measurements, and how they are graded."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from families_of_words import family_of

from sim.calibration.points import read_measured
from sim.planning.family import Family
from sim.planning.formula import formula
from sim.planning.knowledge import Knowledge
from sim.planning.own import own
from sim.planning.pace import paces

pytestmark = pytest.mark.slow

FAMILY = ("machines=p3", "workload=resnet50", "batch=64", "workload.precision=fp32")


def knowing(path: Path, text: str, family: Family) -> Knowledge:
    path.write_text(text)
    return Knowledge([own([family], lambda job: [read_measured(path, job)])])


def rates(family: Family, known: Knowledge, counts: tuple[int, ...]) -> list[tuple[float, float, float]]:
    return [tuple(pace.range_of(pace.rate)) for pace in paces(formula(family, counts, known, 500))]


def test_public_tables_of_such_machines_are_found() -> None:
    known = Knowledge()
    job = known.job(family_of(*FAMILY))
    assert job.seen == ("p3-25g-resnet50-fp32-synth",)
    assert job.network == "class prior"
    # the same job: its anchor is what was measured there
    assert math.isclose(job.table.seconds, 8 * 64 / 2697.29, rel_tol=1e-3)
    other = known.job(family_of("machines=p3", "workload=resnet50", "batch=256", "workload.precision=amp"))
    assert other.seen == job.seen
    assert math.isclose(other.table.seconds, 256 / 1200.0, rel_tol=1e-3)


def test_the_public_table_is_predicted() -> None:
    measured = {2: 2632.95, 4: 4772.04, 8: 9745.38}
    for (low, middle, high), value in zip(
        rates(family_of(*FAMILY), Knowledge(), (2, 4, 8)), measured.values(), strict=True
    ):
        assert low < value < high
        assert abs(middle / value - 1.0) < 0.1


@pytest.mark.parametrize(("name", "tables"), [("dgx1", 4), ("dgx_a100", 4), ("dgx2h", 2), ("g4dn", 5), ("p5", 0)])
def test_machines_find_their_tables(name: str, tables: int) -> None:
    job = Knowledge().job(family_of(f"machines={name}", "workload=resnet50", "batch=8", "workload.precision=amp"))
    assert len(job.seen) == tables


def test_own_measurements_are_reproduced_and_make_intervals_narrower(tmp_path: Path) -> None:
    family = family_of(*FAMILY)
    text = "devices,nodes,throughput\n8,1,2650\n16,2,4100\n32,4,7900\n"
    known = knowing(tmp_path / "mine.csv", text, family)
    own, others = rates(family, known, (1, 2, 4, 8)), rates(family, Knowledge(), (1, 2, 4, 8))
    for (_, middle, _), value in zip(own, (2650, 4100, 7900), strict=False):
        assert abs(middle / value - 1.0) < 0.05
    width = [np.log(each[-1][2] / each[-1][0]) for each in (own, others)]
    assert width[0] < 0.7 * width[1]
    assert [known.grade(family, count) for count in (1, 2, 8)] == [
        "measured here",
        "measured here",
        "calibrated on this cluster",
    ]
    assert known.job(family).computing.evidence == "measured here"


def test_another_precision_of_measured_machines_is_calibrated(tmp_path: Path) -> None:
    first, other = (
        family_of(*FAMILY),
        family_of("machines=p3", "workload=resnet50", "batch=256", "workload.precision=amp"),
    )
    known = knowing(tmp_path / "mine.csv", "devices,nodes,throughput\n8,1,2650\n16,2,4100\n", first)
    usual = known.job(first).table.seconds
    scaled = known.job(other)
    assert scaled.computing.evidence == "calibrated on this cluster"
    # as the catalogue has it: 1200 images/s in amp, and 367 in fp32
    by_figures = (256 / 1200.0) / first.experiment.gradient_seconds
    assert math.isclose(scaled.table.seconds / usual, by_figures, rel_tol=1e-6)


def test_collectives_alone_are_evidence_on_cards(tmp_path: Path) -> None:
    family = family_of(*FAMILY)
    lines = [f"all_reduce,{nbytes:.0f},16,2,{2 * 15 / 16 * nbytes / 2e9 + 1e-4}" for nbytes in (1e7, 1e8, 4e8)]
    known = knowing(tmp_path / "nccl.csv", "\n".join(["operation,bytes,ranks,nodes,seconds", *lines]), family)
    law = formula(family, (2,), known, 500)
    # 16 Gb/s, which is three times what such cards are believed to carry
    assert abs(float(np.median(law.card)) / 2e9 - 1.0) < 0.15
    assert known.job(family).network == "calibrated on this cluster"
    assert law.one_path.all()
