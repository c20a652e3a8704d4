"""Every option of every group does its part in a run; options are found by themselves."""

from dataclasses import fields

import pytest

from sim.config.options import groups
from sim.experiment import Experiment
from sim.protocols.allreduce import AllReduce
from sim.protocols.dpsgd import DPSGD
from sim.protocols.hardsync import HardSync
from sim.simulate import simulate
from sim.until import Until

#: Where another protocol than hardsync is needed to use what the group offers.
PROTOCOLS = {"topology": DPSGD(), "collective": AllReduce()}


def reads_a_file(option):
    return any(field.name in ("folder", "file", "path") for field in fields(option))


OPTIONS = [
    pytest.param(group, option, id=f"{group}={name}")
    for group, options in groups().items()
    for name, option in options.items()
    if not reads_a_file(option)
]


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_an_option_can_be_simulated_with_its_defaults(group, option):
    experiment = Experiment(
        **{"workers": 4, "batch": 4, "until": Until(updates=3), "protocol": PROTOCOLS.get(group, HardSync())}
        | {group: option()}
    )
    summary = simulate(experiment).summary
    assert (summary.status, summary.updates) == ("completed", 3)
