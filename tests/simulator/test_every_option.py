"""Every option of every group does its part in a run; options are found by themselves."""

from dataclasses import fields

import pytest
from experiments import simulated

from sim.config.options import groups
from sim.devices.named import Named

#: Where another protocol than hardsync is needed to use what the group offers.
PROTOCOLS = {"topology": "dpsgd", "collective": "allreduce"}


def waits_for_a_name(option):
    return any(field.name in ("folder", "file", "path") for field in fields(option)) or option is Named


CHOICES = [
    (group, name)
    for group, options in groups().items()
    for name, option in options.items()
    if not waits_for_a_name(option)
]


@pytest.mark.parametrize(("group", "name"), CHOICES)
def test_an_option_can_be_simulated_with_its_defaults(group, name):
    common = {"workers": 4, "batch": 4, "until": "updates=3", "protocol": PROTOCOLS.get(group, "hardsync")}
    summary = simulated(**common | {group: name}).summary
    assert (summary.status, summary.updates) == ("completed", 3)
