"""The commands that README.md shows, and what it says they print."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text()

#: Command -> what is shown below it.
SHOWN = dict(re.findall(r"^```console\n\$ (.+)\n((?:.*\n)*?)```$", README, re.MULTILINE))


def shown_after(command: str) -> str:
    """What the README says that a command prints."""
    return str(SHOWN[command])


def same_but_for_numbers(printed: str, shown: str) -> None:
    """Assert that two texts have the same words: other machines take other times and round differently.

    Where the shown text has a line ``...``, others may stand in the printed one.
    """
    words = _words(printed)
    first, *others = (_words(part) for part in re.split(r"^\.\.\.\n", shown, flags=re.MULTILINE))
    if not others:
        assert words == first
        return
    assert words[: len(first)] == first
    words = words[len(first) :]
    *between, last = others
    for part in between:
        starts = (start for start in range(len(words)) if words[start : start + len(part)] == part)
        start = next(starts, None)
        assert start is not None, " ".join(part)
        words = words[start + len(part) :]
    assert words[len(words) - len(last) :] == last


def _words(text: str) -> list[str]:
    lines = [line for line in text.splitlines() if not re.search(r"[█▓░─]|^simulated in|runs take at most about", line)]
    lines = [re.sub(r"-[0-9a-f]{10}$", "", line) for line in lines]
    words = (re.sub(r"[\d–]+([.,/]\d+)*", "#", word) for line in lines for word in line.split())
    return [word for word in words if word not in ("#", "ms", "s", "µs", "h")]
