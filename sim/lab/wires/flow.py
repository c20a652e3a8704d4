"""A program for either end of a measurement: what one flow of TCP gets from one host to another.

``serve ADDRESS`` waits for one client, answers its pings and swallows what follows; ``send ADDRESS PORT OWN SECONDS``
pings, and then sends as fast as it can. Both print one line of JSON.
"""

from __future__ import annotations

import json
import socket
import sys
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path
from statistics import median

from sim.lab.wires.shaping import FRAME, UNSEEN

#: Pings, and how many of them go first and do not count.
PINGS, FIRST_PINGS = 40, 8

#: Bytes that are handed to the kernel at once.
PIECE = 1 << 16

#: Share of the time of a flow that is left out at its beginning, where it looks for its rate.
STARTING = 0.25

#: Longest that one end waits for the other (s).
PATIENCE = 30.0


def serve(address: str) -> None:
    """Print the port, wait for a client, and print what came how fast."""
    with socket.create_server((address, 0)) as server:
        server.settimeout(PATIENCE)
        print(json.dumps({"port": server.getsockname()[1]}), flush=True)
        connection, _ = server.accept()
    with connection:
        connection.settimeout(PATIENCE)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(PINGS):
            connection.sendall(connection.recv(1))
        print(json.dumps({"bytes_per_second": _rate(connection)}), flush=True)


def _rate(connection: socket.socket) -> float:
    """Bytes a second that come, once the flow has found its rate."""
    began = time.monotonic()
    instants, totals = [began], [0]
    while got := len(connection.recv(PIECE)):
        instants.append(time.monotonic())
        totals.append(totals[-1] + got)
    start = began + STARTING * (instants[-1] - began)
    first = next(number for number in count() if instants[number] >= start)
    return (totals[-1] - totals[first]) / max(instants[-1] - instants[first], 1e-9)


def send(address: str, port: int, own: str, seconds: float) -> None:
    """Ping a server, send to it, and print the round trip (s) and how much of what it took was payload (share)."""
    with socket.create_connection((address, port), PATIENCE, (own, 0)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        pings = [_seconds(lambda: _ping(connection)) for _ in range(PINGS)]
        before, payload, end = _segments(), 0, time.monotonic() + seconds
        while time.monotonic() < end:
            payload += connection.send(bytes(PIECE))
        connection.shutdown(socket.SHUT_WR)
        connection.recv(1)  # nothing: everything has been swallowed
        largest = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG)
    sent, again = (now - then for now, then in zip(_segments(), before, strict=True))
    taken = payload + again * largest + (sent + again) * (FRAME + UNSEEN - largest)
    measured = {"round_trip": median(pings[FIRST_PINGS:]), "framing": payload / taken}
    print(json.dumps(measured), flush=True)


def _ping(connection: socket.socket) -> None:
    connection.sendall(b".")
    connection.recv(1)


def _seconds(act: Callable[[], None]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def _segments() -> tuple[int, int]:
    """Segments of TCP that this host has sent, and those that it has sent again."""
    lines = [line.split() for line in Path("/proc/self/net/snmp").read_text().splitlines()]
    names, figures = (line for line in lines if line[0] == "Tcp:")
    counted = dict(zip(names, figures, strict=True))
    return int(counted["OutSegs"]), int(counted["RetransSegs"])


def main(words: list[str]) -> None:
    """Be the end that the words say."""
    match words:
        case ["serve", address]:
            serve(address)
        case ["send", address, port, own, seconds]:
            send(address, int(port), own, float(seconds))
        case _:
            sys.exit("serve ADDRESS, or send ADDRESS PORT OWN SECONDS")


if __name__ == "__main__":
    main(sys.argv[1:])
