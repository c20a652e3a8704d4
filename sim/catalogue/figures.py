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
    words
        Names that it may be; empty: any.
    """

    units: Mapping[str, float]
    of: tuple[str, ...] = ()
    batch: bool = False
    whole: bool = False
    at_most: float | None = None
    words: tuple[str, ...] = ()

    @property
    def word(self) -> bool:
        """Whether it is a name, and no number."""
        return "name" in self.units


_BYTES = {"B": 1.0, "GB": 1e9, "TB": 1e12, "GiB": 2.0**30, "TiB": 2.0**40}
_WATTS = {"W": 1.0, "kW": 1e3}
_RATES = {"Gb/s": 1.0, "GB/s": 8.0}
_FLOPS = {"FLOP/s": 1.0, "GFLOP/s": 1e9, "TFLOP/s": 1e12, "PFLOP/s": 1e15}
_SAMPLES = {"samples/s": 1.0, "images/s": 1.0, "sequences/s": 1.0}
_COUNT = {"count": 1.0}
_WORD = {"name": 1.0}

#: Figures of devices: arithmetic, the share of it that a gradient reaches, samples trained on, memory, and power.
OF_DEVICES = {
    "peak": Figure(_FLOPS, ("precision",)),
    "efficiency": Figure({"share": 1.0}, ("precision",), at_most=1.0),
    "throughput": Figure(_SAMPLES, ("workload", "precision"), batch=True),
    "memory": Figure(_BYTES),
    "idle_power": Figure(_WATTS),
    "busy_power": Figure(_WATTS),
}

#: Figures of machines. `device_memory` is there where it is not what the device usually has; `link` joins the devices
#: of a machine, and its rate is of one device; where `in_network_reduction` is true, the switch between them adds up;
#: cards (`nics`) join machines. All rates are of one direction.
OF_MACHINES = {
    "device": Figure(_WORD),
    "devices": Figure(_COUNT, whole=True),
    "device_memory": Figure(_BYTES),
    "link": Figure(_WORD),
    "link_rate": Figure(_RATES),
    "in_network_reduction": Figure(_WORD, words=("true", "false")),
    "nics": Figure(_COUNT, whole=True),
    "nic_rate": Figure(_RATES),
    "transport": Figure(_WORD),
    "memory": Figure(_BYTES),
    "idle_power": Figure(_WATTS),
    "busy_power": Figure(_WATTS),
    "price": Figure({"USD/h": 1.0}),
}

#: Column that names whose a figure is -> its figures.
FIGURES: dict[str, dict[str, Figure]] = {"device": OF_DEVICES, "machine": OF_MACHINES}
