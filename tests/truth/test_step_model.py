"""The step that unknowns are learned through: limits that have closed forms."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from made_up_tables import record

from sim.calibration.cases import cases_of, departures, hops, through_card
from sim.calibration.step import Unknowns, rate, step
from sim.calibration.tensors import EQUAL, tensors_of, workload_named
from sim.truth.scaling import digest, read_tables
from sim.truth.table import Table


def table_of(folder: Path, **changes: object) -> Table:
    path = folder / "tables.json"
    path.write_text(json.dumps([record(**changes)]))
    return read_tables(path).tables[0]


def unknowns(rows: int, **changes: float) -> Unknowns:
    """Nothing costs anything but bytes at line rate, unless it is said."""
    free = {"efficiency": 1.0, "cap": 1e30, "faster": 1e30, "interference": 0.0, "scatter": 0.0, "doubling": 0.0}
    given = {**free, "pair": 0.0, "growth": 0.0, "latency": 0.0, **changes}
    return Unknowns(**{name: np.full(rows, value) for name, value in given.items()})


def test_without_bytes_throughput_grows_in_proportion(tmp_path: Path) -> None:
    table = table_of(tmp_path, gradient_bytes=1e-9)
    cases = cases_of([(table, table.beyond())])
    np.testing.assert_allclose(step(cases, unknowns(3)).throughput, [1600.0, 3200.0, 6400.0], rtol=1e-9)


def test_with_nothing_but_bytes_the_wire_decides(tmp_path: Path) -> None:
    # 2 (n - 1) / n x 102.24e9 B through 25 Gb/s on n = 16, 32, 64 devices, of which overlap hides next to nothing: the
    # step is the wire's time and at most the 0.32 s of a mini-batch.
    table = table_of(tmp_path, gradient_bytes=102.24e9)
    cases = cases_of([(table, table.beyond())])
    wire = np.array([2 * 15 / 16, 2 * 31 / 32, 2 * 63 / 64]) * 102.24e9 * 8 / 25e9
    steps = cases.devices * 32 / step(cases, unknowns(3)).throughput
    assert np.all((wire < steps) & (steps < wire + 0.32))


def test_the_line_rate_is_never_passed_and_a_cap_holds_for_each_card(tmp_path: Path) -> None:
    table = table_of(tmp_path, nics_per_node=2, inter_node_gbps=100)
    cases = cases_of([(table, table.beyond())])
    assert rate(cases, unknowns(3)) == pytest.approx([12.5e9] * 3)
    assert rate(cases, unknowns(3, cap=1e8, faster=1.0)) == pytest.approx([2e8] * 3, rel=1e-3)


def test_the_slowest_of_n_machines_is_late_as_the_largest_of_n_normal_draws(tmp_path: Path) -> None:
    table = table_of(tmp_path, gradient_bytes=1e-9)
    cases = cases_of([(table, table.beyond())])
    late = np.array([1600.0, 3200.0, 6400.0]) / step(cases, unknowns(3, scatter=0.1)).throughput - 1.0
    # David and Nagaraja 2003: of 2 draws 1/sqrt(pi), of 4 and 8 as tabulated
    np.testing.assert_allclose(late, [0.056419, 0.102938, 0.142360], rtol=1e-4)


def test_the_server_of_the_largest_tensor_carries_it_for_all_other_machines(tmp_path: Path) -> None:
    ps = {"transport": "gRPC/TCP", "method": "sync parameter server", "largest_tensor_bytes": 60e6}
    table = table_of(tmp_path, **ps)
    two, four, eight = table.beyond()
    # two servers: half a gradient from each to the other is 51.1e6, less than the 60e6 of the largest tensor
    assert through_card(table, two) == 2 * 60e6
    assert [through_card(table, point) for point in (four, eight)] == [2 * 3 * 60e6, 2 * 7 * 60e6]


def test_what_a_server_answers_is_hidden_under_nothing(tmp_path: Path) -> None:
    # A gradient takes 1000 s, so that all pushes but that of the last tensor (the first of the model, 64 x 3 x 7 x 7 of
    # 25 557 032 parameters) are over before it is. The answers, as many bytes as all pushes, set out after that:
    # step - T = C / 2 x (last tensor's share) + C / 2, with C = 2 x 3 x 60e6 B at 25 Gb/s on four machines.
    ps = {"transport": "gRPC/TCP", "method": "sync parameter server", "largest_tensor_bytes": 60e6}
    table = table_of(tmp_path, batch_per_device=1e5, **ps)
    four = table.beyond()[1]
    cases = cases_of([(table, [four])])
    wire = 2 * 3 * 60e6 * 8 / 25e9
    exposed = 32 * 1e5 / step(cases, unknowns(1)).throughput - 1000.0
    assert exposed == pytest.approx(wire / 2 * (1 + 64 * 3 * 7 * 7 / 25_557_032), rel=1e-6)


def test_a_ring_has_two_hops_for_every_device_but_one(tmp_path: Path) -> None:
    table = table_of(tmp_path, method="ring all-reduce (NCCL2)")
    assert [hops(table, point) for point in table.beyond()] == [5 * 30, 5 * 62, 5 * 126]  # of five buckets


def test_the_corners_of_the_buckets_decide_as_all_of_them_do() -> None:
    for table in digest().tables:
        cases = cases_of([(table, table.beyond())])
        buckets = departures(table)
        sizes = np.array([bucket.nbytes for bucket in buckets])
        left, ready = sizes[::-1].cumsum()[::-1] / sizes.sum(), np.array([bucket.ready for bucket in buckets])
        for wire in np.logspace(-3, 3, 13):
            assert (cases.ready[0] + cases.left[0] * wire).max() == pytest.approx(
                (ready + left * wire).max(), abs=1e-12
            )


def test_a_model_has_the_tensors_of_the_workload_whose_name_it_begins_with(tmp_path: Path) -> None:
    assert workload_named("Transformer-XL large") == "transformer_xl"
    assert workload_named("ResNet-152") == "resnet152"
    for written, name in (
        ("GPT-2 small", "gpt2"),
        ("gpt2", "gpt2"),
        ("GPT-2 (124M)", "gpt2"),
        ("GPT2-XL", "gpt2_xl"),
        ("BERT-Large", "bert_large"),
        ("ResNet50 v1.5", "resnet50"),
        ("GPT-2 medium", None),
        ("ResNet-1521", None),
    ):
        assert workload_named(written) == name
    tensors = tensors_of(table_of(tmp_path))
    assert sum(tensor.nbytes for tensor in tensors) == pytest.approx(102.24e6)
    assert tensors_of(table_of(tmp_path, model="nobody's")) == [(102.24e6 / EQUAL, 1.0)] * EQUAL
