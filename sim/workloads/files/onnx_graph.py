"""Models as ONNX graphs, with the package `onnx`."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from sim.workloads.files import Found
from sim.workloads.layers import Net

#: Operators whose arithmetic is not counted, as it is not in the published totals: a number for each element at most.
WITHOUT_ARITHMETIC = frozenset(
    """Abs Add And ArgMax AveragePool BatchNormalization Cast CastLike Ceil Clip Concat Constant ConstantOfShape Cos
    CumSum Div Dropout Elu Equal Erf Exp Expand Flatten Floor Gather GatherElements GatherND Gelu GlobalAveragePool
    GlobalMaxPool Greater GreaterOrEqual GroupNormalization HardSigmoid HardSwish Identity InstanceNormalization IsNaN
    LRN LayerNormalization LeakyRelu Less LessOrEqual Log LogSoftmax Max MaxPool Mean Min Mish Mul Neg NonZero Not Or
    PRelu Pad Pow Range Reciprocal ReduceMax ReduceMean ReduceMin ReduceSum ReduceSumSquare ReduceL2 Relu Reshape Resize
    ScatterND Selu Shape Sigmoid Sign Sin Size Slice Softmax Softplus Softsign Split Sqrt SimplifiedLayerNormalization
    Squeeze Sub Sum Tanh Tile TopK Transpose Trilu Unsqueeze Upsample Where""".split()  # noqa: SIM905  # so many in quotes are none to read
)
#: Inputs of a batch norm that are running statistics, and no parameters.
_STATISTICS = (3, 4)


def read_onnx(path: Path) -> Found:
    """Read the weights of an ONNX graph in the order of their first use, with what the nodes that use them compute.

    Convolutions, matrix products and `Gemm` are counted. The first dimension of the first input is the batch; a name
    for it is 1, and other dimensions must be numbers. Weights in files of their own are not read.

    Parameters
    ----------
    path
        The file.

    Raises
    ------
    ValueError
        If the package is missing, or the graph cannot be read, has an unknown operator or an unknown size.
    """
    try:
        import onnx
    except ImportError as error:
        raise ValueError("needs the package onnx: pip install 'paceline[onnx]'") from error
    try:
        model = onnx.load(str(path), load_external_data=False)
        graph = model.graph
        for node in graph.node:
            if node.domain not in ("", "ai.onnx") or not _is_known(node.op_type):
                raise ValueError(
                    f"node {node.name or node.output[0]!r} is a {node.op_type[:40]!r}, an operator whose arithmetic is "
                    "unknown"
                )
        batch = _fix_inputs(graph)
        inferred = onnx.shape_inference.infer_shapes(model).graph
    except ValueError:
        raise
    except Exception as error:  # whatever the package raises about a file that is none
        raise ValueError(f"is no ONNX graph ({type(error).__name__})") from error
    return _Reading(inferred, batch).found()


def _is_known(operator: str) -> bool:
    return operator in WITHOUT_ARITHMETIC or operator in _Reading.COUNTED


def _fix_inputs(graph: Any) -> int:
    """Make every dimension of the inputs a number; returns how many samples go in at once."""
    weights = {each.name for each in graph.initializer}
    batch = None
    for each in graph.input:
        if each.name in weights:
            continue
        for place, extent in enumerate(each.type.tensor_type.shape.dim):
            if extent.HasField("dim_value") and extent.dim_value > 0:
                continue
            if place > 0:
                name = extent.dim_param or "?"
                raise ValueError(f"dimension {name[:40]!r} of the input {each.name!r} is no number; export it with one")
            extent.dim_value = 1
        if batch is None and each.type.tensor_type.shape.dim:
            batch = each.type.tensor_type.shape.dim[0].dim_value
    return batch or 1


class _Reading:
    """One graph that is being read, whose shapes are known."""

    #: Operators whose arithmetic is counted.
    COUNTED = frozenset(("Conv", "ConvTranspose", "Gemm", "MatMul"))

    def __init__(self, graph: Any, batch: int) -> None:
        from onnx import TensorProto

        floats = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.BFLOAT16, TensorProto.DOUBLE)
        self.graph, self.batch, self.net = graph, batch, Net()
        self.weights = {
            each.name: tuple(each.dims)
            for each in graph.initializer
            if each.data_type in floats and math.prod(each.dims) > 1
        }
        self.shapes = {each.name: tuple(each.dims) for each in graph.initializer} | {
            each.name: tuple(extent.dim_value for extent in each.type.tensor_type.shape.dim)
            for each in (*graph.input, *graph.value_info, *graph.output)
            if each.type.tensor_type.HasField("shape")
        }

    def found(self) -> Found:
        seen: set[str] = set()
        before = 0.0  # computed before there is a tensor to count it with
        for node in self.graph.node:
            multiply_adds = self._multiply_adds(node) / self.batch
            statistics = _STATISTICS if node.op_type == "BatchNormalization" else ()
            own = [name for place, name in enumerate(node.input) if name in self.weights and place not in statistics]
            for name in own:
                if name not in seen:
                    seen.add(name)
                    self.net.tensor(name, *self._outputs_first(node, name), multiply_adds=multiply_adds + before)
                    multiply_adds = before = 0.0
            if seen and multiply_adds:
                self.net.work(multiply_adds)
            elif multiply_adds:
                before += multiply_adds
        if not seen:
            raise ValueError("has no weights")
        return Found(self.net.table(), arithmetic=True)

    def _outputs_first(self, node: Any, name: str) -> tuple[int, ...]:
        """The shape of a weight with its outputs before its inputs, as everywhere here."""
        shape = self.weights[name]
        turned = node.op_type == "MatMul" or (node.op_type == "Gemm" and not _attribute(node, "transB", 0))
        return shape[::-1] if turned and len(shape) == 2 else shape

    def _multiply_adds(self, node: Any) -> float:
        if node.op_type not in self.COUNTED:
            return 0.0
        first, second = (self._shape(node, name) for name in node.input[:2])
        if node.op_type == "Conv":
            return math.prod(self._shape(node, node.output[0])) * math.prod(second[1:])
        if node.op_type == "ConvTranspose":
            return math.prod(first) * math.prod(second[1:])
        if node.op_type == "Gemm":
            inputs = first[0 if _attribute(node, "transA", 0) else -1]
            return math.prod(self._shape(node, node.output[0])) * inputs
        return math.prod(self._shape(node, node.output[0])) * first[-1]

    def _shape(self, node: Any, name: str) -> tuple[int, ...]:
        shape = self.shapes.get(name)
        if shape is None or 0 in shape:
            raise ValueError(
                f"node {node.name or node.output[0]!r}: the shape of {name!r} is not known; export with it"
            )
        return shape


def _attribute(node: Any, name: str, default: int) -> int:
    return next((int(each.i) for each in node.attribute if each.name == name), default)
