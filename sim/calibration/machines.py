"""What is believed of machines before collective operations are measured on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from sim.calibration.priors import Prior
from sim.catalogue.catalogue import built_in
from sim.catalogue.machine import machine
from topologies.units import bytes_per_second

#: What is left for payload of a card, and of a link inside a machine (ratio): 20 % are the protocol's (S. Jeaugey in
#: github NVIDIA/nccl-tests #212).
PAYLOAD_OF_CARD, PAYLOAD_INSIDE = 0.95, 0.8
#: Waiting times are those of the tuner of NCCL 2.27 (NVLink, network, NVLS; simple protocol), as is the share of a link
#: that is left where a switch adds up. What does not overlap is what the fabric says of hierarchical all-reduces of two
#: such machines in 4 to 32 chunks: 0.10 to 0.80.
WAITS = {
    "switch": Prior(0.85, 0.1),
    "start": Prior(1e-5, 0.5),
    "inner": Prior(3.4e-6, 0.4),
    "outer": Prior(1.4e-5, 0.5),
    "adding": Prior(2.5e-5, 0.5),
    "exposed": Prior(0.28, 0.5),
    "quick": Prior(0.25, 0.4),
    "thin": Prior(0.25, 0.4),
}
#: How far others of the same kind are from machines that have been measured (standard deviation of the logarithm):
#: cards are another site's choice, links inside are the maker's, and waits are the programs'.
ELSEWHERE = {"card": 0.4, "inside": 0.1}
WAITS_ELSEWHERE = 0.2
#: Rates of machines that nobody knows: 100 Gb/s, and anything from PCIe to NVLink (B/s).
CARD, INSIDE = Prior(1.25e10, 1.2), Prior(5e10, 1.2)

#: What each unknown is called, and its unit, by name.
TOLD = {
    "card": ("rate of a network card", "B/s"),
    "inside": ("rate of a rank inside its machine", "B/s"),
    "switch": ("share of it left where the switch adds up", ""),
    "start": ("what an operation begins with", "s"),
    "inner": ("wait of a hop inside a machine", "s"),
    "outer": ("wait of a hop between machines", "s"),
    "adding": ("wait of adding up in a switch", "s"),
    "exposed": ("share of what goes on between two such machines that does not overlap", ""),
    "quick": ("share of waits of short vectors", ""),
    "thin": ("share of rates of short vectors", ""),
}


class Machines(NamedTuple):
    """What is known of machines before anything is measured.

    Attributes
    ----------
    card, inside
        What is believed of the rate of a card, and of a rank inside (B/s).
    nics
        Network cards of a machine, >= 1; None: one for each rank.
    reduces
        Whether the switch inside a machine adds up.
    line
        Line rates of a card and of a rank inside (B/s); None: nobody says.
    waits
        What is believed of all other unknowns, in the order of `Wires`.
    """

    card: Prior = CARD
    inside: Prior = INSIDE
    nics: int | None = None
    reduces: bool = False
    line: tuple[float, float] | None = None
    waits: Mapping[str, Prior] = WAITS

    @property
    def priors(self) -> Mapping[str, Prior]:
        """What is believed of each unknown, in the order of `Wires`."""
        return {"card": self.card, "inside": self.inside, **self.waits}

    def believing(self, priors: Mapping[str, Prior]) -> Machines:
        """The same machines, of which something else is believed: of each unknown."""
        waits = {name: priors[name] for name in self.waits}
        return self._replace(card=priors["card"], inside=priors["inside"], waits=waits)


def machines_with(device: str, nics: int | None = None, reduces: bool | None = None) -> Machines:
    """What the catalogue says of machines with a device.

    Parameters
    ----------
    device
        What it is called: a name of the catalogue is a word of it. Empty: nobody knows.
    nics
        Network cards of a machine, >= 1; None: one for each rank.
    reduces
        Whether the switch inside adds up; None: as the catalogue says, and where that does not, it does not.
    """
    known, words = built_in(), device.lower().replace("-", " ").split()
    kinds = [machine(name, known) for name in known.names("machine")]
    alike = [kind for kind in kinds if kind.device in words]
    links = [bytes_per_second(kind.link_rate) for kind in alike if kind.link_rate is not None]
    cards = [
        bytes_per_second(kind.nic_rate * kind.nics / kind.devices) for kind in alike if kind.nics and kind.nic_rate
    ]
    return Machines(
        Prior(PAYLOAD_OF_CARD * max(cards), 0.5) if cards else CARD,
        Prior(PAYLOAD_INSIDE * max(links), 0.15) if links else INSIDE,
        nics,
        any(kind.in_network_reduction for kind in alike) if reduces is None else reduces,
        (max(cards), max(links)) if cards and links else None,
    )
