"""``paceline study`` with studies of the tests, as a process, which can be killed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

#: Studies of a few small runs.
TINY = Path(__file__).parent / "tiny"
_COMMAND = """
import sys
import sim.studies
sim.studies.__path__.append(sys.argv.pop(1))
from sim.__main__ import main
main()
"""


def started(name: str, folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """A study in a folder, which prints each line at once; one of those in `TINY`, too."""
    words = [sys.executable, "-c", _COMMAND, str(TINY), "study", name, "study.folder=here", *arguments]
    quiet = {**os.environ, "PYTHONUNBUFFERED": "1", "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.Popen(words, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=quiet)
