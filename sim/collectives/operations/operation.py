"""One collective operation: a schedule, and what each of its sends carries."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.collectives.operations.turns import Turns
from sim.fabric.schedule import Schedule

Kind: TypeAlias = Literal["all_reduce", "reduce_scatter", "all_gather", "broadcast"]


@dataclass(eq=False)
class Operation(Schedule):
    """The schedule of one collective operation on a vector, and which part of the vector each send carries.

    The parts do not matter to the fabric; with them one can follow the data through the graph.

    Parameters
    ----------
    kind
        What the operation achieves; see the methods of `Collective`.
    vector : float
        Size of the whole vector (B).
    pieces
        Number of equal pieces that the vector is cut into, >= 1.
    begin, end : int32[n]
        A send carries the pieces ``begin .. end - 1``, in the first of its rounds; a delay node none.
    adds : bool[n]
        Whether the receiver adds what it gets to what it has; else it has nothing there, or what is replaced.
    ports
        Most sends that a rank has under way at once, or most that come in at once if these are more.
    """

    kind: Kind
    vector: float
    pieces: int
    begin: NDArray[np.int32]
    end: NDArray[np.int32]
    adds: NDArray[np.bool_]
    ports: int
    rounds: tuple[Turns, ...] = field(default=(), kw_only=True)
