"""Files of models, written by the tests themselves."""

import json


def varint(number):
    """A whole number on the wire of protocol buffers: seven bits a byte, the lowest first."""
    found = bytearray()
    while True:
        number, low = number >> 7, number & 0x7F
        found.append(low | (0x80 if number else 0))
        if not number:
            return bytes(found)


def field(number, value):
    """A field of a message: a whole number, or bytes, or a text."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    content = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(content)) + content


def chakra_node(number, name, kind, micros=0, **attributes):
    """A node of schema 1.0: id 1, name 2, type 3, duration 7, attributes 10, each a name 1 and an int64 9."""
    found = field(1, number) + field(2, name) + field(3, kind) + field(4, 0) + field(7, micros)
    for key, value in attributes.items():
        found += field(10, field(1, key) + field(9, value))
    return found


def chakra_trace(*nodes):
    """Metadata with a version, then nodes, each message behind its length."""
    messages = [field(1, "1.0"), *nodes]
    return b"".join(varint(len(message)) + message for message in messages)


def safetensors(entries):
    """The header of a safetensors file with these tensors, {name: (dtype, shape)}, and no weights."""
    header = json.dumps(
        {"__metadata__": {"format": "pt"}}
        | {name: {"dtype": dtype, "shape": shape, "data_offsets": [0, 0]} for name, (dtype, shape) in entries.items()}
    ).encode()
    return len(header).to_bytes(8, "little") + header


def pytorch_trace(*nodes):
    """A trace of the host by ExecutionTraceObserver."""
    return json.dumps({"schema": "1.1.1-chakra.0.0.4", "pid": 1, "nodes": list(nodes)}).encode()


def aten(number, name, inputs, outputs):
    """An operator with the shapes of its inputs and outputs."""
    return {
        "id": number,
        "name": f"aten::{name}",
        "ctrl_deps": 1,
        "inputs": {"values": [], "shapes": inputs, "types": []},
        "outputs": {"values": [], "shapes": outputs, "types": []},
        "attrs": [],
    }


def all_reduce(number, elements, dtype="Float"):
    """A collective, as the process group records it."""
    values = {"collective_name": "allreduce", "dtype": dtype, "in_msg_nelems": elements, "out_msg_nelems": elements}
    attributes = [{"name": name, "type": "string", "value": value} for name, value in values.items()]
    return {"id": number, "name": "record_param_comms", "ctrl_deps": 1, "attrs": attributes}
