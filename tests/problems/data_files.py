"""Small data sets, written in the formats in which the large ones are published."""

import gzip
import struct

import numpy as np

IMAGES = "train-images-idx3-ubyte"
LABELS = "train-labels-idx1-ubyte"
TEST_IMAGES = "t10k-images-idx3-ubyte"
TEST_LABELS = "t10k-labels-idx1-ubyte"


def idx(values, magic=None, sizes=None):
    """The bytes of an idx file of unsigned bytes; with a header that lies if asked."""
    header = [2048 + values.ndim if magic is None else magic, *(values.shape if sizes is None else sizes)]
    return struct.pack(f">{len(header)}I", *header) + values.tobytes()


def random_images(generator, count, rows, columns, classes=10):
    """Images whose class shows: a brighter row, and noise."""
    labels = (np.arange(count) % classes).astype(np.uint8)
    images = generator.integers(0, 100, (count, rows, columns), np.uint8)
    images[np.arange(count), labels % rows] += 150
    return images, labels


def write_idx_folder(folder, train=60, test=20, rows=12, columns=10, compressed=False):
    """Write the four files; return what is in them, in the order of the names above."""
    generator = np.random.default_rng(0)
    arrays = [*random_images(generator, train, rows, columns), *random_images(generator, test, rows, columns)]
    for name, values in zip((IMAGES, LABELS, TEST_IMAGES, TEST_LABELS), arrays, strict=True):
        content = idx(values)
        (folder / (f"{name}.gz" if compressed else name)).write_bytes(gzip.compress(content) if compressed else content)
    return arrays


def write_cifar_folder(folder, records=20):
    """Write the six batches; return the records of the training set and of the test set ``[n, 3073]``."""
    generator = np.random.default_rng(0)
    batches = generator.integers(0, 256, (6, records, 3073), np.uint8)
    batches[:, :, 0] = np.arange(records) % 10
    batches[:, :, 1:] //= 2
    batches[:, :, 1:] += batches[:, :, :1] * 10  # the class shows in the brightness
    names = [*(f"data_batch_{number}.bin" for number in range(1, 6)), "test_batch.bin"]
    for name, batch in zip(names, batches, strict=True):
        (folder / name).write_bytes(batch.tobytes())
    return batches[:5].reshape(-1, 3073), batches[5]
