"""Energy on several machines, from the power of one."""

from __future__ import annotations

import json
import re

import pytest
from readme import ROOT

from sim.command.validate import main
from sim.truth.power import Metered, read_power
from sim.validation.energy import judge


def metered(nodes: int, seconds: float, watts: float, benchmark: str = "resnet", kind: str = "a machine") -> Metered:
    base = f"somebody/{nodes}x{kind}/{benchmark}"
    return Metered("9.0", base, kind, benchmark, nodes, 5, seconds, watts * nodes * seconds / 3.6e6)


def test_machines_are_counted_by_the_name_of_the_system_or_by_logs() -> None:
    found = {(one.round, one.base): one for one in read_power(None)}
    assert found["4.1", "Dell/results/8xXE9680x8H100-SXM-80GB-POWER/llama2_70b_lora"].nodes == 8
    assert found["5.0", "Lenovo/results/SR780aV3-8xB200_SXM_180GB/bert"].nodes == 1
    assert found["4.0", "smc-ac-power/results/9xSMC-H100-SXM-80GB/unet3d"].nodes == 9


def test_with_the_duration_given_power_is_that_of_waiting_and_that_of_computing() -> None:
    # 8 machines keep 0.5 of their throughput: 0.4 + 0.6 * 0.5 = 0.7 of the power of one
    one, many = metered(1, 800.0, 7000.0, "other"), metered(8, 200.0, 4900.0, "other")
    (row,) = judge([one, many], [], [])
    assert row.predicted == pytest.approx(many.kwh)
    assert row.facts["duration"] == "given"
    assert row.baselines["proportional"] == pytest.approx(7000.0 * 8 * 200.0 / 3.6e6)


def test_a_benchmark_teaches_others_and_not_itself() -> None:
    some = [metered(1, 800.0, 7000.0, "a"), metered(8, 200.0, 4000.0, "a")]
    more = [metered(1, 800.0, 7000.0, "b"), metered(8, 200.0, 6500.0, "b")]
    (blind,) = judge(some, some, [])
    (taught,) = judge(some, [*some, *more], [])
    assert taught.predicted > blind.predicted
    (same,) = judge(some, [], [])
    assert blind == same


@pytest.mark.slow
def test_published_energy_is_predicted_within_the_bars(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["energy", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    for row in found["rows"]:
        if row["duration"] == "given":
            assert row["predicted"] == pytest.approx(row["measured"], rel=0.05)
    assert found["summary"]["classes"]["predicted"]["mape"]["predicted"] <= 20.0
    page = (ROOT / "docs" / "validation.md").read_text()
    for kind, summary in found["summary"]["classes"].items():
        shown = rf"duration {kind}, (\d+) systems \| ([\d.]+) \(largest [\d.]+\) \| ([\d.]+) \|"
        assert [*map(float, *re.findall(shown, page))] == pytest.approx(
            [summary["rows"], *summary["mape"].values()], abs=0.1
        )
    assert found["summary"]["left_out"][0]["id"].startswith("4.1/Dell")


def test_what_has_no_use_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["energy", "--given-up-to", "8"]) == 2
    assert "--given-up-to: a system of one machine is what others are predicted from" in capsys.readouterr().err
