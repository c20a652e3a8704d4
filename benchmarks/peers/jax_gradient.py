"""JAX: a compiled gradient for one worker after another, or vmapped over all of them."""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from measure.agreement import subject, subject_of_all
from measure.models import BATCHES, CNN, WORKERS, Case, Model
from measure.serve import Subject

# Every result is waited for, so dispatching it to another thread only costs: 11 instead of 16 us for softmax 64-10.
# (XLA's own flag for a single thread changes nothing where there is one core.)
jax.config.update("jax_cpu_enable_async_dispatch", False)


def loss(flat: jax.Array, inputs: jax.Array, labels: jax.Array, model: Model) -> jax.Array:
    """Mean cross-entropy."""
    sizes = np.cumsum([int(np.prod(shape)) for shape in model.shapes])[:-1]
    parts = [part.reshape(shape) for part, shape in zip(jnp.split(flat, sizes), model.shapes, strict=True)]
    *hidden, weight, bias = parts
    if isinstance(model, CNN):
        inputs = inputs.reshape(-1, model.side, model.side, 1)
        for kernel, offset in (hidden[:2], hidden[2:]):
            layout = ("NHWC", "HWIO", "NHWC")
            inputs = jax.lax.conv_general_dilated(inputs, kernel, (1, 1), "SAME", dimension_numbers=layout)
            inputs = jax.nn.relu(inputs + offset)
            inputs = jax.lax.reduce_window(inputs, -jnp.inf, jax.lax.max, (1, 2, 2, 1), (1, 2, 2, 1), "VALID")
        inputs = inputs.reshape(len(inputs), -1)
    else:
        for layer in range(0, len(hidden), 2):
            inputs = jax.nn.relu(inputs @ hidden[layer] + hidden[layer + 1])
    scores = jax.nn.log_softmax(inputs @ weight + bias)
    return -jnp.mean(jnp.take_along_axis(scores, labels[:, None], 1))


def prepare(*, threads: int, model: str, batch: int, vectorised: bool) -> Subject:
    """A case of `benchmarks/gradients.py`; XLA takes as many threads as there are cores."""
    case = Case.make(model, batch)
    inputs, labels = jnp.asarray(case.inputs), jnp.asarray(case.labels, jnp.int32)
    found: list[Any] = [None] * WORKERS

    def gradient(flat: jax.Array, index: jax.Array) -> jax.Array:
        return jax.grad(loss)(flat, inputs[index], labels[index], case.model)

    if vectorised:
        of_all, parameters = jax.jit(jax.vmap(gradient)), jnp.asarray(case.parameters)
        turns = [jnp.asarray(indices, jnp.int32) for indices in case.batches]

        def everybody(turn: int) -> None:
            found[0] = of_all(parameters, turns[turn]).block_until_ready()

        return subject_of_all(case, everybody, lambda: found[0])

    of_one, rows = jax.jit(gradient), [jnp.asarray(row) for row in case.parameters]
    indices = [[jnp.asarray(case.batches[turn, w], jnp.int32) for w in range(WORKERS)] for turn in range(BATCHES)]

    def one(worker: int, turn: int) -> None:
        found[worker] = of_one(rows[worker], indices[turn][worker]).block_until_ready()

    return subject(case, one, lambda: np.stack(found))
