"""Models as ONNX graphs; where the package onnx is not installed, that it is asked for."""

import importlib.util
import sys

import pytest
from experiments import experiment

from sim.cluster.blueprint import Blueprint
from sim.workloads.file import REMEDY, File
from topologies.field_error import FieldError

needs_onnx = pytest.mark.skipif(importlib.util.find_spec("onnx") is None, reason="needs paceline[onnx]")


def refusal(path):
    with pytest.raises(FieldError) as error:
        Blueprint(experiment("allreduce", workload=f"file path={path}"))
    return str(error.value)


def test_without_the_package_it_is_asked_for(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)
    path = tmp_path / "net.onnx"
    path.write_bytes(b"")
    message = f"workload.path: {path}: needs the package onnx: pip install 'paceline[onnx]'; {REMEDY}"
    assert refusal(path) == message


def saved(tmp_path, nodes, inputs, outputs, weights):
    """A graph of float32; weights are zeros of the given shapes."""
    import numpy as np
    from onnx import TensorProto, helper, numpy_helper, save

    def values(shapes):
        return [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]

    initial = [numpy_helper.from_array(np.zeros(shape, np.float32), name) for name, shape in weights.items()]
    made = [helper.make_node(*node[:3], name=f"n{number}", **node[3]) for number, node in enumerate(nodes)]
    path = tmp_path / "net.onnx"
    save(helper.make_model(helper.make_graph(made, "net", values(inputs), values(outputs), initial)), str(path))
    return path


@needs_onnx
@pytest.mark.parametrize("batch", ["N", 1, 4])
def test_weights_are_in_the_order_of_their_first_use_and_have_the_work_of_their_nodes(tmp_path, batch):
    nodes = [
        ("Conv", ["x", "w"], ["a"], {"strides": [2, 2], "pads": [1, 1, 1, 1]}),
        ("BatchNormalization", ["a", "scale", "shift", "mean", "var"], ["b"], {}),
        ("Relu", ["b"], ["c"], {}),
        ("GlobalAveragePool", ["c"], ["d"], {}),
        ("Flatten", ["d"], ["e"], {}),
        ("Gemm", ["e", "m", "n"], ["f"], {"transB": 1}),
        ("MatMul", ["f", "p"], ["y"], {}),
    ]
    weights = {"p": [10, 7], "w": [16, 3, 3, 3], "m": [10, 16], "n": [10]}
    norms = {name: [16] for name in ("scale", "shift", "mean", "var")}
    path = saved(tmp_path, nodes, {"x": [batch, 3, 8, 8]}, {"y": [batch, 7]}, weights | norms)
    rows = File(path=str(path)).table.rows
    assert [(row.name, row.shape) for row in rows] == [
        ("w", (16, 3, 3, 3)),
        ("scale", (16,)),
        ("shift", (16,)),
        ("m", (10, 16)),
        ("n", (10,)),
        ("p", (7, 10)),  # the outputs first
    ]
    # 16 maps of 4 x 4, each of 27 inputs; 16 x 10; 10 x 7: multiply-adds of one sample, whatever the batch.
    assert [row.flops for row in rows] == [2 * 16 * 16 * 27, 0, 0, 2 * 160, 0, 2 * 70]


@needs_onnx
def test_a_product_of_activations_belongs_to_the_last_weight(tmp_path):
    nodes = [
        ("MatMul", ["x", "q"], ["a"], {}),
        ("Transpose", ["a"], ["b"], {"perm": [0, 2, 1]}),
        ("MatMul", ["a", "b"], ["y"], {}),
    ]
    path = saved(tmp_path, nodes, {"x": ["N", 6, 5]}, {"y": ["N", 6, 6]}, {"q": [5, 4]})
    (row,) = File(path=str(path)).table.rows
    assert (row.shape, row.flops) == ((4, 5), 2 * (6 * 5 * 4 + 6 * 6 * 4))


@needs_onnx
def test_what_is_not_known_is_refused(tmp_path):
    path = saved(tmp_path, [("Frobnicate", ["x"], ["y"], {})], {"x": [1, 3]}, {"y": [1, 3]}, {})
    assert "node 'n0' is a 'Frobnicate', an operator whose arithmetic is unknown" in refusal(path)
    path = saved(
        tmp_path, [("MatMul", ["x", "w"], ["y"], {})], {"x": [1, "tokens", 3]}, {"y": [1, "tokens", 2]}, {"w": [3, 2]}
    )
    assert "dimension 'tokens' of the input 'x' is no number; export it with one" in refusal(path)
    path = saved(tmp_path, [("Relu", ["x"], ["y"], {})], {"x": [1, 3]}, {"y": [1, 3]}, {})
    assert "has no weights" in refusal(path)
    path.write_bytes(b"\x08\x07\x12")
    assert "is no ONNX graph" in refusal(path)
