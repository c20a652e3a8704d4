"""The table of docs/protocols.md tells the truth."""

from dataclasses import fields
from pathlib import Path

import pytest
from experiments import OPTIONS, option, simulated

TABLE = [
    [cell.strip() for cell in line.strip("|\n").split("|")]
    for line in (Path(__file__).parents[2] / "docs" / "protocols.md").read_text().splitlines()
    if line.startswith("| `")
]
P, M = 6, 1000.0
#: Where the defaults would hide what a formula depends on.
CHOICES = {
    "softsync": "n=2",
    "async_ps": "n_push=2 n_fetch=4",
    "ssp": "slack=1000",
    "backup_sync": "backups=2",
    "k_sync": "k=2",
    "k_batch_sync": "k=4",
    "k_async": "k=1",
    "k_batch_async": "k=3",
    "rennala": "k=40",
    "ringmaster": "threshold=1000",
    "easgd": "period=5",
    "async_easgd": "period=5",
    "easgd_tree": "period=2 fan_out=2 upper_period=5",
    "gossip_pull": "probability=0.5 period=2",
    "gossip_push": "probability=0.5 period=2",
    "local_sgd": "period=4",
    "diloco": "period=10",
}


def test_it_has_every_protocol_once():
    assert sorted(row[0].strip("`") for row in TABLE) == sorted(OPTIONS["protocol"])


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_it_has_the_fields_of_every_protocol(row):
    named = [name.strip("` ") for name in row[-1].split(",") if name]
    assert sorted(named) == sorted(field.name for field in fields(OPTIONS["protocol"][row[0].strip("`")]))


@pytest.mark.slow
@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_a_run_sends_the_bytes_that_it_says(row):
    name, formula = row[0].strip("`"), row[3].split("`")[1]
    protocol = option("protocol", f"{name} {CHOICES.get(name, '')}")
    summary = simulated(
        protocol,
        workers=P,
        topology="ring",
        problem="none",
        workload=f"synthetic seconds=1 bytes={M}",
        straggler="exponential",
        network="ideal",  # nothing is late, or still on its way at the end
        until="updates=1000",
    ).summary
    # A ring has two neighbours; 3 + 2 are the nodes of a binary tree below its root.
    values = {**vars(protocol), "P": P, "M": M, "d": 2, "N": 3 + 2}
    said = eval(formula, {}, values)
    # 1000 updates: the first pull and the last exchange are within 1 %; a chance of 1/2 per 3000 times is within 6 %.
    assert summary.bytes_sent / summary.updates == pytest.approx(said, rel=0.06 if "probability" in values else 0.015)
