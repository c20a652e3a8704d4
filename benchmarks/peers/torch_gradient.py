"""torch: autograd for one worker after another, or vmap(grad) over all of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch.func import grad, vmap
from torch.nn.functional import conv2d, cross_entropy, max_pool2d

from measure.agreement import subject, subject_of_all
from measure.models import CNN, WORKERS, Case, Model, split
from measure.serve import Subject


def loss(parameters: Sequence[torch.Tensor], inputs: torch.Tensor, labels: torch.Tensor, model: Model) -> torch.Tensor:
    """Mean cross-entropy."""
    *hidden, weight, bias = parameters
    if isinstance(model, CNN):
        inputs = inputs.reshape(-1, 1, model.side, model.side)
        for kernel, offset in (hidden[:2], hidden[2:]):
            inputs = max_pool2d(conv2d(inputs, kernel, offset, padding=1).relu(), 2)
        inputs = inputs.flatten(1)
    else:
        for layer in range(0, len(hidden), 2):
            inputs = torch.addmm(hidden[layer + 1], inputs, hidden[layer]).relu()
    return cross_entropy(torch.addmm(bias, inputs, weight), labels)


def to_torch(flat: np.ndarray, model: Model) -> list[torch.Tensor]:
    """Each layer's parameters of all workers in torch's own order: channels before pixels."""
    parts = split(flat, model.shapes)
    if isinstance(model, CNN):
        for kernel in (0, 2):
            parts[kernel] = parts[kernel].transpose(0, 4, 3, 1, 2)
        pixels = (len(flat), model.side // 4, model.side // 4, model.channels[1], -1)
        parts[4] = parts[4].reshape(pixels).transpose(0, 3, 1, 2, 4).reshape(parts[4].shape)
    return [torch.from_numpy(np.ascontiguousarray(part)) for part in parts]


def from_torch(flat: torch.Tensor, like: list[torch.Tensor], model: Model) -> np.ndarray:
    """Undo `to_torch` on flat gradients ``[workers, d]``."""
    sizes = [part[0].numel() for part in like]
    parts = [part.reshape(one.shape).numpy() for part, one in zip(flat.split(sizes, 1), like, strict=True)]
    if isinstance(model, CNN):
        for kernel in (0, 2):
            parts[kernel] = parts[kernel].transpose(0, 3, 4, 2, 1)
        pixels = (len(flat), model.channels[1], model.side // 4, model.side // 4, -1)
        parts[4] = parts[4].reshape(pixels).transpose(0, 2, 3, 1, 4)
    return np.concatenate([part.reshape(len(flat), -1) for part in parts], axis=1)


def prepare(*, threads: int, model: str, batch: int, vectorised: bool) -> Subject:
    """A case of `benchmarks/gradients.py`."""
    torch.set_num_threads(threads)
    case = Case.make(model, batch)
    inputs, labels, batches = (torch.from_numpy(array) for array in (case.inputs, case.labels, case.batches))
    layers = to_torch(case.parameters, case.model)
    out = torch.empty(case.parameters.shape)
    leaves = [[layer[worker].clone().requires_grad_() for layer in layers] for worker in range(WORKERS)]
    of_all = vmap(grad(lambda parameters, x, y: loss(parameters, x, y, case.model)))

    def one(worker: int, turn: int) -> None:
        index = batches[turn, worker]
        value = loss(leaves[worker], inputs.index_select(0, index), labels.index_select(0, index), case.model)
        parts = torch.autograd.grad(value, leaves[worker])
        torch.cat([part.reshape(-1) for part in parts], out=out[worker])

    def everybody(turn: int) -> None:
        index = batches[turn]
        parts = of_all(layers, inputs[index], labels[index])
        torch.cat([part.reshape(WORKERS, -1) for part in parts], 1, out=out)

    def gradients() -> np.ndarray:
        return from_torch(out, layers, case.model)

    return subject_of_all(case, everybody, gradients) if vectorised else subject(case, one, gradients)
