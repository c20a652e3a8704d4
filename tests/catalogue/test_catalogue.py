"""What every row of the package's catalogue must be, and what the tables must be together."""

import tomllib
from fnmatch import fnmatch
from pathlib import Path
from statistics import median

import pytest
from experiments import names, option

from sim.catalogue.catalogue import TABLES, built_in
from sim.catalogue.figures import AS_OF, FIGURES, KINDS
from sim.catalogue.machine import TRANSPORTS, machine, short_names
from sim.catalogue.sheet import ASSUMED, ASSUMED_OF_TENSOR_CORES, Sheet
from sim.precision import Precision

ROOT = Path(__file__).resolve().parents[2]
ROWS = list(built_in().rows.values())
DEVICES = ["cpu_core", "k80", "p100", "v100", "t4", "a100", "h100", "h200", "b200", "l40s"]
MACHINES = [
    *("p2.xlarge", "p2.8xlarge", "p3.2xlarge", "p3.16xlarge", "p3dn.24xlarge", "g4dn.12xlarge"),
    *("p4d.24xlarge", "p5.48xlarge", "dgx1", "dgx2h", "dgx_a100", "dgx_h100"),
]
#: A convolution of 3 x 3 needs fewer products than are counted: 36 instead of 144 by F(4 x 4, 3 x 3) (Lavin and Gray
#: 2016), the most that is in use. Nothing computes faster than at so many times its peak.
WINOGRAD = 4.0


def sheet(device):
    return Sheet(device, built_in())


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.file}:{row.line}")
def test_a_row_has_value_unit_source_date_and_kind(row):
    assert row.unit in FIGURES[row.group][row.figure].units
    assert row.kind in KINDS
    assert AS_OF.fullmatch(row.as_of)
    assert row.source
    # What somebody has measured is a throughput; a share of the peak follows from some; all else a vendor says.
    assert row.kind == {"throughput": "measured", "efficiency": "fitted"}.get(row.figure, "peak")


def test_there_are_the_devices_and_machines_that_there_are_to_be():
    assert built_in().names("device") == DEVICES
    assert built_in().names("machine") == MACHINES
    assert sorted([*DEVICES, "named"]) == names("device")


def test_the_largest_of_a_family_has_its_short_name():
    assert short_names(built_in()) == {
        "p2": "p2.8xlarge",
        "p3": "p3.16xlarge",
        "p3dn": "p3dn.24xlarge",
        "g4dn": "g4dn.12xlarge",
        "p4d": "p4d.24xlarge",
        "p5": "p5.48xlarge",
    }
    assert machine("p3", built_in()) == machine("p3.16xlarge", built_in())


@pytest.mark.parametrize("name", MACHINES)
def test_a_machine_is_made_of_what_there_is(name):
    one = machine(name, built_in())
    assert one.device in DEVICES
    assert one.devices >= 1
    assert one.transport in TRANSPORTS
    assert one.price is None or one.price > 0
    assert (one.link is None) == (one.link_rate is None) == (one.devices == 1)
    # A link inside a machine is faster than what of its cards falls to a device: else nobody would build it so.
    if one.nic_rate is not None and one.link_rate is not None:
        assert one.link_rate > one.nic_rate * one.nics / one.devices


def test_switches_that_add_up_are_those_of_the_h100():
    adding = [name for name in MACHINES if machine(name, built_in()).in_network_reduction]
    assert adding == ["p5.48xlarge", "dgx_h100"]  # NVSwitch of the third generation
    assert "network.in_network_reduction=true" in machine("dgx_h100", built_in()).overrides()
    assert not any("reduction" in word for word in machine("dgx_a100", built_in()).overrides())


def test_a_larger_machine_of_a_family_has_more_of_everything():
    for small, large in (("p2.xlarge", "p2.8xlarge"), ("p3.2xlarge", "p3.16xlarge")):
        one, other = machine(small, built_in()), machine(large, built_in())
        # Amazon's prices are those of the devices.
        assert other.price / other.devices == pytest.approx(one.price / one.devices)
        assert other.memory == 8 * one.memory


@pytest.mark.parametrize("device", DEVICES)
def test_a_device_is_no_slower_in_fewer_bits(device):
    peaks = {precision: row.amount for precision, row in sheet(device).peaks.items()}
    assert Precision.fp32 in peaks
    order = [peaks[each] for each in (Precision.fp32, Precision.tf32, Precision.amp) if each in peaks]
    assert order == sorted(order)
    assert peaks.get(Precision.bf16, peaks.get(Precision.amp)) == peaks.get(Precision.amp)


def test_later_generations_are_faster():
    generations = [sheet(device) for device in ("k80", "p100", "v100", "a100", "h100", "b200")]
    peaks = [max(row.amount for row in each.peaks.values()) for each in generations]
    assert peaks == sorted(peaks)
    assert all(each.amount("memory") for each in generations)


@pytest.mark.parametrize("row", built_in().throughputs(), ids=lambda row: f"{row.name} {row.workload} {row.precision}")
def test_what_has_been_measured_is_possible(row):
    workload = option("workload", row.workload)
    reached = row.amount * workload.sample_flops
    peak = sheet(row.name).peaks[Precision(row.precision)].amount
    assert reached <= peak * (WINOGRAD if row.precision == "fp32" else 1.0)
    assert reached >= 0.04 * peak  # and nobody publishes much worse
    # A fitted share is among those that have been measured.
    fitted = sheet(row.name).find("efficiency", precision=row.precision)
    if fitted is not None:
        assert fitted.amount <= 1.25 * max(_shares(row.name, row.precision))
        assert fitted.amount >= 0.75 * min(_shares(row.name, row.precision))


def _shares(device, precision):
    peak = sheet(device).peaks[Precision(precision)].amount
    rows = [row for row in built_in().throughputs() if (row.name, row.precision) == (device, precision)]
    return [row.amount * option("workload", row.workload).sample_flops / peak for row in rows]


def test_assumed_shares_are_medians_of_those_that_have_been_measured():
    found = {(row.name, row.precision) for row in built_in().throughputs()}
    on_tensor_cores = [share for each in found if each[1] != "fp32" for share in _shares(*each)]
    without = [share for each in found if each[0] in ("p100", "v100") and each[1] == "fp32" for share in _shares(*each)]
    assert pytest.approx(median(on_tensor_cores), abs=0.05) == ASSUMED_OF_TENSOR_CORES
    assert pytest.approx(median(without), abs=0.1) == ASSUMED


def test_single_precision_programs_compute_in_tf32_where_there_are_cores_for_it():
    assert [device for device in DEVICES if sheet(device).usual is Precision.tf32] == [
        *("a100", "h100", "h200", "b200", "l40s"),
    ]


def test_every_table_is_installed():
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["sim"]
    tables = sorted(path.name for path in (ROOT / "sim" / "catalogue").glob("*.csv"))
    assert tables == sorted(TABLES)
    assert all(any(fnmatch(f"catalogue/{name}", pattern) for pattern in patterns) for name in tables)
