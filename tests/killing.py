"""A child of this process that is killed, to see what it leaves."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any


def killed_at(step: int, act: Callable[[], object]) -> bool:
    """Whether a child that did it was killed: before its `step`-th step (from 1) of writing, by SIGKILL.

    A step is what a file system does next: to make a folder, rename, remove, or bring to the disk.
    """
    child = os.fork()
    if child == 0:
        try:
            steps = count(1)

            def struck(call: Callable[..., object]) -> Callable[..., object]:
                def striking(*arguments: Any, **named: Any) -> object:
                    if next(steps) == step:
                        os.kill(os.getpid(), signal.SIGKILL)
                    return call(*arguments, **named)

                return striking

            for place, name in ((os, "fsync"), (Path, "replace"), (Path, "unlink"), (Path, "mkdir")):
                setattr(place, name, struck(getattr(place, name)))
            act()
        finally:
            os._exit(1)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])
