"""The folder of a sweep: one sweep at a time is at work in it, and knows what others have left."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path
from typing import Any

from sim.config.error import ConfigError
from sim.record import Record
from sim.results.atomic import remove_leftovers_in, write_atomically
from sim.results.result import SUMMARY
from sim.sweep.naming import digits, digits_of

#: What was asked, in the folder of a sweep.
ASKED = "sweep.json"
#: What a run asks, in its folder.
QUESTION = ".hydra/question.json"
#: Whose presence has jobs in other processes end before they begin.
ENDING = ".ending"


class SweepFolder:
    """The folder of a sweep.

    Parameters
    ----------
    path
        The folder; it need not be there.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        here = sorted(path.iterdir()) if path.is_dir() else []
        self._runs = [each for each in here if each.is_dir() and not each.name.startswith(".")]
        self._of_digits = {digits_of(each.name): each for each in self._runs}

    def run(self, question: str) -> Path | None:
        """The folder of a run that asks a question, finished or not; None where there is none."""
        return self._of_digits.get(digits(question))

    @cached_property
    def _meanings(self) -> dict[tuple[str, ...], tuple[str, Path]]:
        """What the words of every finished run meant: their question, and the run."""
        found = {}
        for run in self._runs:
            said = _said(run)
            if said is not None and (run / SUMMARY).exists():
                found[tuple(map(str, said.get("words") or ()))] = str(said["question"]), run
        return found

    def check_meaning(self, words: Sequence[str], question: str) -> None:
        """Refuse words that meant something else when they were asked here: one table is to have one meaning.

        Raises
        ------
        ConfigError
            Which names the run.
        """
        meant, run = self._meanings.get(tuple(words), (question, self.path))
        if meant != question:
            raise ConfigError(
                f"hydra.sweep.dir={self.path}: {run.name} asked these words when they meant something else (a file, a "
                "default or the physics has changed since); choose another folder"
            )

    def asked(self) -> dict[str, str] | None:
        """The overrides that the folder was begun with, by key; None where it is no sweep's."""
        try:
            asked: Any = json.loads((self.path / ASKED).read_text(encoding="utf-8"))["asked"]
            return {str(key): str(word) for key, word in asked.items()}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return None

    def holds_another(self, asked: Mapping[str, str]) -> str | None:
        """What lies here, in words, where a sweep that asks this would mix with it; None where it would not."""
        here = self.asked()
        if here is None:
            strangers = sum((run / SUMMARY).exists() for run in self._runs)
            return f"{strangers} runs that no sweep of this kind has left" if strangers else None
        return None if same_sweep(here, asked) else f"the sweep {' '.join(here.values())}"

    @contextmanager
    def taken(self, asked: Mapping[str, str]) -> Iterator[None]:
        """Be the one that is at work here while the block runs.

        What a sweep that was killed has left half done is removed.

        Raises
        ------
        ConfigError
            Where another sweep is at work here.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDONLY)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            os.close(descriptor)
            raise ConfigError(
                f"hydra.sweep.dir={self.path}: another sweep is at work there; wait for its end, or choose "
                "another folder"
            ) from error
        try:
            self._tidy()
            text = json.dumps({"asked": dict(asked)}, indent=2)
            write_atomically(self.path / ASKED, lambda file: file.write(text.encode()))
            yield
        finally:
            with suppress(FileNotFoundError):
                (self.path / ENDING).unlink()
            os.close(descriptor)

    def _tidy(self) -> None:
        for folder in (self.path, *self._runs):
            remove_leftovers_in(folder)
        (self.path / ENDING).unlink(missing_ok=True)
        for run in self._runs:
            with suppress(OSError):  # only where nothing is in it
                run.rmdir()


def newest(below: Path, asked: Mapping[str, str]) -> Path | None:
    """The folder of the sweep that was begun last among those below a folder that ask this; None where none does."""
    found = [path for path in below.glob("**/" + ASKED) if path.is_file()]
    same = [path for path in found if same_sweep(SweepFolder(path.parent).asked() or {}, asked)]
    return max(same, key=lambda path: path.stat().st_mtime_ns).parent if same else None


def question_text(question: str, record: Record, words: Sequence[str]) -> str:
    """What is written into a run's folder of what it asks, in which words, and what it keeps beside its figures."""
    return json.dumps({"question": question, "more": record.more(), "words": list(words)})


def finished(run: Path, question: str, record: Record) -> bool:
    """Whether a folder has the result of a run that asks this, and keeps at least as much."""
    said = _said(run)
    if said is None or said["question"] != question or not (run / SUMMARY).exists():
        return False
    return set(record.more()) <= set(map(str, said.get("more") or ()))


def _said(run: Path) -> dict[str, Any] | None:
    """What `question_text` has written; None where there is nothing, or nothing of that kind."""
    try:
        said: Any = json.loads((run / QUESTION).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return said if isinstance(said, dict) and "question" in said else None


def same_sweep(here: Mapping[str, str], asked: Mapping[str, str]) -> bool:
    """Whether two sweeps ask the same keys, with the same values but for keys that one of them sweeps over."""
    if here.keys() != asked.keys():
        return False
    return all(word == asked[key] or _several(word) or _several(asked[key]) for key, word in here.items())


def _several(word: str) -> bool:
    """Whether a word may have several values; of a list in brackets that is taken for one value."""
    value = word.partition("=")[2].strip()
    return "(" in value or ("," in value and not value.startswith(("[", "{", "'", '"')))
