"""The options of a group, found as the program finds them: conformance suites need no list of their own."""

from __future__ import annotations

from topologies.options import options_in


def options_of(package: str, base: type) -> list[type]:
    """Every option of the group in `package`."""
    return [option for _, option in options_in(package, base)]
