"""How long a gradient takes on a device of the catalogue, and what is said of it."""

import pytest
from experiments import experiment, simulated
from refusals import refused

from sim.catalogue.catalogue import built_in
from sim.cluster.blueprint import Blueprint


def seconds(device, workload="resnet50", batch=32, **fields):
    return Blueprint(experiment("local", workers=1, device=device, workload=workload, batch=batch, **fields)).seconds


def note(device, workload="resnet50", **fields):
    result = simulated("local", workers=1, until="updates=2", device=device, workload=workload, **fields)
    (only,) = [each for each in result.notices if each.startswith("a mini-batch takes ")]
    return only


@pytest.mark.parametrize("row", built_in().throughputs(), ids=lambda row: f"{row.name} {row.workload} {row.precision}")
def test_a_run_reaches_what_has_been_measured(row):
    # t0 + t1 batch is batch / throughput at the batch that was measured, whatever t0 is; nothing is exchanged.
    workload, device = f"{row.workload} precision={row.precision}", f"{row.name} memory_bytes=None"
    fields = {"workload": workload, "device": device, "batch": row.batch, "until": "updates=5"}
    result = simulated("local", workers=1, **fields)
    assert result.summary.samples_per_second == pytest.approx(row.amount, rel=1e-9)


@pytest.mark.parametrize(("device", "precision", "rate"), [("v100", "fp32", 367), ("a100", "tf32", 938)])
@pytest.mark.parametrize("batch", [32, 64, 128, 256])
def test_resnet_50_is_within_the_overhead_of_what_has_been_measured(device, precision, rate, batch):
    # 1 ms of each mini-batch does not depend on its size: with b samples instead of B the rate changes by the factor
    # 1 / (1 + t0 r (1 / b - 1 / B)), which at 32 samples is 0.8 % on the V100 and 2.6 % on the A100.
    measured = 112 if device == "v100" else 256
    fields = {"workload": f"resnet50 precision={precision}", "device": device, "batch": batch, "until": "updates=5"}
    found = simulated("local", workers=1, **fields).summary.samples_per_second
    assert found == pytest.approx(rate / (1 + 1e-3 * rate * (1 / batch - 1 / measured)), rel=1e-9)
    assert found == pytest.approx(rate, rel=0.03)


def test_time_is_a_line_over_the_batch():
    times = [seconds("v100", batch=batch) for batch in (1, 2, 3, 100)]
    each = 1 / 367 - 1e-3 / 112
    assert times == pytest.approx([1e-3 + batch * each for batch in (1, 2, 3, 100)], rel=1e-12)
    # The user's overhead is added to what every sample takes, which the measurement says.
    assert seconds("v100 overhead_seconds=0.1", batch=100) == pytest.approx(0.1 + 100 * each, rel=1e-12)


def test_micro_batches_have_an_overhead_each():
    assert seconds("v100", "resnet50 accumulation=4", batch=28) == pytest.approx(4 * seconds("v100", batch=28))


def test_what_the_user_says_of_the_device_wins_over_what_has_been_measured():
    flops = 3 * 2 * 4_089_184_256
    assert seconds("v100 peak_flops=1e13") == 1e-3 + 32 * flops / (1e13 * 0.5)
    assert seconds("v100 efficiency=0.25") == 1e-3 + 32 * flops / (15.7e12 * 0.25)
    said = note("v100 peak_flops=1e13")
    assert "at device.peak_flops=1e+13 x 0.5 of it (fitted; ResNet-50 (57 %)" in said
    assert "in place of the 367 images/s of resnet50 (measured; NVIDIA DeepLearningExamples" in said


def test_a_measurement_is_of_the_published_sizes_alone():
    assert note("v100", "bert_base").split(": ")[1].startswith("119.61 sequences/s of bert_base in fp32 on device=v100")
    assert note("v100", "bert_base tokens=512").split(": ")[1].startswith("three forward passes in fp32 on device=v100")


def test_the_output_says_which_figure_was_taken_with_its_source_and_kind():
    assert note("v100") == (
        "a mini-batch takes 1 ms and 2.72 ms a sample: 367 images/s of resnet50 in fp32 on device=v100, in "
        "mini-batches of 112 (measured; NVIDIA DeepLearningExamples, PyTorch ResNet-50 v1.5, one GPU of a DGX-1 of "
        "16 GB (@291f0d02), as of 2021-03)"
    )
    assert note("l40s", "resnet50 precision=bf16") == (
        "a mini-batch takes 1 ms and 339 µs a sample: three forward passes in bf16 on device=l40s at 362 TFLOP/s "
        "(peak; NVIDIA L40S data sheet, as of 2023-08) x 0.2 of it (assumed, nobody has measured it)"
    )


@pytest.mark.parametrize(
    ("device", "precision", "others"),
    [("v100", "bf16", "fp32, amp"), ("v100", "tf32", "fp32, amp"), ("k80", "amp", "fp32"), ("t4", "bf16", "fp32, amp")],
)
def test_a_precision_of_which_nothing_is_known_is_refused(device, precision, others):
    with refused(
        f"workload.precision: of device={device} no peak is known in {precision}; choose one of {others}, or give "
        "device.peak_flops"
    ):
        seconds(device, f"resnet50 precision={precision}")
    assert seconds(f"{device} peak_flops=1e13 efficiency=1", f"resnet50 precision={precision}") > 0


def test_precisions_differ_in_speed_and_not_only_in_bytes():
    times = [seconds("a100", f"resnet18 precision={precision}") for precision in ("fp32", "tf32", "amp", "bf16")]
    flops = 32 * 3 * 2 * 1_814_073_344
    rates = [19.5e12 * 0.5, 156e12 * 0.15, 312e12 * 0.2, 312e12 * 0.2]
    assert times == pytest.approx([1e-3 + flops / rate for rate in rates], rel=1e-12)


@pytest.mark.parametrize(
    ("device", "rate", "overhead"), [("cpu_core", 48e9, 1e-4), ("v100", 7.85e12, 1e-3), ("a100", 23.4e12, 1e-3)]
)
def test_problems_of_ones_own_compute_in_what_single_precision_programs_do(device, rate, overhead):
    # cpu_core 96 GFLOP/s x 0.5; V100 15.7 TFLOP/s x 0.5; A100 in TF32, 156 TFLOP/s x 0.15. digits_mlp costs 55 k FLOP.
    blueprint = Blueprint(experiment("local", workers=1, device=device))
    assert blueprint.seconds == overhead + 32 * blueprint.experiment.problem.flops_per_sample / rate
