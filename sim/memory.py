"""How much memory there is."""

from __future__ import annotations

import os
import resource


def available_memory() -> int:
    """What this process may have (B): the machine's memory, or what ``ulimit -v`` leaves of it."""
    machine = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return machine if limit == resource.RLIM_INFINITY else min(machine, limit)
