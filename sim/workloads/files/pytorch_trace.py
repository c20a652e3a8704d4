"""Execution traces as PyTorch's observer writes them: JSON of Chakra's schema."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from typing import Any

from sim.workloads.files import Found
from sim.workloads.files.trace import Step, from_trace
from sim.workloads.layers import MULTIPLY_ADD

#: Sizes of elements (B).
_BYTES = {"Double": 8, "Float": 4, "Half": 2, "BFloat16": 2}
#: An element of a gradient (B).
_WORD = 4

#: A collective of any kind.
_COLLECTIVE = "record_param_comms"
#: What the process group calls one that all-reduces, alone or coalesced.
_ALL_REDUCE = re.compile("all_?reduce")

Shapes = list[list[int]]


def _product(shapes: Shapes) -> float:
    """Multiply-adds of a matrix product, or a batch of them: all of the one by the columns of the other."""
    return math.prod(shapes[0]) * shapes[1][-1]


def _added_product(shapes: Shapes) -> float:
    return _product(shapes[1:])


def _convolution(shapes: Shapes, outputs: Shapes) -> float:
    return math.prod(outputs[0]) * math.prod(shapes[1][1:])


def _convolution_backwards(shapes: Shapes) -> float:
    """The gradient of the weights, and that of the inputs."""
    return 2 * math.prod(shapes[0]) * math.prod(shapes[2][1:])


def _attention(shapes: Shapes) -> float:
    """Scores and weighted sums of queries ``[..., tokens, features]`` and keys."""
    return 2 * math.prod(shapes[0]) * shapes[1][-2]


def _attention_backwards(shapes: Shapes) -> float:
    return 2 * _attention(shapes[1:])  # the gradient of the output comes first


#: Fused attention, whatever carries it out, and its way back.
_ATTENTION = re.compile(r"aten::_scaled_dot_product_\w*?attention\w*?(_backward)?")

#: Operators with arithmetic that counts -> their multiply-adds, by the shapes of their inputs (and outputs).
_ARITHMETIC: dict[str, Callable[[Shapes], float]] = {
    "aten::mm": _product,
    "aten::bmm": _product,
    "aten::addmm": _added_product,
    "aten::baddbmm": _added_product,
    "aten::convolution_backward": _convolution_backwards,
}


def read_pytorch_trace(data: bytes) -> Found:
    """Read the all-reduces of a trace by PyTorch's ExecutionTraceObserver, and the arithmetic before each.

    Matrix products, convolutions and fused attention are counted, forwards and backwards, by the shapes of their
    inputs; nothing else is. A trace of the host has no compute times.

    Parameters
    ----------
    data
        What is in the file.

    Raises
    ------
    ValueError
        If it is not JSON, no such trace, or one without all-reduces.
    """
    try:
        trace = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise ValueError("is not JSON, or truncated") from error
    nodes = trace.get("nodes") if isinstance(trace, dict) else None
    if not isinstance(nodes, list) or not str(trace.get("schema", "")).startswith("1."):
        raise ValueError("has no nodes of schema 1, as PyTorch's ExecutionTraceObserver writes it")
    steps, cost = [], 0.0
    own = {node["id"]: node for node in sorted(filter(_is_node, nodes), key=lambda node: node["id"])}
    for node in own.values():
        parent = own.get(node.get("ctrl_deps"), {}) if isinstance(node.get("ctrl_deps"), int) else {}
        if parent is not node and parent.get("name") == node["name"] == _COLLECTIVE:
            continue  # the backend's record of the same one
        elements = _all_reduced(node)
        if elements is None:
            cost += MULTIPLY_ADD * _multiply_adds(node)
        else:
            steps.append(Step(node["name"], elements, cost))
            cost = 0.0
    return from_trace(steps, cost, measured=False, what="a PyTorch trace")


def _is_node(node: Any) -> bool:
    return isinstance(node, dict) and isinstance(node.get("id"), int) and isinstance(node.get("name"), str)


def _all_reduced(node: dict[str, Any]) -> int | None:
    """Number of elements of 4 B that a node all-reduces; None where it does something else."""
    if node["name"] != _COLLECTIVE:
        return None
    attributes = {each.get("name"): each.get("value") for each in node.get("attrs", ()) if isinstance(each, dict)}
    if not _ALL_REDUCE.match(str(attributes.get("collective_name", ""))):
        return None
    elements, width = attributes.get("in_msg_nelems"), _BYTES.get(str(attributes.get("dtype")))
    if not isinstance(elements, int) or width is None:
        raise ValueError(f"node {node['id']}: an all-reduce without in_msg_nelems and dtype of floating-point numbers")
    return elements * width // _WORD


def _multiply_adds(node: dict[str, Any]) -> float:
    name = node["name"]
    try:
        shapes = node["inputs"]["shapes"]
        if name == "aten::convolution":
            return float(_convolution(shapes, node["outputs"]["shapes"]))
        attention = _ATTENTION.fullmatch(name)
        if attention is not None:
            return float(_attention_backwards(shapes) if attention[1] else _attention(shapes))
        return float(_ARITHMETIC[name](shapes)) if name in _ARITHMETIC else 0.0
    except (ArithmeticError, LookupError, TypeError, ValueError) as error:
        raise ValueError(f"node {node['id']}: {name} without the shapes of its inputs") from error
