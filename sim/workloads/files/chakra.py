"""Chakra execution traces: protocol buffers of schema 1.0."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sim.workloads.files import Found
from sim.workloads.files.protobuf import delimited, fields
from sim.workloads.files.trace import Step, from_trace

#: Numbers of the schema (mlcommons/chakra, et_def.proto): fields of a node, of an attribute, kinds of nodes.
_NAME, _KIND, _DURATION, _ATTRIBUTE = 2, 3, 7, 10
_STRINGS = (29, 31)
_COMPUTE, _COLLECTIVE = 4, 7
_ALL_REDUCE = 0
#: Durations are in microseconds (s).
_MICRO = 1e-6
#: An element of a gradient (B).
_WORD = 4


class _Node(NamedTuple):
    name: str
    kind: int
    seconds: float
    attributes: dict[str, Any]


def read_chakra(data: bytes) -> Found:
    """Read the all-reduces of a trace and what is computed before each, in the order of the file.

    A compute node costs its `duration_micros`, if any has one, or else its `num_ops` (FLOP); where there are nodes of a
    device, those of its host (`is_cpu_op`) only launch them and cost nothing. An all-reduce carries its
    `comm_size` (B), in single precision. Other nodes (memory, sends, other collectives) cost nothing here.

    Parameters
    ----------
    data
        What is in the file.

    Raises
    ------
    ValueError
        If it is truncated, no such trace, or one without all-reduces.
    """
    messages = delimited(data)
    try:
        head = next(messages)
    except StopIteration:
        raise ValueError("is empty") from None
    if next((field.number for field in fields(head)), 1) != 1:
        raise ValueError("does not begin with the metadata of a Chakra trace")
    nodes = _on_the_device(list(map(_node, messages)))
    measured = any(node.seconds for node in nodes if node.kind == _COMPUTE)
    steps, cost = [], 0.0
    for node in nodes:
        if node.kind == _COMPUTE:
            cost += node.seconds if measured else float(node.attributes.get("num_ops", 0))
        elif node.kind == _COLLECTIVE and node.attributes.get("comm_type", _ALL_REDUCE) == _ALL_REDUCE:
            steps.append(Step(node.name, round(node.attributes.get("comm_size", 0) / _WORD), cost))
            cost = 0.0
    return from_trace(steps, cost, measured=measured, what="a Chakra trace")


def _on_the_device(nodes: list[_Node]) -> list[_Node]:
    """Nodes without the computing of the host, where there is a device beside it."""
    on_host = [node.kind == _COMPUTE and bool(node.attributes.get("is_cpu_op", 0)) for node in nodes]
    if all(host or node.kind != _COMPUTE for host, node in zip(on_host, nodes, strict=True)):
        return nodes
    return [node for host, node in zip(on_host, nodes, strict=True) if not host]


def _node(message: bytes) -> _Node:
    name, kind, micros, attributes = "", 0, 0, {}
    for field in fields(message):
        if field.number == _NAME:
            name = field.text
        elif field.number == _KIND:
            kind = field.whole
        elif field.number == _DURATION:
            micros = field.whole
        elif field.number == _ATTRIBUTE:
            attributes.update(_attribute(field.message))
    return _Node(name, kind, _MICRO * micros, attributes)


def _attribute(message: Iterator[Any]) -> dict[str, Any]:
    """A whole number or a text by its name; attributes of other types are not looked at."""
    name, value = "", None
    for field in message:
        if field.number == 1:
            name = field.text
        elif isinstance(field.value, int):
            value = field.value
        elif field.number in _STRINGS:
            value = field.text
    return {} if value is None else {name: value}
