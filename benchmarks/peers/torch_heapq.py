"""What a careful researcher writes by hand: asynchronous SGD on a heap of arrivals, with torch for the gradients.

One flat tensor per model with the layers as views of it, leaves made once, all mini-batches drawn beforehand, one heap
operation per gradient (a worker's gradient is taken when it arrives: its model has not changed since it was sent).
Nothing is modelled but exponential compute times and a constant delay each way: no bytes, no links, no queue.
"""

from __future__ import annotations

import heapq
import random
from itertools import pairwise

import torch
from torch.nn.functional import cross_entropy

from measure.serve import Subject
from sim.problems.digits_mlp import DigitsMLP
from sim.streams import stream

#: One way between worker and server, in mean compute times.
DELAY = 0.01


def layers(model: torch.Tensor, widths: list[int]) -> list[torch.Tensor]:
    """Weights and biases of a flat model, as leaves on the same memory."""
    shapes = [shape for inputs, outputs in pairwise(widths) for shape in ((inputs, outputs), (outputs,))]
    parts = model.split([torch.Size(shape).numel() for shape in shapes])
    return [part.view(shape).detach().requires_grad_() for part, shape in zip(parts, shapes, strict=True)]


def logits(inputs: torch.Tensor, parameters: list[torch.Tensor]) -> torch.Tensor:
    """Forward."""
    *hidden, weight, bias = parameters
    for layer in range(0, len(hidden), 2):
        inputs = torch.addmm(hidden[layer + 1], inputs, hidden[layer]).relu_()
    return torch.addmm(bias, inputs, weight)


def asynchronous_sgd(
    inputs: torch.Tensor,
    labels: torch.Tensor,
    server: torch.Tensor,
    widths: list[int],
    *,
    workers: int,
    batch: int,
    lr: float,
    gradients: int,
) -> None:
    """Update the flat model `server` in place with `gradients` gradients, each applied as it arrives."""
    models = list(server.repeat(workers, 1))
    parameters = [layers(model, widths) for model in models]
    seconds = random.Random(0).expovariate
    arrivals = [(seconds(1.0) + DELAY, worker) for worker in range(workers)]
    heapq.heapify(arrivals)
    for index in torch.randint(len(inputs), (gradients, batch)):
        now, worker = arrivals[0]
        batched = inputs.index_select(0, index)
        loss = cross_entropy(logits(batched, parameters[worker]), labels.index_select(0, index))
        gradient = torch.autograd.grad(loss, parameters[worker])
        server.add_(torch.cat([part.view(-1) for part in gradient]), alpha=-lr)
        models[worker].copy_(server)
        heapq.heapreplace(arrivals, (now + 2 * DELAY + seconds(1.0), worker))


def prepare(*, threads: int, workers: int, batch: int, lr: float) -> Subject:
    """The case of `benchmarks/end_to_end.py`, on the same data and start as ours; `threads` cores, one torch thread."""
    torch.set_num_threads(1)
    problem = DigitsMLP()
    task = problem.task(stream(0, "initial"))
    inputs, test = torch.from_numpy(task.train.inputs), torch.from_numpy(task.test.inputs)
    labels, truth = (torch.from_numpy(samples.targets).long() for samples in (task.train, task.test))
    accuracy = 0.0

    def work(count: int) -> int:
        nonlocal accuracy
        torch.manual_seed(0)
        server = torch.from_numpy(task.initial.copy())
        options = {"workers": workers, "batch": batch, "lr": lr, "gradients": count}
        asynchronous_sgd(inputs, labels, server, problem.widths, **options)
        with torch.no_grad():
            accuracy = (logits(test, layers(server, problem.widths)).argmax(1) == truth).float().mean().item()
        return count

    return Subject(work, lambda: accuracy)
