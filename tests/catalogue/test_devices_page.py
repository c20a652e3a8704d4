"""docs/devices.md has the figures of the catalogue, and its example is a file that is read."""

import re

import pytest
from experiments import experiment
from readme import ROOT

from sim.catalogue.catalogue import built_in
from sim.catalogue.machine import machine, short_names
from sim.catalogue.sheet import Sheet
from sim.cluster.blueprint import Blueprint
from sim.precision import Precision

TEXT = (ROOT / "docs" / "devices.md").read_text()


def test_the_page_has_every_device():
    rows = []
    for name in built_in().names("device"):
        sheet = Sheet(name, built_in())
        peaks = [sheet.peaks.get(precision) for precision in Precision]
        rates = ["" if row is None else f"{row.amount / 1e12:g}" for row in peaks]
        memory, busy = sheet.amount("memory"), sheet.amount("busy_power")
        rows.append([f"`{name}`", *rates, f"{memory / 1e9:g}" if memory else "", f"{busy:g}" if busy else ""])
    assert [cells[:7] for cells in table("| `device=`")] == rows


def test_the_page_has_every_throughput():
    rows = [
        [f"`{row.workload}`", row.precision, f"`{row.name}`", row.value, str(row.batch), row.as_of]
        for row in sorted(built_in().throughputs(), key=lambda row: (row.workload, row.precision))
    ]
    assert table("| `workload=`") == rows


def test_the_page_has_every_machine():
    short = {full: family for family, full in short_names(built_in()).items()}
    rows = []
    for name in built_in().names("machine"):
        one = machine(name, built_in())
        also = f", `{short[name]}`" if name in short else ""
        inside = f"{one.link}, {one.link_rate:g} Gb/s" if one.link else ""
        cards = f"{one.nics} x {'unknown' if one.nic_rate is None else f'{one.nic_rate:g} Gb/s'}, {one.transport}"
        price = "" if one.price is None else f"{one.price:g}"
        rows.append([f"`{name}`{also}", f"{one.devices} x `{one.device}`", inside, cards, price])
    assert table("| machine") == rows


def table(head):
    """The rows of the table that begins with some words, without its head."""
    block = TEXT[TEXT.index(f"\n{head}") + 1 :].partition("\n\n")[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in block]


def test_the_example_is_read(tmp_path):
    (text,) = re.findall(r"```csv\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "own.csv").write_text(text)
    device = f"named name=edge_gpu catalogue={tmp_path}/own.csv"
    blueprint = Blueprint(experiment("local", workers=1, device=device, workload="resnet50", batch=64))
    assert 64 / blueprint.seconds == pytest.approx(812.0)
