"""YOLOv3."""

from __future__ import annotations

from dataclasses import dataclass

from sim.workloads.layers import Maps, Net, joined
from sim.workloads.table import Table
from sim.workloads.tabulated import Tabulated

#: Channels and number of the residual blocks of each stage of Darknet-53.
STAGES = ((64, 1), (128, 2), (256, 8), (512, 8), (1024, 4))
#: What is said of each of three boxes: where it is, whether there is anything, and of which of COCO's classes.
OUTPUTS = 3 * (4 + 1 + 80)


@dataclass
class YOLOv3(Tabulated):
    """YOLOv3 of 416 x 416 images (Redmon and Farhadi 2018), for the 80 classes of COCO."""

    source = "Redmon and Farhadi 2018, Table 1; totals of Darknet's yolov3.cfg"

    def layers(self) -> Table:
        net = Net()
        x, stages = net.conv("conv", Maps(3, 416, 416), 32, 3), []
        for stage, (channels, count) in enumerate(STAGES, 1):
            x = net.conv(f"stage{stage}", x, channels, 3, stride=2)
            for number in range(count):
                half = net.conv(f"stage{stage}.{number}.conv1", x, channels // 2, 1)
                x = net.conv(f"stage{stage}.{number}.conv2", half, channels, 3)
            stages.append(x)
        for head, channels in enumerate((512, 256, 128), 1):
            x = _detection(net, f"head{head}", x, channels)
            if head < 3:
                half = net.conv(f"head{head}.upsample", x, channels // 2, 1)
                finer = stages[-1 - head]
                x = joined(Maps(half.channels, finer.height, finer.width), finer)
        return net.table()


def _detection(net: Net, name: str, x: Maps, channels: int) -> Maps:
    """Five convolutions, behind which a head says what it sees at its scale; returns what goes on to the next one."""
    for number in range(1, 6):
        x = net.conv(f"{name}.conv{number}", x, channels if number % 2 else 2 * channels, 1 if number % 2 else 3)
    net.conv(f"{name}.output", net.conv(f"{name}.conv6", x, 2 * channels, 3), OUTPUTS, 1, norm=False)
    return x
