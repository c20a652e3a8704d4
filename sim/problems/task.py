"""A problem made ready to be learned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

from sim.problems import Samples
from topologies.field_error import FieldError
from topologies.ranges import check


@dataclass
class Task:
    """Arrays and compiled kernels.

    Kernels trust the arrays, which are therefore looked at when a task is made.

    Parameters
    ----------
    initial
        The starting parameters ``[d]``, float32 or float64; every array below has its dtype.
    train, test
        The samples that gradients are taken on, and those that are only measured.
    gradient, evaluate
        Kernels of the contract in `kernels.contract`.
    layout, settings
        Numbers that the kernels call so: int64 sizes and float64 coefficients.
    scratch_size
        Elements of work space that the kernels need for a batch of the given size.
    samples_add_up
        The gradient over a union of mini-batches is the mean of theirs; not so where each has noise of its own.
    noiseless
        The settings with which a gradient has no such noise; None: it never has.
    loss_scale
        A loss that is no sign of divergence though the start and the model of zeros may have a much smaller one, >= 0:
        for a problem that can start at its optimum.
    curvature
        Number of the operation that measures curvature with exact products (see `kernels.tape.operations`); None: by
        differences of gradients.

    Raises
    ------
    FieldError
        If an array is not what kernels take.
    """

    initial: NDArray[Any]
    train: Samples
    test: Samples
    gradient: Callable[..., None]
    evaluate: Callable[..., None]
    layout: NDArray[np.int64]
    settings: NDArray[np.float64]
    scratch_size: Callable[[int], int]
    samples_add_up: bool = True
    noiseless: NDArray[np.float64] | None = None
    loss_scale: float = 0.0
    curvature: int | None = None

    def __post_init__(self) -> None:
        real = np.dtype(np.float32) if _dtype(self.initial) == np.float32 else np.dtype(np.float64)
        _check("initial", self.initial, real, 1)
        for name, samples in (("train", self.train), ("test", self.test)):
            _check(f"{name}.inputs", samples.inputs, real, 2)
            _check(f"{name}.targets", samples.targets, real, 1)
            if len(samples.inputs) != len(samples.targets):
                raise FieldError(
                    name, f"has {len(samples.inputs)} inputs and {len(samples.targets)} targets; give one for each"
                )
        features, others = self.train.inputs.shape[1], self.test.inputs.shape[1]
        if features != others and len(self.train.inputs) and len(self.test.inputs):
            raise FieldError("test.inputs", f"must have {features} features as those of train, got {others}")
        _check("layout", self.layout, np.int64, 1)
        _check("settings", self.settings, np.float64, 1)
        check("loss_scale", self.loss_scale, at_least=0.0)
        if self.noiseless is not None:
            _check("noiseless", self.noiseless, np.float64, 1)
            if len(self.noiseless) != len(self.settings):
                raise FieldError(
                    "noiseless", f"must be as long as settings, {len(self.settings)}, got {len(self.noiseless)}"
                )


def _dtype(values: object) -> np.dtype[Any] | None:
    return values.dtype if isinstance(values, np.ndarray) else None


def _check(field: str, values: object, dtype: DTypeLike, dimensions: int) -> None:
    """Refuse what is not an array of a dtype, all in one piece."""
    if isinstance(values, np.ndarray):
        if values.dtype == dtype and values.ndim == dimensions and values.flags.carray:
            return
        lies = "" if values.flags.carray else ", in pieces or read-only"
        found = f"{values.dtype} {list(values.shape)}{lies}"
    else:
        found = type(values).__name__
    wanted = f"{np.dtype(dtype)} [{', '.join(['n'] * dimensions)}]"
    raise FieldError(field, f"must be an array {wanted}, in one piece and writable, got {found}")
