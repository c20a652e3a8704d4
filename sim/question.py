"""What a run asks: two runs of one question have the same figures, byte for byte."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Collection, Iterator
from dataclasses import asdict, is_dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from sim.experiment import Experiment
from sim.option_name import option_name
from sim.physics import PHYSICS
from topologies.files.text import MOST_BYTES

#: Keys whose value names a file or folder: what is in it is asked, wherever it lies.
FILES = ("catalogue", "file", "folder", "path")


def question(experiment: Experiment) -> str:
    """Digest of what an experiment asks (16 hexadecimal digits).

    It is of the physics, of every field of the experiment, but for those of `record` that only keep more beside the
    same figures, and of what is in the files that it names.
    """
    asked = replace(experiment, record=experiment.record.without_more())
    text = json.dumps([PHYSICS, *fields_asked(asked)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def fields_asked(experiment: Experiment, without: Collection[str] = ()) -> list[Any]:
    """The options of an experiment and their fields, but for some parts, with what is in the files that they name."""
    parts = {name: value for name, value in vars(experiment).items() if name not in without}
    options = {name: option_name(value) for name, value in parts.items()}
    fields = {name: _with_contents(_plain(value)) for name, value in parts.items()}
    return [options, fields]


def _plain(value: Any) -> Any:
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


def _with_contents(value: Any) -> Any:
    """The fields of an option, with what is in the files that they name in place of their names."""
    if not isinstance(value, dict):
        return value
    return {
        name: _contents(each) if name in FILES and isinstance(each, str) and each else _with_contents(each)
        for name, each in value.items()
    }


def _contents(name: str) -> str:
    """Digest of a file, or of all files of a folder; the name of what is not there, or too large to be read."""
    digest = hashlib.sha256()
    try:
        for path in _files(Path(name)):
            state = path.stat()
            if not path.is_file() or state.st_size > MOST_BYTES:
                return name
            digest.update(_digest(str(path.resolve()), state.st_mtime_ns, state.st_size))
    except OSError:
        return name
    return digest.hexdigest()


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    for folder, below, files in os.walk(path):
        below.sort()
        yield from (Path(folder, file) for file in sorted(files))


@lru_cache(maxsize=1024)
def _digest(path: str, changed: int, size: int) -> bytes:
    """Digest of a file as it was when it was last changed (ns), when it had so many bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").digest()
