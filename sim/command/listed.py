"""``paceline list GROUP=NAME``: one of those whose figures or tensors are worth a look of their own."""

from __future__ import annotations

import sys

from sim.command.devices import main as devices
from sim.command.machines import main as machines
from sim.command.workload import main as workload

#: Group -> what shows one of it.
SHOWN = {"device": devices, "machine": machines}


def main(words: list[str]) -> int:
    """Show a workload, a device or a machine, or all machines.

    Parameters
    ----------
    words
        What follows ``paceline list``.

    Returns
    -------
    int
        Exit status: 0, or 2 after one line on standard error.

    Raises
    ------
    ConfigError
        When it cannot be shown.
    """
    group = next((word.partition("=")[0] for word in words if word.partition("=")[0] in SHOWN), "")
    if not group:
        return workload(words)
    words = sorted(words, key=lambda word: word.partition("=")[0] != group)
    if not all(word.startswith("device.") and "=" in word for word in words[1:]):
        example = f"{group}={'v100' if group == 'device' else 'p3'}"
        said = f"list: only {group}= and keys device.*, as in paceline list {example} device.catalogue=mine.csv"
        print(f"paceline: error: {said}", file=sys.stderr)
        return 2
    return SHOWN[group](words)
