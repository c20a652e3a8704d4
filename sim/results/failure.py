"""What is kept of a run that ended in an error."""

from __future__ import annotations

import json
import traceback
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from sim.results.atomic import write_atomically

#: The file's name in the run's directory.
FAILURE = "failure.json"


@dataclass(frozen=True)
class Failure:
    """Why there is no result.

    Attributes
    ----------
    reason
        In one line.
    overrides
        What was asked.
    traceback
        Where it happened, in full.
    """

    reason: str
    overrides: list[str]
    traceback: str

    @classmethod
    def of(cls, error: Exception, reason: str | None, overrides: Sequence[str]) -> Failure:
        """That of a run which raised an error; without a reason, the error's own words."""
        told = reason or " ".join(f"{type(error).__name__}: {error}".split())
        return cls(told, list(overrides), "".join(traceback.format_exception(error)))

    def write(self, directory: Path) -> None:
        """Write it into the run's directory, which is made where it does not exist."""
        directory.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), indent=2)
        write_atomically(directory / FAILURE, lambda file: file.write(text.encode()))


def read_failure(directory: Path) -> str | None:
    """The reason why a run failed; None where it did not, or where that cannot be read."""
    try:
        return str(json.loads((directory / FAILURE).read_text(encoding="utf-8"))["reason"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
