"""The lines for ip, bridge and tc that set up hosts and switches."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sim.lab.wires.forwarding import Hop, HostTable, SwitchTable
from sim.lab.wires.layout import End, Layout
from sim.lab.wires.shaping import FRAME, PACKET, segments, shape

#: The first of a host's tables of routes for exceptions; the kernel's own have higher numbers than there are cards.
FIRST_TABLE = 1000

#: Where the settings of the network namespace are that whoever looks is in.
SETTINGS = Path("/proc/sys/net")

#: What a connection may have on its way: so many frames, or what its link carries in so many seconds, if that is more.
WINDOW_FRAMES, WINDOW_SECONDS = 11, 1e-3

#: Settings of a host whose packets come and go by several cards.
SEVERAL_CARDS = {"ip_forward": "1", "conf/all/rp_filter": "0", "conf/all/send_redirects": "0"}


@dataclass
class Lines:
    """What the programs of iproute2 have to do in a namespace, in this order.

    Parameters
    ----------
    ip, bridge, tc
        Their lines.
    """

    ip: list[str] = field(default_factory=list)
    bridge: list[str] = field(default_factory=list)
    tc: list[str] = field(default_factory=list)


def link(end: End, other: End, namespace: int) -> str:
    """The line for ip that makes a link, in the namespace of `end`.

    Parameters
    ----------
    end, other
        Its ends.
    namespace
        An open file of the other one's namespace (number).
    """
    return (
        f"link add {end.name} mtu {PACKET} address {end.mac} type veth"
        f" peer name {other.name} mtu {PACKET} address {other.mac} netns /proc/self/fd/{namespace}"
    )


def switch_lines(layout: Layout, switch: str, table: SwitchTable, *, delays: bool) -> Lines:
    """The lines of a switch: a bridge that learns nothing, floods nothing, and knows every card from its table.

    Parameters
    ----------
    layout
        The ends of all links.
    switch, table
        The switch, and where it sends what it gets.
    delays
        Whether the kernel has netem.
    """
    lines = Lines(
        ip=["link add bridge0 type bridge stp_state 0 mcast_snooping 0", "link set bridge0 addrgenmode none up"]
    )
    ports = layout.of(switch)
    for port in ports:
        quiet = "learning off flood off mcast_flood off bcast_flood off"
        lines.ip += [
            f"link set {port.name} addrgenmode none master bridge0",
            f"link set {port.name} type bridge_slave {quiet}",
            f"link set {port.name} up",
        ]
        lines.tc += shape(port, delays=delays)
    lines.bridge = [f"fdb add {card.mac} dev {port.name} master static" for card, port in table.entries.items()]
    for port in dict.fromkeys(turn.by for turn in table.exceptions):
        lines.tc.append(f"qdisc add dev {port.name} handle ffff: ingress")
    for turn in table.exceptions:
        pair = f"match ip src {layout.address(turn.source)}/32 match ip dst {layout.address(turn.target)}/32"
        redirect = f"action mirred egress redirect dev {turn.out.name}"
        lines.tc.append(f"filter add dev {turn.by.name} parent ffff: protocol ip prio 1 u32 {pair} {redirect}")
    return lines


def host_lines(layout: Layout, host: int, table: HostTable, *, delays: bool) -> Lines:
    """The lines of a host: its address on its first card, its routes, and the cards that these lead to.

    Parameters
    ----------
    layout
        The ends of all links.
    host, table
        The host, and where it sends what is not meant for it.
    delays
        Whether the kernel has netem.
    """
    own = layout.address(host)
    lines = Lines(ip=["link set lo up"])
    for number, card in enumerate(layout.of(host)):
        lines.ip.append(f"link set {card.name} addrgenmode none{segments(card)} up")
        if number == 0:
            lines.ip.append(f"address add {own}/32 dev {card.name}")
        lines.tc += shape(card, delays=delays)
    for hop in dict.fromkeys([*table.routes.values(), *table.forwards_by]):
        lines.ip.append(f"neighbour replace {hop.to.gateway} lladdr {hop.to.mac} dev {hop.out.name} nud permanent")
    lines.ip += [f"route add {layout.address(target)}/32 {_by(hop)} src {own}" for target, hop in table.routes.items()]
    tables = {hop: FIRST_TABLE + number for number, hop in enumerate(table.forwards_by)}
    lines.ip += [f"route add default {_by(hop)} table {number}" for hop, number in tables.items()]
    lines.ip += [
        f"rule add from {layout.address(source)} to {layout.address(target)} lookup {tables[hop]}"
        for (source, target), hop in table.exceptions.items()
    ]
    return lines


def _by(hop: Hop) -> str:
    return f"via {hop.to.gateway} dev {hop.out.name} onlink"


def be_quiet() -> None:
    """Have the cards to come in the calling thread's namespace send nothing of their own accord, as IPv6 would."""
    with suppress(OSError):  # there is no IPv6, or a few packets more, as nothing waits for them
        for cards in ("all", "default"):
            (SETTINGS / "ipv6" / "conf" / cards / "disable_ipv6").write_text("1")


def be_fair(layout: Layout, host: int) -> None:
    """Have TCP on a host share links as evenly as it does in the long run; from inside its namespace.

    A window that holds little more than the wire does keeps a message from filling a queue that others then wait for
    as a whole; connections stay at the rate that they have found, as those of a job that has run for long do.

    Parameters
    ----------
    layout
        The ends of all links.
    host
        The host.
    """
    rates = [end.bandwidth for end in layout.of(host) if end.bandwidth is not None]
    window = WINDOW_FRAMES * FRAME if not rates else max(WINDOW_FRAMES * FRAME, round(max(rates) * WINDOW_SECONDS))
    settings = {
        "tcp_congestion_control": "reno",
        "tcp_slow_start_after_idle": "0",
        "tcp_rmem": f"4096 {2 * window} {2 * window}",
        "tcp_moderate_rcvbuf": "0",
    }
    for name, value in settings.items():
        with suppress(OSError):
            (SETTINGS / "ipv4" / name).write_text(value)


def forward(layout: Layout, host: int) -> None:
    """Have a host with several cards pass on what is not meant for it; from inside its namespace.

    Parameters
    ----------
    layout
        The ends of all links.
    host
        The host; one with a single card is left as it is.

    Raises
    ------
    OSError
        If the kernel's settings cannot be written.
    """
    cards = layout.of(host)
    if len(cards) > 1:
        own = {f"conf/{card.name}/{name}": "0" for card in cards for name in ("rp_filter", "send_redirects")}
        for name, value in {**SEVERAL_CARDS, **own}.items():
            (SETTINGS / "ipv4" / name).write_text(value)
