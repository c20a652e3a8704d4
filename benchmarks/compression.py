"""Seconds per byte of gradient that the compressions take on one core: the defaults of `compression.seconds_per_byte`.

    python benchmarks/compression.py               # a quarter of a minute

Each rule of `kernels.compress` makes messages of a gradient of normal numbers, float32, with error feedback where that
is its default, of the given size, which is larger than the caches. Its message is then decoded: what a receiver does
to add the message up. The simulator's kernels know no encoded message, so decoding is timed on loops of its own, over
the formats that `Compression.message_bytes` counts: values with their indices, or with those that a seed gives
(random_k), a bit or four for each element, P and Q. Processor time of this thread, the least of several rounds.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from numba import njit
from numpy.typing import NDArray

from kernels import compress as rules
from kernels.top_k import BUCKETS

#: Rows and columns of the gradient's one matrix.
SHAPE = (2048, 4096)
RANK, SHARE, LEVELS, BUCKET = 2, 0.01, 7, 512


def least(work: Callable[[], object], rounds: int) -> float:
    """Least processor time of a call (s); the first one is not counted."""
    work()
    readings = []
    for _ in range(rounds):
        began = time.thread_time()
        work()
        readings.append(time.thread_time() - began)
    return min(readings)


def encoding(rule: int, states: int, coefficients: list[float]) -> Callable[[], object]:
    """A call that makes one message."""
    size = SHAPE[0] * SHAPE[1]
    store = np.random.default_rng(0).standard_normal((6, size), dtype=np.float32)
    slots, numbers = np.arange(1, 6, dtype=np.int64), np.array(coefficients, float)
    low, high, work = np.array([0]), np.array([size]), np.zeros(BUCKETS, np.int64)

    def call() -> None:
        rules.compress(store, rule, 0, states, slots, numbers, low, high, np.uint64(7), work)

    return call


@njit
def add_scattered(out: NDArray[np.float32], indices: NDArray[np.int64], values: NDArray[np.float32]) -> None:
    """Add values at their indices."""
    for j in range(values.shape[0]):
        out[indices[j]] += values[j]


@njit
def add_drawn(out: NDArray[np.float32], values: NDArray[np.float32]) -> None:
    """Add values at indices that are drawn anew."""
    state = np.uint64(7)
    for j in range(values.shape[0]):
        state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        out[(state >> np.uint64(33)) % np.uint64(out.shape[0])] += values[j]


@njit
def add_signs(out: NDArray[np.float32], packed: NDArray[np.uint8], scale: float) -> None:
    """Add one bit for each element."""
    plus, minus = np.float32(scale), np.float32(-scale)
    for byte in range(packed.shape[0]):
        bits = packed[byte]
        for j in range(8):
            out[8 * byte + j] += plus if bits >> j & 1 else minus


@njit
def add_levels(out: NDArray[np.float32], packed: NDArray[np.uint8], norms: NDArray[np.float32]) -> None:
    """Add a sign and one of seven levels, four bits, for each element."""
    for bucket in range(norms.shape[0]):
        unit = norms[bucket] / np.float32(LEVELS)
        for byte in range(bucket * BUCKET // 2, (bucket + 1) * BUCKET // 2):
            for j in range(2):
                level = packed[byte] >> (4 * j) & 15
                value = unit * np.float32(level & 7)
                out[2 * byte + j] += -value if level & 8 else value


def decodings() -> dict[str, Callable[[], object]]:
    """Calls that add one message up, by the kind of its content."""
    size = SHAPE[0] * SHAPE[1]
    k = round(SHARE * size)
    generator = np.random.default_rng(1)
    out = generator.standard_normal(size, dtype=np.float32)
    matrix, product = out.reshape(SHAPE), np.empty(SHAPE, np.float32)
    values, indices = generator.standard_normal(k, dtype=np.float32), np.sort(generator.choice(size, k, replace=False))
    bits, levels = (generator.integers(0, 256, size // each, dtype=np.uint8) for each in (8, 2))
    norms = generator.random(size // BUCKET, dtype=np.float32)
    p, q = (generator.standard_normal((n, RANK), dtype=np.float32) for n in SHAPE)

    def multiply() -> None:
        np.matmul(p, q.T, out=product)
        np.add(matrix, product, out=matrix)

    return {
        "indices": lambda: add_scattered(out, indices, values),
        "seed": lambda: add_drawn(out, values),
        "signs": lambda: add_signs(out, bits, 0.5),
        "levels": lambda: add_levels(out, levels, norms),
        "factors": multiply,
    }


def main() -> None:
    """Time every compression, and print what it takes."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7, help="rounds, of which the fastest counts")
    rounds = parser.parse_args().rounds
    size = SHAPE[0] * SHAPE[1]
    k = round(SHARE * size)
    decode = decodings()
    cases: dict[str, tuple[Callable[[], object], Callable[[], object]]] = {
        "top_k": (encoding(rules.TOP_K, 1, [k]), decode["indices"]),
        "random_k": (encoding(rules.RANDOM_K, 1, [k, 1.0]), decode["seed"]),
        "qsgd": (encoding(rules.QUANTISE, 0, [LEVELS, BUCKET]), decode["levels"]),
        "sign_sgd": (encoding(rules.VOTE, 0, []), decode["signs"]),
        "sign_sgd error_feedback": (encoding(rules.SCALED_SIGN, 1, []), decode["signs"]),
        "power_sgd": (encoding(rules.LOW_RANK, 2, [RANK, 1, 0, *SHAPE]), decode["factors"]),
    }
    print(f"{4 * size / 1e6:.0f} MB, one thread")
    print(f"{'compression':26}{'encode s/B':>12}{'decode s/B':>12}{'share':>8}")
    for name, works in cases.items():
        made, read = (least(work, rounds) / (4 * size) for work in works)
        print(f"{name:26}{made:12.2e}{read:12.2e}{read / made:8.2f}")


if __name__ == "__main__":
    main()
