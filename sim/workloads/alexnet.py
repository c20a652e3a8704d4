"""AlexNet."""

from __future__ import annotations

from dataclasses import dataclass

from sim.workloads.layers import Maps, Net, pooled
from sim.workloads.table import Table
from sim.workloads.tabulated import Tabulated


@dataclass
class AlexNet(Tabulated):
    """AlexNet of 224 x 224 images in one tower (Krizhevsky 2014)."""

    source = "Krizhevsky 2014, section 5; totals of torchvision"

    def layers(self) -> Table:
        net = Net()
        x = pooled(net.conv("conv1", Maps(3, 224, 224), 64, 11, stride=4, padding=2, norm=False), 3, 2)
        x = pooled(net.conv("conv2", x, 192, 5, norm=False), 3, 2)
        x = net.conv("conv3", x, 384, 3, norm=False)
        x = net.conv("conv4", x, 256, 3, norm=False)
        x = pooled(net.conv("conv5", x, 256, 3, norm=False), 3, 2)
        net.linear("fc6", x.size, 4096)
        net.linear("fc7", 4096, 4096)
        net.linear("fc8", 4096, 1000)
        return net.table()
