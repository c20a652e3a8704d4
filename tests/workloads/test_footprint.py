"""What a run takes of a device's memory, by published figures."""

import pytest
from experiments import experiment, option
from refusals import refused

from sim.cluster.blueprint import Blueprint
from sim.footprint import alternatives, does_not_fit, footprint
from sim.protocols import Protocol
from sim.protocols.families.keeping import Kept, kept_by
from sim.workloads.layers import Net
from topologies.options import options_in

GPT2 = {"workers": 16, "batch": 4, "workload": "gpt2_xl", "optimizer": "adam", "device": "h100"}


def share_of(kept):
    """Bytes of a parameter, with Adam in half precision: 2 and 2, and 12 of the optimizer."""
    return 2 * kept.weights + 2 * kept.gradients + 12 * kept.optimizer


@pytest.mark.parametrize(("protocol", "published"), [("allreduce", 120), ("sharded", 16.6), ("sharded stage=3", 1.9)])
def test_states_are_those_of_the_paper(protocol, published):
    # Rajbhandari et al. 2020, figure 1: 7.5e9 parameters on 64 devices take 120 GB, with gradients and states of the
    # optimizer shared out 16.6, with parameters 1.9.
    kept = kept_by(option("protocol", protocol), 64, overlap=False)
    assert 7.5 * share_of(kept) == pytest.approx(published, abs=0.05)


def test_states_of_the_optimizer_alone_are_no_option_and_are_those_of_the_paper():
    assert 7.5 * share_of(Kept(optimizer=1 / 64)) == pytest.approx(31.4, abs=0.05)


@pytest.mark.parametrize(
    ("devices", "published"),
    [
        (1, (120, 120)),
        (4, (41.3, 30)),
        (16, (21.6, 7.5)),
        (64, (16.6, 1.88)),
        (256, (15.4, 0.47)),
        (1024, (15.1, 0.12)),
    ],
)
def test_shares_are_those_of_the_table(devices, published):
    # The same, table 1: 7.5e9 parameters on 1 to 1024 devices.
    for stage, gigabytes in zip((2, 3), published, strict=True):
        kept = kept_by(option("protocol", f"sharded stage={stage}"), devices, overlap=False)
        assert 7.5 * share_of(kept) == pytest.approx(gigabytes, rel=5e-3, abs=5e-3)


def test_bytes_of_a_run_are_those_shares():
    # 1 557 611 200 parameters in bfloat16: 2 + 2 + (4 + 4 + 4) B with Adam.
    size = 1_557_611_200
    found = footprint(experiment("sharded stage=3", **GPT2 | {"workload": "gpt2_xl precision=bf16"}))
    assert (found.weights, found.gradients, found.optimizer) == (2 * size / 16, 2 * size / 16, 12 * size / 16)
    # One bucket is gathered and one not scattered. The largest has the embedding, and before it less than 25 MB.
    assert 2 * 50_257 * 1600 <= found.buckets / 2 < 2 * 50_257 * 1600 + 25e6
    hidden = experiment("sharded stage=3", **GPT2 | {"transport": "ideal overlap=true"})
    assert footprint(hidden).buckets == 2 * footprint(experiment("sharded stage=3", **GPT2)).buckets


# -- Activations


@pytest.mark.parametrize(("tokens", "width", "heads", "ratio"), [(2048, 12_288, 96, 80), (2048, 20_480, 128, 64)])
def test_a_transformer_keeps_what_its_equation_says(tokens, width, heads, ratio):
    # Korthikanti et al. 2023, section 4: s h (34 + 5 a s / h) bytes in half precision; 5 a s / h is 80 for GPT-3 and 64
    # for MT-NLG.
    net = Net()
    net.keep_block(tokens, width, heads)
    net.tensor("x", 1)
    kept = net.table().activations
    assert 2 * kept.elements + kept.plain == tokens * width * (34 + ratio)


