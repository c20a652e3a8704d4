"""docs/words.md: every word once, and what it names is there."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LISTED, _, TWICE = (ROOT / "docs" / "words.md").read_text().partition("\n## ")

#: Every word that is explained, and those that others have given a second meaning.
WORDS = Counter(re.findall(r"(?<=[\s(*])\*\*([a-z][\w -]*)\*\*", LISTED))
SECOND = {word for row in re.findall(r"^\| ([a-z][a-z, ]*)", TWICE, re.MULTILINE) for word in row.strip().split(", ")}


def test_a_word_is_explained_once() -> None:
    assert len(WORDS) > 80
    assert {word for word, count in WORDS.items() if count > 1} <= SECOND


def test_every_module_that_it_names_is_there() -> None:
    named = re.findall(r"`(sim(?:\.\w+)+)`", LISTED + TWICE)
    assert named
    for name in named:
        path = ROOT.joinpath(*name.split("."))
        assert path.is_dir() or path.with_suffix(".py").is_file(), name
