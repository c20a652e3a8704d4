"""ResNet-152."""

from __future__ import annotations

from dataclasses import dataclass

from sim.workloads.nets.resnet import resnet
from sim.workloads.table import Table
from sim.workloads.tabulated import Tabulated


@dataclass
class ResNet152(Tabulated):
    """ResNet-152 of 224 x 224 images (He et al. 2016, with the strides of v1.5)."""

    source = "He et al. 2016, Table 1; totals of torchvision"

    def layers(self) -> Table:
        return resnet((3, 8, 36, 3), bottleneck=True)
