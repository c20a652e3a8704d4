"""Unknowns are learned back from tables that were made with them, and told as wide as they are open."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up_tables import record

from sim.calibration.cases import cases_of
from sim.calibration.evidence import Evidence
from sim.calibration.fit import Calibration
from sim.calibration.layout import GBPS
from sim.calibration.step import Unknowns, step
from sim.truth.scaling import read_tables
from sim.truth.table import Table, Transport


def made(folder: Path, cap: float, **changes: object) -> Table:
    """A table over TCP at 100 Gb/s of a cluster whose cards move so many Gb/s, with nothing else in the way."""
    path = folder / "tables.json"
    path.write_text(json.dumps([record(inter_node_gbps=100, **changes)]))
    (table,) = read_tables(path).tables
    points = table.beyond()
    rows = len(points)
    plain = {"efficiency": 0.92, "cap": cap * GBPS, "faster": 1.0, "interference": 0.2, "scatter": 0.01}
    plain |= {"doubling": 0.0, "pair": 0.0, "growth": 0.0}
    truth = Unknowns(**{k: np.full(rows, v) for k, v in {**plain, "latency": 3e-5}.items()})
    said = step(cases_of([(table, points)]), truth).throughput.tolist()
    alone = tuple(point for point in table.points if point.nodes == 1)
    exact = (point._replace(throughput=value) for point, value in zip(points, said, strict=True))
    return replace(table, points=(*alone, *exact))


def learned(*tables: Table) -> Calibration:
    return Calibration(Evidence(Transport.tcp, tuple((table, table.beyond()) for table in tables)))


def test_a_bandwidth_that_decides_is_learned(tmp_path: Path) -> None:
    tables = [made(tmp_path, cap=3.0, gradient_bytes=nbytes) for nbytes in (0.1e9, 0.2e9, 0.5e9, 1e9, 2e9, 4e9)]
    found = learned(*tables)
    for table in tables:
        measured = [point.throughput for point in table.beyond()]
        np.testing.assert_allclose(found.predict(table, table.beyond()), measured, rtol=0.05)
    cap = found.layout.shared(found.samples, "cap")
    faster = np.exp(found.samples[:, len(found.layout.names)])  # the first deviation of the only cluster
    assert np.median(cap * faster) == pytest.approx(3.0, rel=0.1)


def test_a_bandwidth_of_which_only_a_bound_is_known_stays_open_above_it(tmp_path: Path) -> None:
    # At 1 000 Gb/s everything but the last bucket is hidden. The line rate, 100 Gb/s, is all that tables can show then:
    # the cap is known to be well above what its prior says at the lower end, and as open as before at the upper.
    nothing = learned()
    quick = made(tmp_path, cap=1000.0, gradient_bytes=2e9)
    found = learned(quick, replace(quick, cluster="another"), replace(quick, cluster="a third"))
    before, after = (each.layout.shared(each.samples, "cap") for each in (nothing, found))
    assert np.quantile(after, 0.1) > 1.3 * np.quantile(before, 0.1)
    assert np.quantile(after, 0.95) > np.quantile(before, 0.9)


def test_machines_of_which_nothing_is_known_have_wider_intervals(tmp_path: Path) -> None:
    tables = [made(tmp_path, cap=5.0, gradient_bytes=nbytes) for nbytes in (0.5e9, 1e9, 2e9, 4e9)]
    found = learned(*tables)
    low, high = np.quantile(
        [found.possible(each, each.beyond()) for each in (tables[0], replace(tables[0], device="another"))],
        (0.1, 0.9),
        axis=1,
    )
    known, unknown = high - low
    assert np.all(unknown > 1.5 * known)


def test_the_errors_of_given_points_are_carried_to_those_beyond(tmp_path: Path) -> None:
    # What is measured of a table at two and four machines is a third less than any other of its kind says.
    table = made(tmp_path, cap=5.0)
    slow = replace(
        table,
        model="ResNet-101",
        points=tuple(
            point._replace(throughput=point.throughput * (0.67 if point.nodes > 1 else 1.0)) for point in table.points
        ),
    )
    without = learned(table).predict(slow, slow.beyond(4))
    evidence = Evidence(Transport.tcp, ((table, table.beyond()), (slow, slow.up_to(4))))
    given = Calibration(evidence).predict(slow, slow.beyond(4))
    measured = slow.beyond(4)[0].throughput
    assert abs(np.log(given[0] / measured)) < 0.3 * abs(np.log(without[0] / measured))


def test_nothing_measured_leaves_what_was_believed() -> None:
    found = learned()
    np.testing.assert_allclose(np.median(found.samples, axis=0), found.layout.mean, atol=0.1)
    np.testing.assert_allclose(found.samples.std(axis=0), found.layout.spread, rtol=0.15)
