"""Which layout suits a network."""

from __future__ import annotations

from sim.report.network.circle import circle
from sim.report.network.grid import columns_of, grid
from sim.report.network.layout import Layout
from sim.report.network.tiers import tiers, tiers_of
from sim.report.network.wires import Wires


def lay_out(wires: Wires) -> Layout:
    """Lay out a network by its structure.

    Hosts below tiers of switches where there are such; on a grid where every link runs along a row or a column of one
    (tori, meshes, hypercubes); on a circle otherwise.
    """
    if wires.switches:
        levels = tiers_of(wires)
        return circle(wires) if levels is None else tiers(wires, levels)
    columns = columns_of(wires)
    return circle(wires) if columns is None else grid(wires, columns)
