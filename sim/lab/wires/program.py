"""Programs of our own, as commands."""

from __future__ import annotations

import sys
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]
_RUN = "import runpy, sys; sys.path.insert(0, sys.argv.pop(1)); runpy.run_module(sys.argv.pop(1), run_name='__main__')"


def program(module: str, *words: str) -> list[str]:
    """The command that runs a module of ours, wherever it is called from, and whatever is found there.

    Parameters
    ----------
    module
        Its full name.
    *words
        What it finds in ``sys.argv`` from 1 on.
    """
    return [sys.executable, "-P", "-c", _RUN, str(_ROOT), module, *words]
