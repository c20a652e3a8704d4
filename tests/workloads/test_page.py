"""docs/workloads.md has the totals that the tables add up to, of every preset."""

import re

from experiments import names, option
from readme import ROOT

from sim.results.units import data_size, number
from sim.workloads.tabulated import Tabulated

ROW = re.compile(r"^\| `(\w+)` \| ([\d ]+) \| (\d+) \| `([\w.]+)`, ([\d.]+ MB) \| ([\d.]+) \|", re.MULTILINE)


def test_the_page_has_the_totals_of_every_model():
    text = (ROOT / "docs" / "workloads.md").read_text()
    shown = {row[0]: row[1:] for row in ROW.findall(text)}
    computed = {}
    for name in names("workload", Tabulated):
        if name != "file":
            table = option("workload", name).table
            parameters, size = number(table.parameters), data_size(4 * table.largest.size)
            columns = (parameters, str(len(table.rows)), table.largest.name, size, f"{table.flops / 2e9:.3f}")
            computed[name] = tuple(column.replace("\N{NO-BREAK SPACE}", " ") for column in columns)
    assert shown == computed
