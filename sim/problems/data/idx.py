"""Labelled images in the idx format, in which MNIST, Fashion-MNIST and EMNIST are published.

A file of images begins with the big-endian 32-bit numbers 2051, images, rows, columns and goes on with a byte per
pixel, row by row; a file of labels begins with 2049, labels and goes on with a byte per label (LeCun, Cortes, Burges,
"The MNIST database of handwritten digits"). Training and test images are split as published: in files of their own.
Files have the names of MNIST, also with a point before ``idx`` or in a folder of that name as some archives unpack
them, or those of EMNIST (Cohen et al. 2017): the set before them, and ``test`` for ``t10k``.
"""

from __future__ import annotations

import math
import os
import re
import struct
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.problems import Samples
from sim.problems.data.folder import File, check_rest, find, opened, read_rest, refusing
from sim.problems.data.lock import locked
from sim.problems.data.pixels import standardise
from topologies.field_error import FieldError

#: Where Debian's package of Fashion-MNIST puts its files.
FASHION_MNIST = "/usr/share/datasets/fashion-mnist"
REMEDY = (
    "give the folder with the four idx files of Fashion-MNIST (Debian, Ubuntu: apt install dataset-fashion-mnist) "
    "or MNIST, plain or .gz"
)
#: A file of training images, with what stands before its name in MNIST.
_TRAINING_IMAGES = re.compile(r"(|.+-)train-images[-.]idx3-ubyte(\.gz)?$")
#: Bytes (8) in so many dimensions: what an idx file of images and one of labels begin with.
IMAGES, LABELS = 0x803, 0x801
#: What such numbers say of the elements; the last byte is the number of dimensions.
ELEMENTS = {
    0x08: "unsigned bytes",
    0x09: "signed bytes",
    0x0B: "16-bit integers",
    0x0C: "32-bit integers",
    0x0D: "32-bit floats",
    0x0E: "64-bit floats",
}
#: What a gzip file begins with.
GZIP = 0x1F8B


class Images(NamedTuple):
    """How many images there are, and how many rows and columns of pixels each has."""

    samples: int
    rows: int
    columns: int


def training_images(folder: str) -> Images:
    """The size of the training set, of which only the first 16 bytes are read: the file can hold as much as they say.

    Raises
    ------
    FieldError
        ``folder: ...``, as from `load`.
    """
    file = _find(folder, "train-images-idx3-ubyte")
    with refusing(file.path, REMEDY), opened(file) as stream:
        images = _header(stream)
        check_rest(stream, math.prod(images), file)
        return images


def load(folder: str, expected: Images, classes: int) -> tuple[Samples, Samples]:
    """Load the training and test samples.

    Parameters
    ----------
    folder
        With ``train-images-idx3-ubyte``, ``train-labels-idx1-ubyte``, ``t10k-images-idx3-ubyte`` and
        ``t10k-labels-idx1-ubyte``, each plain or with ``.gz`` added, or by another name under which they are published.
    expected
        What `training_images` has said.
    classes
        Number of classes: labels are below it.

    Returns
    -------
    train, test
        Read-only and kept until the files change: inputs, float32 ``[n, rows * columns]``, standardised by one mean and
        deviation of all training pixels; class numbers, float32 ``[n]``.

    Raises
    ------
    FieldError
        ``folder: ...`` if a file is missing, truncated, too long or not what its name claims, if images and labels are
        not equally many, or if a label is out of range.
    """
    train = _find(folder, "train-images-idx3-ubyte"), _find(folder, "train-labels-idx1-ubyte")
    test = _find(folder, "t10k-images-idx3-ubyte"), _find(folder, "t10k-labels-idx1-ubyte")
    if (found := training_images(folder)) != expected:
        raise FieldError("folder", f"{folder}: has changed, it held {expected} and holds {found}; begin anew")
    return _load(train, test, expected, classes)


