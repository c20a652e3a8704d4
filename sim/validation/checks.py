"""All checks, by name."""

from __future__ import annotations

from collections.abc import Mapping

from sim.validation import energy, noise_scale, scaling, time_to_target
from sim.validation.check import Check

#: In the order in which they are told.
CHECKS: Mapping[str, Check] = {
    check.name: check for check in (scaling.CHECK, time_to_target.CHECK, energy.CHECK, noise_scale.CHECK)
}
