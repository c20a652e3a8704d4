"""What a model keeps on a device, and whether it fits."""

import pytest
from experiments import experiment, option
from refusals import refused

from sim.cluster.blueprint import Blueprint


@pytest.mark.parametrize(
    ("optimizer", "each"), [("sgd", 8), ("momentum", 12), ("nesterov", 12), ("adagrad", 12), ("adam", 16)]
)
@pytest.mark.parametrize("precision", ["fp32", "tf32", "amp", "bf16"])
def test_weights_gradients_and_states_are_counted(optimizer, each, precision):
    # Adam in mixed precision: 2 + 2 + 4 + 4 + 4 = 16 B a parameter (Rajbhandari et al. 2020, section 3.1); in single
    # precision 4 + 4 + 4 + 4. Every vector that an optimizer does not keep is 4 B less.
    workload = option("workload", f"resnet18 precision={precision}")
    assert sum(workload.state_bytes(option("optimizer", optimizer).vectors)) == each * 11_689_512


def test_what_does_not_fit_on_a_device_is_refused():
    # 1 557 611 200 x 16 B = 24.9 GB: too much for 16 GB, not for 40.
    fields = {"workers": 2, "workload": "gpt2_xl", "optimizer": "adam"}
    with refused(
        "device.memory_bytes: 16 GB do not hold the 24.9 GB of workload=gpt2_xl: weights, gradients and states of "
        "optimizer=adam; choose protocol=sharded, which needs 15.6 GB, or a device with more, or give null for no check"
    ):
        Blueprint(experiment("allreduce", device="v100", **fields))
    Blueprint(experiment("allreduce", device="a100", **fields))
    Blueprint(experiment("allreduce", device="v100 memory_bytes=None", **fields))
    # Where the server takes the steps, workers keep 8 B: 12.5 GB.
    Blueprint(experiment("hardsync", device="v100", **fields))


def test_gradients_over_too_many_samples_are_refused_where_they_are_computed():
    fields = {"workers": 2, "batch": 64, "workload": "resnet18 accumulation=100000"}
    with refused(
        "workload.accumulation: 100000 times batch=64 are gradients over 6400000 samples, more than the 1000000 that "
        "can be computed; give less, or problem=none for the clock alone"
    ):
        Blueprint(experiment("allreduce", problem="digits_mlp", **fields))
    Blueprint(experiment("allreduce", until="updates=1", **fields))
