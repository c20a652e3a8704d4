"""Which figures the catalogue knows, in which units, and what tells two of the same kind apart."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

#: What kinds of figures there are. A vendor's is a `peak`, be it a rate that nobody reaches, a capacity or a list
#: price; what somebody has measured is `measured`; what was derived from that is `fitted`.
KINDS = ("peak", "measured", "fitted")

#: A month: nobody publishes figures more often.
AS_OF = re.compile(r"\d{4}-(0[1-9]|1[0-2])")

#: What can be typed as the value of a key.
NAME = re.compile(r"[A-Za-z0-9][\w.\-]*")


class Figure(NamedTuple):
    """A figure that a device or a machine may have.

    Attributes
    ----------
    what
        The figure in words.
    units
        Factor from each unit that it may be written in to the first one; of a word: none but ``name``.
    of
        Columns that say what it is of, beside the device: two figures that agree in all of them are the same one.
    batch
        Whether it was measured with mini-batches of some size.
    whole
        Whether it is a number of things.
    at_most
        Number that it is at most, in the first unit; None: no bound.
    """

    what: str
    units: Mapping[str, float]
    of: tuple[str, ...] = ()
    batch: bool = False
    whole: bool = False
    at_most: float | None = None

    @property
    def word(self) -> bool:
        """Whether it is a name, and no number."""
        return "name" in self.units


_BYTES = {"B": 1.0, "GB": 1e9, "TB": 1e12, "GiB": 2.0**30, "TiB": 2.0**40}
_WATTS = {"W": 1.0, "kW": 1e3}
_RATES = {"Gb/s": 1.0, "GB/s": 8.0}
_COUNT = {"count": 1.0}
_WORD = {"name": 1.0}

#: Figures of devices.
OF_DEVICES = {
    "peak": Figure(
        "arithmetic rate", {"FLOP/s": 1.0, "GFLOP/s": 1e9, "TFLOP/s": 1e12, "PFLOP/s": 1e15}, ("precision",)
    ),
    "efficiency": Figure("share of the peak that a gradient reaches", {"share": 1.0}, ("precision",), at_most=1.0),
    "throughput": Figure(
        "samples trained on",
        dict.fromkeys(("samples/s", "images/s", "sequences/s"), 1.0),
        ("workload", "precision"),
        batch=True,
    ),
    "memory": Figure("memory", _BYTES),
    "idle_power": Figure("power, idle", _WATTS),
    "busy_power": Figure("power, busy", _WATTS),
}

#: Figures of machines.
OF_MACHINES = {
    "device": Figure("device", _WORD),
    "devices": Figure("devices", _COUNT, whole=True),
    "device_memory": Figure("memory of a device, where it has more than the usual one", _BYTES),
    "link": Figure("link between the devices", _WORD),
    "link_rate": Figure("that link, of a device in each direction", _RATES),
    "nics": Figure("network cards", _COUNT, whole=True),
    "nic_rate": Figure("a network card, in each direction", _RATES),
    "transport": Figure("what the cards speak", _WORD),
    "memory": Figure("memory", _BYTES),
    "idle_power": Figure("power, idle", _WATTS),
    "busy_power": Figure("power, busy", _WATTS),
    "price": Figure("price", {"USD/h": 1.0}),
}

#: Column that names whose a figure is -> its figures.
FIGURES: dict[str, dict[str, Figure]] = {"device": OF_DEVICES, "machine": OF_MACHINES}
