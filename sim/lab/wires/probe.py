"""A program that tries on a small scale what wires need of this machine; it has to run apart.

It prints one line of JSON: what is ``missing`` (null: nothing), and whether the kernel ``delays`` packets (netem).
"""

from __future__ import annotations

import json

from sim.lab.wires.iproute import LabError, batch
from sim.lab.wires.system_calls import elsewhere, new_networks

#: What is tried one after the other: the program, its line, and what is missing where it fails.
NEEDS = (
    ("ip", "link add eth0 type veth peer name eth1", "virtual cards (veth) are"),
    ("ip", "link add bridge0 type bridge stp_state 0 mcast_snooping 0", "bridges are"),
    ("ip", "link set eth1 addrgenmode none master bridge0", "ports of bridges are"),
    ("ip", "link set eth1 type bridge_slave learning off flood off mcast_flood off bcast_flood off", "quiet ports are"),
    ("bridge", "fdb add 02:00:00:00:00:01 dev eth1 master static", "static entries of bridges are"),
    ("tc", "qdisc add dev eth0 root handle 1: tbf rate 50mbit burst 8000b limit 1000000b overhead 24", "tbf is"),
)


def missing() -> str | None:
    """What the kernel or the rights of this process lack for wires, in the network namespace of the calling thread."""
    for program, line, what in NEEDS:
        try:
            batch(program, [line])
        except LabError as error:
            return f"{what} refused by the kernel ({error})"
    return None


def delays() -> bool:
    """Whether the kernel has netem, in the network namespace of the calling thread; it must have a loopback."""
    try:
        batch("tc", ["qdisc add dev lo root netem delay 1ms"])
    except LabError:
        return False
    return True


def main() -> None:
    """Say what is missing, and whether there are delays."""
    try:
        [namespace] = new_networks(1)
    except OSError as error:
        print(json.dumps({"missing": f"network namespaces are refused ({error.strerror})", "delays": False}))
        return
    with elsewhere(namespace):
        print(json.dumps({"missing": missing(), "delays": delays()}))


if __name__ == "__main__":
    main()
