"""VGG-16."""

from __future__ import annotations

from dataclasses import dataclass

from sim.workloads.layers import Maps, Net, pooled
from sim.workloads.table import Table
from sim.workloads.tabulated import Tabulated

#: Channels and number of the convolutions before each pooling: configuration D.
STAGES = ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3))


@dataclass
class VGG16(Tabulated):
    """VGG-16 of 224 x 224 images (Simonyan and Zisserman 2015, configuration D), whose fc6 is three quarters of it."""

    source = "Simonyan and Zisserman 2015, Table 1 D; totals of torchvision"

    def layers(self) -> Table:
        net, x = Net(), Maps(3, 224, 224)
        for stage, (channels, count) in enumerate(STAGES, 1):
            for number in range(1, count + 1):
                x = net.conv(f"conv{stage}_{number}", x, channels, 3, norm=False)
            x = pooled(x, 2, 2)
        net.linear("fc6", x.size, 4096)
        net.linear("fc7", 4096, 4096)
        net.linear("fc8", 4096, 1000)
        return net.table()
