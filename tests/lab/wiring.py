"""A program that lays wires apart, does one thing with them, and prints what it found as lines of JSON.

``routes NETWORK HOSTS``: for every pair of hosts, which links a packet has passed, by the cards' own counts.
``rate NETWORK HOSTS SOURCE TARGET``: a measurement. ``tcp NETWORK HOSTS``: how TCP is set on every host.
``hold NETWORK HOSTS``: keeps them, with a process on every host, until it is ended. NETWORK is the words of an option,
such as ``"leaf_spine spines=2"``.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import permutations
from pathlib import Path

from experiments import option

from sim.lab.wires.layout import Layout
from sim.lab.wires.system_calls import elsewhere
from sim.lab.wires.wired import Wires, wired

PORT = 4000
TCP = ("tcp_congestion_control", "tcp_slow_start_after_idle", "tcp_rmem")


def left(wires: Wires, layout: Layout) -> dict[tuple[int | str, int | str], int]:
    """Packets that have left every end of a link."""
    found = {}
    for node in layout.graph:
        with elsewhere(wires.namespace(node)):
            lines = Path("/proc/thread-self/net/dev").read_text().splitlines()[2:]
        packets = {name.strip(): int(rest.split()[9]) for name, _, rest in (line.partition(":") for line in lines)}
        found |= {(end.node, end.peer): packets[end.name] for end in layout.of(node)}
    return found


def routes(wires: Wires, layout: Layout) -> Iterator[object]:
    sockets = {}
    for host in wires.hosts:
        with elsewhere(wires.namespace(host)):
            sockets[host] = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sockets[host].bind((wires.address(host), PORT))
        sockets[host].settimeout(20)
    for source, target in permutations(wires.hosts, 2):
        before = left(wires, layout)
        sockets[source].sendto(b"here", (wires.address(target), PORT))
        assert sockets[target].recvfrom(9) == (b"here", (wires.address(source), PORT))
        after = left(wires, layout)
        passed = [[*end, after[end] - before[end]] for end in after if after[end] != before[end]]
        yield {"source": source, "target": target, "passed": passed}


def tcp(wires: Wires, layout: Layout) -> Iterator[object]:
    for host in layout.hosts:
        with elsewhere(wires.namespace(host)):
            settings = Path("/proc/sys/net/ipv4")
            yield {each.name: each.read_text().split() for each in settings.glob("tcp_*") if each.name in TCP}


def hold(wires: Wires, layout: Layout) -> Iterator[object]:
    with ExitStack() as processes:
        for host in wires.hosts:
            waiting = [sys.executable, "-c", "import time; time.sleep(600)"]
            processes.enter_context(subprocess.Popen(waiting, preexec_fn=wires.enter(host)))
        yield [os.fstat(wires.namespace(node)).st_ino for node in layout.graph]
        try:
            while True:
                wires.measure(0, 1, seconds=0.2)
        except KeyboardInterrupt:
            time.sleep(0.5)  # a second one would be heard here
            yield "interrupted once"
            os._exit(130)


def main(what: str, words: str, hosts: str, *more: str) -> None:
    network = option("network", words)
    print(json.dumps("begun"), flush=True)
    with wired(network, int(hosts)) as wires:
        layout = Layout(network.graph(int(hosts)))
        match what:
            case "routes":
                lines = routes(wires, layout)
            case "tcp":
                lines = tcp(wires, layout)
            case "rate":
                lines = iter([wires.measure(int(more[0]), int(more[1]))._asdict() | {"without": wires.without}])
            case _:
                lines = hold(wires, layout)
        for line in lines:
            print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
