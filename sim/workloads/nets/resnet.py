"""Residual nets for ImageNet."""

from __future__ import annotations

from collections.abc import Sequence

from sim.workloads.layers import Maps, Net, pooled
from sim.workloads.table import Table

#: Channels of the blocks of each stage.
WIDTHS = (64, 128, 256, 512)
CLASSES = 1000


def resnet(blocks: Sequence[int], *, bottleneck: bool) -> Table:
    """A residual net of 224 x 224 images (He et al. 2016, Table 1), with batch norms.

    The stride is that of a block's 3 x 3 convolution (ResNet v1.5, as in torchvision), and where a block changes the
    size of the maps its shortcut is a projection (option B).

    Parameters
    ----------
    blocks
        Number of blocks in each of the four stages.
    bottleneck
        Whether a block is 1 x 1, 3 x 3, 1 x 1 with four times the channels behind it; else two of 3 x 3.
    """
    net = Net()
    block = _bottleneck if bottleneck else _basic
    x = pooled(net.conv("conv1", Maps(3, 224, 224), 64, 7, stride=2), 3, 2, padding=1)
    for stage, (width, count) in enumerate(zip(WIDTHS, blocks, strict=True), 1):
        for number in range(count):
            stride = 2 if stage > 1 and number == 0 else 1
            x = block(net, f"layer{stage}.{number}", x, width, stride)
    net.linear("fc", x.channels, CLASSES)
    return net.table()


def _basic(net: Net, name: str, x: Maps, width: int, stride: int) -> Maps:
    y = net.conv(f"{name}.conv1", x, width, 3, stride=stride)
    y = net.conv(f"{name}.conv2", y, width, 3)
    _shortcut(net, name, x, y, stride)
    return y


def _bottleneck(net: Net, name: str, x: Maps, width: int, stride: int) -> Maps:
    y = net.conv(f"{name}.conv1", x, width, 1)
    y = net.conv(f"{name}.conv2", y, width, 3, stride=stride)
    y = net.conv(f"{name}.conv3", y, 4 * width, 1)
    _shortcut(net, name, x, y, stride)
    return y


def _shortcut(net: Net, name: str, x: Maps, y: Maps, stride: int) -> None:
    if x != y:
        net.conv(f"{name}.downsample", x, y.channels, 1, stride=stride)
