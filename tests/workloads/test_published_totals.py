"""The tables of tensors against what is published of the models: parameters exactly, multiply-adds as rounded there."""

import pytest
from experiments import names, option

from sim.workloads.tabulated import Tabulated

#: Parameters, and multiply-adds of the forward pass of one sample (G); None where nobody publishes them.
PUBLISHED = {
    "resnet18": (11_689_512, 1.814),  # torchvision, weights page
    "resnet50": (25_557_032, 4.089),
    "resnet101": (44_549_160, 7.801),
    "resnet152": (60_192_808, 11.514),
    "vgg16": (138_357_544, 15.470),
    "alexnet": (61_100_840, 0.714),
    "inception_v3": (23_834_568, 5.713),  # without the auxiliary head, which torchvision's operations leave out, too
    "bert_base": (109_482_240, None),  # transformers, BertModel
    "bert_large": (335_141_888, None),
    "gpt2": (124_439_808, None),  # transformers, GPT2LMHeadModel
    "gpt2_xl": (1_557_611_200, None),  # the same
    "yolov3": (61_949_149, 32.93),  # Darknet: 65.86 GFLOP at 416 x 416
    "gpt_small": (30_846_720, None),  # torchtitan, counted by the framework
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_totals_are_those_published(name):
    parameters, giga_multiply_adds = PUBLISHED[name]
    table = option("workload", name).table
    assert table.parameters == parameters
    if giga_multiply_adds is not None:
        digits = len(str(giga_multiply_adds).partition(".")[2])
        assert round(table.flops / 2e9, digits) == giga_multiply_adds


def test_transformer_xl_is_that_of_its_hyperparameters():
    # Adaptive embedding (20 000 x 1024 + 20 000 x 256 + 160 000 x 64 + 67 735 x 16) with a projection of each cluster
    # (1024 (1024 + 256 + 64 + 16)); 18 layers of q, k, v, r and o (5 x 1024^2), two biases, a feed-forward net of 4096,
    # two norms; the softmax's 3 clusters, 267 735 biases and its first projection.
    embedding = 20_000 * 1024 + 20_000 * 256 + 160_000 * 64 + 67_735 * 16 + 1024 * (1024 + 256 + 64 + 16)
    layer = 5 * 1024**2 + 2 * 1024 + 2 * 1024 * 4096 + 4096 + 1024 + 4 * 1024
    softmax = 3 * 1024 + 3 + 267_735 + 1024**2
    assert option("workload", "transformer_xl").table.parameters == embedding + 18 * layer + softmax


@pytest.mark.parametrize(
    ("name", "layers", "width", "tokens", "beside"),
    [
        ("bert_base", 12, 768, 128, 768**2),  # the pooler sees one token
        ("bert_large", 24, 1024, 128, 1024**2),
        ("gpt2", 12, 768, 1024, 1024 * 768 * 50_257),  # the logits of all words
        ("gpt2_xl", 48, 1600, 1024, 1024 * 1600 * 50_257),
    ],
)
def test_a_transformer_s_multiply_adds_are_the_closed_form(name, layers, width, tokens, beside):
    # A layer of width d has 12 d^2 weights (q, k, v, o; d x 4d and back), each used by every token, and two products of
    # tokens x tokens x d: layers (12 n d^2 + 2 n^2 d) (Kaplan et al. 2020, Table 1, in multiply-adds).
    per_layer = 12 * tokens * width**2 + 2 * tokens**2 * width
    assert option("workload", name).table.flops == 2 * (layers * per_layer + beside)


@pytest.mark.parametrize("name", [name for name in names("workload", Tabulated) if name != "file"])
def test_every_table_is_whole(name):
    workload = option("workload", name)
    rows = workload.table.rows
    assert len({row.name for row in rows}) == len(rows)
    assert all(row.size > 0 and row.flops >= 0.0 for row in rows)
    assert all(rows * columns == row.size for row, (rows, columns) in zip(rows, workload.table.shapes, strict=True))
    assert workload.source


def test_fc6_of_vgg16_has_411_mb():
    workload = option("workload", "vgg16")
    assert workload.table.largest.name == "fc6.weight"
    assert 4 * workload.table.largest.size == 25_088 * 4096 * 4 == 411_041_792
