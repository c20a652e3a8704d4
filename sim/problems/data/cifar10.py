"""CIFAR-10 in its binary version: colour images of 32 x 32 pixels, ten classes.

A record is a byte with the label and three planes (red, green, blue) of 1024 bytes, row by row; a file is nothing but
records (Krizhevsky, "Learning multiple layers of features from tiny images", 2009). Training and test images are split
as published: five batches and one.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from sim.problems import Samples
from sim.problems.data.folder import File, find, opened, read_rest, refusing
from sim.problems.data.idx import check_labels
from sim.problems.data.lock import locked
from sim.problems.data.pixels import standardise
from topologies.field_error import FieldError

CLASSES, CHANNELS, ROWS, COLUMNS = 10, 3, 32, 32
PIXELS = ROWS * COLUMNS
#: A label and its image (B).
RECORD = 1 + CHANNELS * PIXELS
TRAIN = [f"data_batch_{number}.bin" for number in range(1, 6)]
TEST = ["test_batch.bin"]
REMEDY = (
    "give the folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin, from CIFAR-10's binary version "
    "(cifar-10-binary.tar.gz, on the page of its author Alex Krizhevsky), unpacked"
)


def training_samples(folder: str) -> int:
    """Size of the training set, from the sizes of the files.

    Raises
    ------
    FieldError
        ``folder: ...``, as from `load`.
    """
    return sum(_records(_find(folder, name)) for name in TRAIN)


def load(folder: str, expected: int) -> tuple[Samples, Samples]:
    """Load the training and test samples.

    Parameters
    ----------
    folder
        With ``data_batch_1.bin`` ... ``data_batch_5.bin`` and ``test_batch.bin``, or with ``cifar-10-batches-bin`` that
        has them.
    expected
        The number that `training_samples` has said.

    Returns
    -------
    train, test
        Read-only and kept until the files change: inputs, float32 ``[n, 32 * 32 * 3]`` (NHWC), each channel
        standardised by its mean and deviation over all training pixels; class numbers, float32 ``[n]``.

    Raises
    ------
    FieldError
        ``folder: ...`` if a file is missing or not made of whole records, or if a label is out of range.
    """
    if (found := training_samples(folder)) != expected:
        raise FieldError(
            "folder", f"{folder}: has changed, it held {expected} training images and holds {found}; begin anew"
        )
    return _load(tuple(_find(folder, name) for name in TRAIN), tuple(_find(folder, name) for name in TEST))


@lru_cache(maxsize=1)
def _load(train: tuple[File, ...], test: tuple[File, ...]) -> tuple[Samples, Samples]:
    learned, measured = (np.concatenate([_read(file) for file in files]) for files in (train, test))
    planes = (records[:, 1:].reshape(-1, CHANNELS, PIXELS) for records in (learned, measured))
    inputs = standardise(*planes)
    return locked(inputs[0], learned[:, 0]), locked(inputs[1], measured[:, 0])


def _find(folder: str, name: str) -> File:
    return find(folder, [name, f"cifar-10-batches-bin/{name}"], REMEDY)


def _records(file: File) -> int:
    with refusing(file.path, REMEDY):
        if file.size % RECORD or not file.size:
            raise ValueError(f"has {file.size} bytes, expected a multiple of {RECORD}")
    return file.size // RECORD


def _read(file: File) -> NDArray[np.uint8]:
    """The records of a file ``[n, 3073]``."""
    count = _records(file)
    with refusing(file.path, REMEDY), opened(file) as stream:
        records = read_rest(stream, count * RECORD, file).reshape(count, RECORD)
        check_labels(records[:, 0], CLASSES)
        return records
