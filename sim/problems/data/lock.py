"""Samples that are shared by all runs of a process: nobody may write them."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.problems import Samples


def locked(inputs: NDArray[Any], targets: NDArray[Any]) -> Samples:
    """The samples as read-only float32 arrays: `inputs` ``[n, features]`` and `targets` ``[n]``."""
    return Samples(_locked(inputs), _locked(targets))


def unlocked(samples: Samples) -> Samples:
    """The same memory for compiled kernels, which write no samples, but whose signatures take no read-only arrays."""
    return Samples(_unlocked(samples.inputs), _unlocked(samples.targets))


def _locked(values: NDArray[Any]) -> NDArray[np.float32]:
    view = np.ascontiguousarray(values, np.float32).view()
    view.flags.writeable = False
    return view


def _unlocked(values: NDArray[Any]) -> NDArray[Any]:
    view = values.view()
    view.flags.writeable = True  # granted, as the array that `values` is a view of may be written
    return view
