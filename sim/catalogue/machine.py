"""Machines of the catalogue: what one is made of, and the keys of a run on several of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from sim.catalogue.catalogue import Catalogue, built_in, near
from sim.catalogue.row import Row

#: What cards speak -> the option of `transport` that comes nearest.
TRANSPORTS = {"ENA": "ena", "Ethernet": "tcp", "EFA": "rdma", "InfiniBand": "rdma", "RoCE": "rdma"}


@dataclass(frozen=True)
class Machine:
    """A type of machine; what is None is not known.

    Parameters
    ----------
    name
        Of the type, in full.
    device
        The device that it has.
    devices
        Number of devices, >= 1.
    device_memory
        Memory of a device (B), where it has another than the device usually has; None: it has not.
    link
        What joins the devices.
    link_rate
        Of a device's link in each direction (Gb/s), > 0.
    in_network_reduction
        Whether the switch that joins them adds up what they send; what is not known of it does not.
    nics
        Number of network cards, >= 1.
    nic_rate
        Of one card in each direction (Gb/s), > 0.
    transport
        What the cards speak.
    memory
        Of the machine (B), > 0.
    idle_power, busy_power
        What the machine takes, doing nothing and everything (W), > 0.
    price
        What an hour of it costs on demand (USD/h), > 0.
    device_file
        The user's file that the device is in; empty: the package.
    rows
        The figures as the catalogue has them, each with its source.
    """

    name: str
    device: str
    devices: int
    device_memory: float | None
    link: str | None
    link_rate: float | None
    in_network_reduction: bool
    nics: int | None
    nic_rate: float | None
    transport: str | None
    memory: float | None
    idle_power: float | None
    busy_power: float | None
    price: float | None
    device_file: str
    rows: tuple[Row, ...]

    def overrides(self, machines: int = 2) -> list[str]:
        """Words of the command for so many of these machines, a worker on each device.

        A machine of one device is a host on a switch; one of several is a machine of ``network=gpu_pod``, in which no
        card serves less than one device: cards that are more than the devices are joined.

        Parameters
        ----------
        machines
            Number of machines, >= 1.
        """
        return [f"workers={machines * self.devices}", *self._compute(), *self._network()]

    def _compute(self) -> Iterator[str]:
        if self.device_file:
            yield from ("device=named", f"device.name={self.device}", f"device.catalogue={self.device_file}")
        else:
            yield f"device={self.device}"
        if self.device_memory is not None:
            yield f"device.memory_bytes={self.device_memory:g}"

    def _network(self) -> Iterator[str]:
        cards = min(self.nics or 1, self.devices)
        rate = None if self.nic_rate is None else self.nic_rate * (self.nics or 1) / cards
        if self.devices == 1:
            yield "network=single_switch"
        else:
            yield "network=gpu_pod"
            yield f"network.gpus_per_machine={self.devices}"
            yield f"network.rails={cards}"
            if self.link_rate is not None:
                yield f"network.intra_bandwidth_gbps={self.link_rate:g}"
            if self.in_network_reduction:
                yield "network.in_network_reduction=true"
        if rate is not None:
            yield f"network.bandwidth_gbps={rate:g}"
        if self.transport in TRANSPORTS:
            yield f"transport={TRANSPORTS[self.transport]}"

    @property
    def unknown(self) -> list[str]:
        """Keys of such a run that the catalogue says nothing of: they are at their defaults."""
        pod = self.devices > 1
        return [
            *(["network.bandwidth_gbps"] if self.nic_rate is None else []),
            *(["network.intra_bandwidth_gbps"] if pod and self.link_rate is None else []),
            *(["transport"] if self.transport not in TRANSPORTS else []),
            "network.latency_us",
            *(["network.intra_latency_us"] if pod else []),
        ]


def short_names(known: Catalogue) -> dict[str, str]:
    """Family -> its largest machine: ``p3`` is ``p3.16xlarge``. A family is what stands before the first dot."""
    largest: dict[str, str] = {}
    for name in known.names("machine"):
        family = name.partition(".")[0]
        if family != name and (family not in largest or _devices(known, name) > _devices(known, largest[family])):
            largest[family] = name
    return {family: name for family, name in largest.items() if family not in known.names("machine")}


def _devices(known: Catalogue, name: str) -> float:
    row = known.find("machine", name, "devices")
    return 0.0 if row is None else row.amount


def machine(name: str, known: Catalogue) -> Machine:
    """A machine by its name, or by that of its family.

    Parameters
    ----------
    name
        As the user writes it.
    known
        The catalogue that it is in.

    Raises
    ------
    LookupError
        If there is none, or nothing says which devices it has, and how many: a message with the remedy.
    """
    full = short_names(known).get(name, name)
    names = known.names("machine")
    if full not in names:
        raise LookupError(f"there is no machine {name!r}; {near(name, [*names, *short_names(known)])}")
    rows = {row.figure: row for row in known.of("machine", full)}
    for figure in ("device", "devices"):
        if figure not in rows:
            raise LookupError(f"the catalogue has no {figure} of {full}; add a row")

    def amount(figure: str) -> float | None:
        return rows[figure].amount if figure in rows else None

    def word(figure: str) -> str | None:
        return rows[figure].value if figure in rows else None

    nics, device = amount("nics"), rows["device"].value
    return Machine(
        name=full,
        device=device,
        devices=int(rows["devices"].amount),
        device_memory=amount("device_memory"),
        link=word("link"),
        link_rate=amount("link_rate"),
        in_network_reduction=word("in_network_reduction") == "true",
        nics=None if nics is None else int(nics),
        nic_rate=amount("nic_rate"),
        transport=word("transport"),
        memory=amount("memory"),
        idle_power=amount("idle_power"),
        busy_power=amount("busy_power"),
        price=amount("price"),
        device_file="" if device in built_in().names("device") else known.of("device", device)[0].file,
        rows=tuple(rows.values()),
    )
