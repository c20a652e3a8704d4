"""All-reduces by a program that nobody here wrote: PyTorch's, over gloo."""

from __future__ import annotations

import datetime
import fcntl
import os
import socket
import struct
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import simpy
from numpy.typing import NDArray

from sim.lab.job.group import Adding, Bundle, RealGroup, RealMember
from sim.lab.job.mesh import SETUP_SECONDS
from sim.lab.job.tape import OwnTape, tape_of

if TYPE_CHECKING:
    from sim.connections.connection import Wiring
    from sim.lab.job.diary import Diary
    from sim.lab.job.frame import Frame
    from sim.lab.job.post import Post

#: Asks Linux for the address of an interface.
_ADDRESS_OF = 0x8915


def missing() -> str | None:
    """What is not there, in one line; None where PyTorch is, with gloo."""
    try:
        import torch.distributed as dist
    except ImportError:
        return "PyTorch is not installed; pip install 'paceline[lab]'"
    return None if dist.is_available() and dist.is_gloo_available() else "this PyTorch has no gloo"


def join_group(rank: int, ranks: int, address: str, meeting: Path) -> None:
    """Join this process to gloo's group, over the interface that has an address; ranks find each other by a file."""
    import torch
    import torch.distributed as dist

    torch.set_num_threads(1)
    os.environ["GLOO_SOCKET_IFNAME"] = interface_of(address)
    store = dist.FileStore(str(meeting), ranks)
    patience = datetime.timedelta(seconds=SETUP_SECONDS)
    dist.init_process_group("gloo", store=store, rank=rank, world_size=ranks, timeout=patience)


def interface_of(address: str) -> str:
    """Name of this process' network interface that has an address.

    Raises
    ------
    LookupError
        Where none has.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as asking:
        for _, name in socket.if_nameindex():
            try:
                told = fcntl.ioctl(asking.fileno(), _ADDRESS_OF, struct.pack("256s", name.encode()[:15]))
            except OSError:  # it has none
                continue
            if socket.inet_ntoa(told[20:24]) == address:
                return name
    raise LookupError(f"no network interface has the address {address}")


class GlooMember(RealMember):
    """The part of this process' worker: it waits inside PyTorch, and hears nothing meanwhile.

    All ranks take the same number of steps: nobody may be left waiting in there when the job is over.

    Parameters
    ----------
    clock, tape, ranks, bundles
        See `RealMember`.
    diary
        Knows whether the job is over.
    """

    def __init__(
        self, clock: simpy.Environment, tape: OwnTape, ranks: int, bundles: Sequence[Bundle], diary: Diary
    ) -> None:
        super().__init__(clock, tape, ranks, bundles)
        self._diary = diary
        self._places = [np.zeros(self._count(bundle), tape.dtype) for bundle in bundles]

    def hear(self, sender: int, frame: Frame) -> None:
        """Nobody sends anything that PyTorch does not take."""

    def add_up(self, total: NDArray[Any], bundle: Bundle) -> Adding:
        """As `RealMember.add_up`; what is sent besides the numbers are zeros."""
        import torch
        import torch.distributed as dist

        if self._diary.over:
            yield self._clock.event()  # which never happens
        mine = total[bundle.low : bundle.high]
        place = self._places[self._bundles.index(bundle)]
        place[: len(mine)] = mine
        place[len(mine) :] = 0.0
        dist.all_reduce(torch.from_numpy(place))
        mine[:] = place[: len(mine)]
        yield self._clock.event().succeed()  # what follows does so now, and not when this began

    def _count(self, bundle: Bundle) -> int:
        return max(bundle.high - bundle.low, round(bundle.nbytes / self._tape.dtype.itemsize))


class RealGloo(RealGroup):
    """All workers in collectives by gloo."""

    def pairs(self) -> Iterable[tuple[int, int]]:
        """Nobody: gloo has connections of its own."""
        return ()

    def member(self, rank: int, wiring: Wiring, post: Post, bundles: Sequence[Bundle]) -> GlooMember:
        """As `RealGroup.member`."""
        world, diary = wiring.world, cast("Diary", wiring.world.recorder)
        return GlooMember(world.environment, tape_of(wiring.x), self.experiment.workers, bundles, diary)
