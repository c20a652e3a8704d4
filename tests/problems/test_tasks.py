"""A task is looked at before kernels trust it."""

import dataclasses

import numpy as np
import pytest
from refusals import refused

from sim.partitions import LocalData
from sim.problems import Samples
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.quadratic import Quadratic
from sim.streams import key, stream
from sim.tape.player import Player
from topologies.field_error import FieldError

DIGITS = DigitsMLP(hidden=[]).task(stream(0, "initial"))
QUADRATIC = Quadratic(dim=3).task(stream(0, "initial"))
INPUTS, TARGETS = DIGITS.train
READ_ONLY = np.broadcast_to(INPUTS[:1], (1440, 64))


@pytest.mark.parametrize(
    ("task", "field", "given", "wanted", "found"),
    [
        (QUADRATIC, "initial", [1.0], "float64 [n]", "list"),
        (QUADRATIC, "initial", np.ones(3, np.float16), "float64 [n]", "float16 [3]"),
        (QUADRATIC, "initial", np.ones((3, 1)), "float64 [n]", "float64 [3, 1]"),
        (DIGITS, "train.inputs", INPUTS.astype(np.float64), "float32 [n, n]", "float64 [1440, 64]"),
        (DIGITS, "train.inputs", INPUTS[:, ::2], "float32 [n, n]", "float32 [1440, 32], in pieces or read-only"),
        (DIGITS, "test.inputs", READ_ONLY, "float32 [n, n]", "float32 [1440, 64], in pieces or read-only"),
        (DIGITS, "test.targets", INPUTS, "float32 [n]", "float32 [1440, 64]"),
        (DIGITS, "layout", DIGITS.layout.astype(np.int32), "int64 [n]", "int32 [2]"),
        (QUADRATIC, "settings", QUADRATIC.settings.astype(np.float32), "float64 [n]", "float32 [2]"),
        (QUADRATIC, "noiseless", [1.0, 0.0], "float64 [n]", "list"),
    ],
)
def test_what_is_no_array_that_kernels_take_is_refused(task, field, given, wanted, found):
    name, _, part = field.partition(".")
    value = getattr(task, name)._replace(**{part: given}) if part else given
    with refused(f"{field}: must be an array {wanted}, in one piece and writable, got {found}") as refusal:
        dataclasses.replace(task, **{name: value})
    assert isinstance(refusal.value, FieldError)
    assert refusal.value.field == field


@pytest.mark.parametrize(
    ("task", "fields", "message"),
    [
        (
            DIGITS,
            {"train": Samples(INPUTS, TARGETS[1:].copy())},
            "train: has 1440 inputs and 1439 targets; give one for each",
        ),
        (
            DIGITS,
            {"test": Samples(INPUTS[:, 1:].copy(), TARGETS)},
            "test.inputs: must have 64 features as those of train, got 63",
        ),
        (QUADRATIC, {"noiseless": np.ones(1)}, "noiseless: must be as long as settings, 2, got 1"),
    ],
)
def test_arrays_that_do_not_fit_together_are_refused(task, fields, message):
    with refused(message):
        dataclasses.replace(task, **fields)


def test_a_set_without_samples_may_have_any_number_of_features():
    dataclasses.replace(DIGITS, test=Samples(np.empty((0, 1), np.float32), np.empty(0, np.float32)))


@pytest.mark.parametrize(
    ("order", "start", "stop", "message"),
    [
        (range(1441), [0], [1441], "samples: numbers 0 to 1440 are to be drawn, but the task has only 0 to 1439"),
        ([-1, 5], [0], [2], "samples: numbers -1 to 5 are to be drawn, but the task has only 0 to 1439"),
        ([0, 1], [0, 1], [1, 3], "partition: every worker needs a part of the samples; leave none without"),
        ([0, 1], [0, 2], [2, 2], "partition: every worker needs a part of the samples; leave none without"),
    ],
)
def test_samples_that_are_not_there_are_not_drawn(order, start, stop, message):
    local_data = LocalData(*(np.array(each) for each in (order, start, stop)))
    with refused(message):
        Player(DIGITS, local_data, key(0, "batch"), replacement=True, batch=1, slots=1)
