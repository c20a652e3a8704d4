"""All checks, by name."""

from __future__ import annotations

from collections.abc import Mapping

from sim.validation import (
    allreduce,
    energy,
    low_communication,
    noise_scale,
    scaling,
    stragglers,
    time_to_target,
)
from sim.validation.check import Check

#: In the order in which they are told.
CHECKS: Mapping[str, Check] = {
    module.CHECK.name: module.CHECK
    for module in (scaling, time_to_target, noise_scale, low_communication, stragglers, allreduce, energy)
}