@pytest.mark.parametrize(("workload", "millions"), [("resnet50", 11.1), ("resnet101", 16.2), ("resnet152", 22.6)])
def test_residual_nets_keep_the_published_outputs_twice(workload, millions):
    # Millions of outputs of all convolutions: model zoo of github:facebookresearch/pycls, column acts. Behind
    # each is a norm with another output; images and pooled maps are 0.35 M more.
    elements = option("workload", workload).table.activations.elements
    assert elements == pytest.approx(2e6 * millions + 150_528 + 64 * 56 * 56 + 2048, rel=0.01)


def test_vgg_keeps_the_published_activations():
    # Images, outputs of convolutions and pools, and inputs of linear layers: the 15.2 M numbers of Stanford's CS231n,
    # "Convolutional networks", VGGNet in detail, but for the 1000 outputs.
    assert option("workload", "vgg16").table.activations.elements == pytest.approx(15.2e6, rel=0.005)


def test_half_precision_keeps_half():
    full, half = (option("workload", f"resnet50 precision={name}").activation_bytes(8) for name in ("fp32", "amp"))
    assert full == 2 * half == 8 * 4 * option("workload", "resnet50").table.activations.elements


@pytest.mark.parametrize("workload", ["gpt_small", "transformer_xl"])
def test_what_nobody_knows_is_not_made_up(workload):
    assert footprint(experiment("allreduce", workload=workload)).activations is None
    assert footprint(experiment("allreduce", workload="synthetic")) is None


# -- Whether it fits


def test_a_model_that_does_not_fit_is_refused_with_the_shares_that_would():
    # 24.9 GB of fp32 with Adam; a 16th of gradients and states beside the weights are 6.23 x (1 + 3 / 16) = 7.40.
    with refused(
        "device.memory_bytes: 12 GB do not hold the 24.9 GB of workload=gpt2_xl: weights, gradients and states of "
        "optimizer=adam; choose protocol=sharded, which needs 7.4 GB, or a device with more, or give null for no check"
    ):
        Blueprint(experiment("allreduce", **GPT2 | {"device": "k80"}))
    with refused(
        "device.memory_bytes: 7 GB do not hold the 24.9 GB of workload=gpt2_xl: weights, gradients and states of "
        "optimizer=adam; choose protocol=sharded protocol.stage=3, which needs 1.56 GB, or a device with more, or give "
        "null for no check"
    ):
        Blueprint(experiment("allreduce", **GPT2 | {"device": "k80 memory_bytes=7e9"}))
    Blueprint(experiment("sharded stage=3", **GPT2 | {"device": "k80 memory_bytes=7e9"}))


def test_activations_that_do_not_fit_are_told_with_what_would():
    # Of s = 1024 tokens, h = 1600 features and a = 25 heads a sample keeps 48 times s h (64 + 2) + 9 a s^2 = 344e6 B in
    # single precision, and 0.22e9 of the head: 66.9 GB of 4 samples. In stage 2 weights and a 16th of the rest are
    # 7.4 GB, and a bucket 0.36.
    (said,) = does_not_fit(experiment("allreduce", **GPT2))
    assert said == (
        "does not fit on device=h100: 91.9 GB of 80 GB, 24.9 GB for weights, gradients and states, 66.9 GB for the "
        "activations of batch=4; protocol=sharded needs 74.7 GB, batch=3 fits, or make activations anew, which is not "
        "simulated"
    )
    assert not list(does_not_fit(experiment("allreduce", **GPT2 | {"batch": 3})))
    assert not list(does_not_fit(experiment("sharded", **GPT2)))
    assert not list(does_not_fit(experiment("allreduce", **GPT2 | {"device": "h100 memory_bytes=None"})))


def test_shares_are_offered_to_whom_they_learn_the_same_for():
    assert [said for said, _ in alternatives(experiment("hardsync", **GPT2))] == [
        "protocol=sharded",
        "protocol=sharded protocol.stage=3",
    ]
    assert not list(alternatives(experiment("async_ps", **GPT2)))


@pytest.mark.parametrize("name", [name for name, _ in options_in("sim.protocols", Protocol)])
def test_a_lone_worker_keeps_everything_of_its_own(name):
    protocol = option("protocol", name)
    kept = kept_by(protocol, 1, overlap=False)
    assert (kept.weights, kept.gradients) == (1.0, 1.0)
    assert kept.optimizer == (1.0 if protocol.own_models else 0.0)
