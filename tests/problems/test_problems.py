"""What every problem promises; problems are found by themselves, and the large data sets are replaced by small ones."""

import dataclasses

import numpy as np
import pytest
from data_files import write_cifar_folder, write_idx_folder
from experiments import OPTIONS, option, simulated
from refusals import refused

from sim.devices.cpu_core import CPUCore
from sim.problems.cifar10_cnn import Cifar10CNN
from sim.problems.diabetes import Diabetes
from sim.problems.digits_cnn import DigitsCNN
from sim.problems.digits_mlp import DigitsMLP
from sim.problems.fashion_mlp import FashionMLP
from sim.problems.idx_mlp import IdxMLP
from sim.problems.models.recurrent import Recurrent
from sim.problems.none import NoProblem
from sim.streams import stream
from sim.workloads.native import Native
from topologies.field_error import FieldError

PROBLEMS = [*OPTIONS["problem"].values()]
LEARNING = [option for option in PROBLEMS if option.learns]
WITH_DATA = [option for option in LEARNING if option().__dict__.get("folder") is not None or option().samples]


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A small folder for every problem that reads one."""
    idx, cifar = tmp_path_factory.mktemp("idx"), tmp_path_factory.mktemp("cifar")
    write_idx_folder(idx)
    write_cifar_folder(cifar)
    return lambda option: str(cifar if option is Cifar10CNN else idx)


@pytest.fixture
def made(folders):
    """``made(option)``: the problem with its defaults, on a small folder if it reads one."""
    return lambda option: option(folder=folders(option)) if hasattr(option(), "folder") else option()


def gradient_of(task, batch, spare=16):
    """A gradient in a row that is longer than it, and what was in the row before."""
    d, dtype = len(task.initial), task.initial.dtype
    x, out = np.zeros(d + spare, dtype), np.full(d + spare, 7, dtype)
    x[:d] = task.initial
    index = np.arange(batch)
    scratch = np.empty(task.scratch_size(batch), dtype)
    task.gradient(x, out, index, np.uint64(1), *task.train, task.layout, task.settings, scratch, x)
    return out


@pytest.mark.parametrize("option", PROBLEMS)
def test_an_option_reads_nothing_before_it_is_asked(option):
    if hasattr(option(), "folder"):
        option(folder="/there/is/no/such/folder")


@pytest.mark.parametrize("option", LEARNING)
def test_the_tensors_make_up_the_parameters(option, made):
    problem = made(option)
    assert problem.parameters == sum(problem.tensors) == len(problem.task(stream(0, "initial")).initial)


@pytest.mark.parametrize("option", LEARNING)
def test_the_clock_alone_can_stand_in_for_it(option, made):
    problem = made(option)
    other = NoProblem.in_place_of(problem)
    assert (other.tensors, other.shapes, other.samples) == (problem.tensors, problem.shapes, problem.samples)
    assert Native().gradient_seconds(other, CPUCore(), 32) == Native().gradient_seconds(problem, CPUCore(), 32)
    assert Native().message_bytes(other) == Native().message_bytes(problem)


@pytest.mark.parametrize("option", LEARNING)
def test_the_arrays_of_a_task_are_what_kernels_take(option, made):
    task = made(option).task(stream(0, "initial"))
    for values in (task.initial, *task.train, *task.test):
        assert values.dtype == task.initial.dtype
        assert values.flags.c_contiguous
    for inputs, targets in (task.train, task.test):
        assert (inputs.ndim, targets.shape) == (2, (len(inputs),))
    assert task.train.inputs.shape[1] == task.test.inputs.shape[1]


@pytest.mark.parametrize("option", LEARNING)
def test_a_whole_number_is_a_number_too(option, made):
    # As in DigitsMLP(l2=1), where a config would make it 1.0.
    whole = {field.name: 1 for field in dataclasses.fields(option) if field.type == "float"}
    problem = dataclasses.replace(made(option), **whole)
    simulated(workers=2, problem=problem, until="updates=2")


@pytest.mark.parametrize("option", WITH_DATA)
def test_the_size_of_the_training_set_is_known_before_it_is_loaded(option, made):
    assert made(option).samples == len(made(option).task(stream(0, "initial")).train.inputs)


@pytest.mark.parametrize("option", LEARNING)
def test_a_gradient_is_finite_and_fills_its_parameters_and_no_more(option, made):
    problem = made(option)
    gradient = gradient_of(problem.task(stream(0, "initial")), batch=8)
    assert np.isfinite(gradient).all()
    assert np.any(gradient[: problem.parameters])
    assert (gradient[problem.parameters :] == 7).all()


@pytest.mark.parametrize("option", WITH_DATA)
def test_the_seed_changes_the_start_and_not_the_data(option, made):
    first, other = (made(option).task(stream(seed, "initial")) for seed in range(2))
    assert np.any(first.initial != other.initial)
    assert all(map(np.array_equal, [*first.train, *first.test], [*other.train, *other.test]))


@pytest.mark.parametrize("option", LEARNING)
def test_the_loss_falls(option, made):
    lr = 0.5 if issubclass(option, Recurrent) else 0.02  # what passes eight steps has a small gradient
    fields = {"optimizer": f"sgd lr={lr}", "until": "updates=100", "record": "every_updates=100"}
    metrics = simulated("allreduce", workers=2, batch=8, problem=made(option), **fields).metrics
    # The quadratic, the slowest, loses (1 - 0.02)^200 = 0.018 of all but its noise; the others have little to learn.
    assert metrics[-1].train_loss < 0.75 * metrics[0].train_loss


@pytest.mark.parametrize("option", LEARNING)
def test_the_metric_is_measured(option, made):
    problem = made(option)
    summary = simulated(workers=2, problem=problem, until="updates=10").summary
    assert (summary.final_test_accuracy is not None) == (problem.metric == "accuracy")
    assert (summary.final_test_rmse is not None) == (problem.metric == "rmse")


@pytest.mark.parametrize("option", [option for option in LEARNING if hasattr(option(), "l2")])
def test_the_penalty_adds_its_multiple_of_the_parameters_to_the_gradient(option, made):
    plain, penalised = (dataclasses.replace(made(option), l2=l2).task(stream(0, "initial")) for l2 in (0.0, 0.5))
    difference = gradient_of(penalised, 8)[: len(plain.initial)] - gradient_of(plain, 8)[: len(plain.initial)]
    scale = abs(gradient_of(plain, 8)).max() + 1
    np.testing.assert_allclose(difference, 0.5 * plain.initial, atol=1e-6 * scale)  # float32 rounds the sum


def test_the_flops_of_a_perceptron_are_those_of_its_products():
    # Weights 64 x 128, 128 x 64, 64 x 10; each 2 forward, 2 for its gradient and, but in layer one, 2 for its inputs'.
    assert DigitsMLP().flops_per_sample == 6 * (64 * 128 + 128 * 64 + 64 * 10) - 2 * 64 * 128


def test_the_flops_of_a_convolutional_network_are_those_of_its_products():
    # 16 filters of 3 x 3 at 64 places, 32 of 3 x 3 x 16 at 16, a dense layer of 2 x 2 x 32 by 10; as above.
    assert DigitsCNN().flops_per_sample == 6 * (9 * 16 * 64 + 144 * 32 * 16 + 128 * 10) - 2 * 9 * 16 * 64


def test_the_tensors_of_a_convolutional_network_are_weights_and_biases_layer_by_layer():
    assert DigitsCNN().tensors == [9 * 16, 16, 9 * 16 * 32, 32, 2 * 2 * 32 * 10, 10]


def test_an_odd_row_or_column_is_dropped_by_pooling(tmp_path):
    write_idx_folder(tmp_path, rows=11, columns=7)
    problem = option("problem", f"idx_cnn folder={tmp_path} channels=[4,6] kernel=5 hidden=[9]")
    # 11 x 7 -> 5 x 3 -> 2 x 1, from sums at 10 x 6 and at 4 x 2 places.
    assert problem.tensors == [25 * 4, 4, 25 * 4 * 6, 6, 2 * 1 * 6 * 9, 9, 9 * 10, 10]
    assert problem.flops_per_sample == 6 * (25 * 4 * 60 + 100 * 6 * 8 + 12 * 9 + 9 * 10) - 2 * 25 * 4 * 60
    assert problem.parameters == len(problem.task(stream(0, "initial")).initial)


def test_a_folder_with_other_classes_needs_their_number(tmp_path):
    write_idx_folder(tmp_path)
    assert IdxMLP(folder=str(tmp_path), classes=47).widths == [120, 256, 128, 47]
    with pytest.raises(FieldError, match="gives sample 9 the label 9, expected 0 to 8; give the folder"):
        IdxMLP(folder=str(tmp_path), classes=9).task(stream(0, "initial"))


def test_more_convolutions_than_an_image_can_be_halved_are_refused():
    with refused(
        "channels: 4 convolutions halve the image as often, but one of 8 x 8 pixels can be halved 3 times; "
        "use at most 3"
    ):
        DigitsCNN(channels=[1, 1, 1, 1]).task(stream(0, "initial"))


def test_the_look_at_a_folder_outlives_the_folder(tmp_path):
    write_idx_folder(tmp_path)
    problem = IdxMLP(folder=str(tmp_path))
    assert problem.samples == 60
    for path in tmp_path.iterdir():
        path.unlink()
    assert problem.samples == 60


def test_equal_problems_are_equal_whatever_they_have_looked_at(tmp_path):
    write_idx_folder(tmp_path)
    looked = IdxMLP(folder=str(tmp_path))
    looked.task(stream(0, "initial"))
    assert looked == IdxMLP(folder=str(tmp_path))
    assert dataclasses.asdict(looked) == dataclasses.asdict(IdxMLP(folder=str(tmp_path)))


def test_fashion_is_idx_with_the_folder_of_debians_package():
    assert FashionMLP().folder == "/usr/share/datasets/fashion-mnist"
    assert FashionMLP(folder="elsewhere").folder == "elsewhere"


def test_linear_regression_is_what_diabetes_begins_with():
    assert Diabetes().tensors == [10, 1]
    assert Diabetes(hidden=[16]).tensors == [160, 16, 16, 1]
