"""Tables of clusters that do exactly what a model says."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def record(**changes: Any) -> Mapping[str, Any]:
    """A table as a file has it: one machine of 8 devices, then 2, 4 and 8 machines, all in proportion."""
    return {
        "id": "a-table",
        "family": "a-cluster",
        "kind": "training_throughput",
        "source": "made up",
        "score": True,
        "model": "ResNet-50",
        "gradient_bytes": 102.24e6,
        "batch_per_device": 32,
        "device": "a device",
        "inter_node_gbps": 25,
        "nics_per_node": 1,
        "transport": "TCP",
        "method": "all-reduce (NCCL)",
        "points": [
            {"devices": 1, "nodes": 1, "throughput": 110.0},
            *({"devices": 8 * nodes, "nodes": nodes, "throughput": 800.0 * nodes} for nodes in (1, 2, 4, 8)),
        ],
        **changes,
    }
