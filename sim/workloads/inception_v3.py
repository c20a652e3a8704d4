"""Inception-v3."""

from __future__ import annotations

from dataclasses import dataclass

from sim.workloads.layers import Maps, Net, joined, pooled
from sim.workloads.table import Table
from sim.workloads.tabulated import Tabulated

#: A window of seven pixels side by side, and one of seven on top of each other.
WIDE, HIGH = (1, 7), (7, 1)


@dataclass
class InceptionV3(Tabulated):
    """Inception-v3 of 299 x 299 images (Szegedy et al. 2016), without the auxiliary head."""

    source = "Szegedy et al. 2016, Table 1; totals of torchvision and Keras, without the auxiliary head"

    def layers(self) -> Table:
        net = Net()
        x = net.conv("1a", Maps(3, 299, 299), 32, 3, stride=2, padding=0)
        x = net.conv("2a", x, 32, 3, padding=0)
        x = pooled(net.conv("2b", x, 64, 3), 3, 2)
        x = net.conv("3b", x, 80, 1)
        x = pooled(net.conv("4a", x, 192, 3, padding=0), 3, 2)
        for name, channels in (("5b", 32), ("5c", 64), ("5d", 64)):
            x = _figure_5(net, name, x, channels)
        x = _first_reduction(net, "6a", x)
        for name, channels in (("6b", 128), ("6c", 160), ("6d", 160), ("6e", 192)):
            x = _figure_6(net, name, x, channels)
        x = _second_reduction(net, "7a", x)
        for name in ("7b", "7c"):
            x = _figure_7(net, name, x)
        net.linear("fc", x.channels, 1000)
        return net.table()


def _figure_5(net: Net, name: str, x: Maps, channels: int) -> Maps:
    """Two windows of 3 x 3 instead of one of 5 x 5; one branch keeps the larger one."""
    one = net.conv(f"{name}.1x1", x, 64, 1)
    five = net.conv(f"{name}.5x5_2", net.conv(f"{name}.5x5_1", x, 48, 1), 64, 5)
    three = net.conv(f"{name}.3x3_2", net.conv(f"{name}.3x3_1", x, 64, 1), 96, 3)
    three = net.conv(f"{name}.3x3_3", three, 96, 3)
    return joined(one, five, three, net.conv(f"{name}.pool", x, channels, 1))


def _first_reduction(net: Net, name: str, x: Maps) -> Maps:
    three = net.conv(f"{name}.3x3", x, 384, 3, stride=2, padding=0)
    double = net.conv(f"{name}.double_2", net.conv(f"{name}.double_1", x, 64, 1), 96, 3)
    double = net.conv(f"{name}.double_3", double, 96, 3, stride=2, padding=0)
    return joined(three, double, pooled(x, 3, 2))


def _figure_6(net: Net, name: str, x: Maps, channels: int) -> Maps:
    """Windows of 7 x 7 as one of 1 x 7 and one of 7 x 1."""
    one = net.conv(f"{name}.1x1", x, 192, 1)
    seven = net.conv(f"{name}.7x7_2", net.conv(f"{name}.7x7_1", x, channels, 1), channels, WIDE)
    seven = net.conv(f"{name}.7x7_3", seven, 192, HIGH)
    double = net.conv(f"{name}.double_1", x, channels, 1)
    for number, (outputs, kernel) in enumerate([(channels, HIGH), (channels, WIDE), (channels, HIGH), (192, WIDE)], 2):
        double = net.conv(f"{name}.double_{number}", double, outputs, kernel)
    return joined(one, seven, double, net.conv(f"{name}.pool", x, 192, 1))


def _second_reduction(net: Net, name: str, x: Maps) -> Maps:
    three = net.conv(f"{name}.3x3_1", x, 192, 1)
    three = net.conv(f"{name}.3x3_2", three, 320, 3, stride=2, padding=0)
    seven = net.conv(f"{name}.7x7_2", net.conv(f"{name}.7x7_1", x, 192, 1), 192, WIDE)
    seven = net.conv(f"{name}.7x7_3", seven, 192, HIGH)
    seven = net.conv(f"{name}.7x7_4", seven, 192, 3, stride=2, padding=0)
    return joined(three, seven, pooled(x, 3, 2))


def _figure_7(net: Net, name: str, x: Maps) -> Maps:
    """Windows of 1 x 3 and 3 x 1 side by side."""
    one = net.conv(f"{name}.1x1", x, 320, 1)
    three = _both_ways(net, f"{name}.3x3", net.conv(f"{name}.3x3_1", x, 384, 1))
    double = net.conv(f"{name}.double_2", net.conv(f"{name}.double_1", x, 448, 1), 384, 3)
    double = _both_ways(net, f"{name}.double", double)
    return joined(one, three, double, net.conv(f"{name}.pool", x, 192, 1))


def _both_ways(net: Net, name: str, x: Maps) -> Maps:
    return joined(net.conv(f"{name}_wide", x, 384, (1, 3)), net.conv(f"{name}_high", x, 384, (3, 1)))