@lru_cache(maxsize=2)
def _load(train: tuple[File, File], test: tuple[File, File], expected: Images, classes: int) -> tuple[Samples, Samples]:
    learned, measured = _images(train[0], expected), _images(test[0], expected)
    inputs = standardise(*(images.reshape(len(images), 1, -1) for images in (learned, measured)))
    return (
        locked(inputs[0], _labels(train[1], len(learned), classes)),
        locked(inputs[1], _labels(test[1], len(measured), classes)),
    )


def _find(folder: str, name: str) -> File:
    others = [name.replace("-idx", ".idx")]
    one = _one_set(folder)
    if one:
        own = f"{one}{name.replace('t10k-', 'test-')}"
        others += [own, own.replace("-idx", ".idx")]
    also = [f"{other}{end}" for other in others for end in ("", ".gz")]
    unpacked = [f"{other}/{other}" for other in (name, *others)]
    return find(folder, [name, f"{name}.gz"], REMEDY, [*also, *unpacked])


def _one_set(folder: str) -> str:
    """What stands before the names of the files of a set, such as ``emnist-letters-``; nothing without.

    Raises
    ------
    FieldError
        If there are several sets, of which none has the names of MNIST.
    """
    place = Path(os.path.expanduser(folder))
    with refusing(place, REMEDY):
        names = os.listdir(place) if folder and place.is_dir() else []
        sets = sorted({match[1] for match in map(_TRAINING_IMAGES.match, names) if match})
        if "" in sets:
            return ""
        if len(sets) > 1:
            raise ValueError(
                f"holds several data sets ({', '.join(each[:-1] for each in sets)}); leave one in a folder"
            )
    return sets[0] if sets else ""


def _images(file: File, expected: Images) -> NDArray[np.uint8]:
    with refusing(file.path, REMEDY), opened(file) as stream:
        images = _header(stream)
        if (images.rows, images.columns) != (expected.rows, expected.columns):
            raise ValueError(
                f"has images of {images.rows} x {images.columns} pixels, "
                f"expected {expected.rows} x {expected.columns} as for training"
            )
        return read_rest(stream, math.prod(images), file).reshape(images)


def _labels(file: File, images: int, classes: int) -> NDArray[np.uint8]:
    with refusing(file.path, REMEDY), opened(file) as stream:
        (count,) = _sizes(stream, LABELS)
        if count != images:
            raise ValueError(f"has {count} labels, expected {images}, as many as there are images")
        labels = read_rest(stream, count, file)
    highest = int(labels.max())
    with refusing(file.path, f"{REMEDY}, or problem.classes={highest + 1} where labels up to {highest} are meant"):
        check_labels(labels, classes)
    return labels


def check_labels(labels: NDArray[np.uint8], classes: int) -> None:
    """Refuse labels ``[n]`` that are not below `classes`; the message lacks the file's name."""
    if labels.max() >= classes:
        first = int(np.argmax(labels >= classes))
        raise ValueError(f"gives sample {first} the label {labels[first]}, expected 0 to {classes - 1}")


def _header(stream: BinaryIO) -> Images:
    images = Images(*_sizes(stream, IMAGES))
    if not math.prod(images):
        raise ValueError(f"has {images.samples} images of {images.rows} x {images.columns} pixels, expected some")
    return images


def _sizes(stream: BinaryIO, kind: int) -> tuple[int, ...]:
    """Read the sizes of all dimensions."""
    dimensions = kind & 0xFF
    header = stream.read(4 * (dimensions + 1))
    magic = int.from_bytes(header[:4], "big")
    if len(header) >= 4 and magic != kind:
        raise ValueError(f"begins with the number {magic}{_meaning(magic)}, expected {kind}{_meaning(kind)}")
    if len(header) < 4 * (dimensions + 1):
        raise ValueError(f"has {len(header)} bytes, expected a header of {4 * (dimensions + 1)}")
    return struct.unpack(f">{dimensions}I", header[4:])


def _meaning(magic: int) -> str:
    """What a file holds that begins with a number, where that can be told."""
    if magic >> 16 == GZIP:
        return " (a gzip file, whose name has to end in .gz)"
    elements, dimensions = ELEMENTS.get(magic >> 8), magic & 0xFF
    return "" if elements is None else f" ({elements} in {dimensions} dimension{'s' if dimensions != 1 else ''})"
