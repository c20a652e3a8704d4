"""The pages of the docs: files that they show, commands and what these print.

    .venv/bin/python tests/docs_pages.py docs/tutorials/sweeper.md ...

runs the commands of pages and puts what they print now in place of what is shown, as long as that has been.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from readme import ROOT, same_but_for_numbers

DOCS = ROOT / "docs"
PAGES = sorted(page for page in DOCS.rglob("*.md") if "generated" not in page.parts)

_FENCE = re.compile(
    r"(?:^<!-- not run: (?P<reason>.*?) -->\n\n?)?(?:^`(?P<file>[\w./-]+)`\n\n)?"
    r"^(?P<fence>```+)(?P<language>\w*)\n(?P<body>.*?)^(?P=fence)$",
    re.MULTILINE | re.DOTALL,
)
_COMMAND = re.compile(r"^\$ ((?:.*\\\n)*.*)\n((?:(?!\$ ).*\n)*)", re.MULTILINE)
#: A line of usage: indented, and with a comment behind it where it has one.
_USAGE = re.compile(r"^ {4}(paceline(?:.*\\\n)*.*)$", re.MULTILINE)


class Block(NamedTuple):
    """A fenced block of a page.

    Attributes
    ----------
    language
        What stands behind the fence.
    body
        Its text.
    file
        The file that it is, where a name in a line of its own stands above it; else empty.
    not_run
        Why its commands are not run, where a comment above it says so; else None.
    """

    language: str
    body: str
    file: str
    not_run: str | None

    @property
    def commands(self) -> list[tuple[str, str]]:
        """What is typed, and what is shown below each."""
        return _COMMAND.findall(self.body) if self.language == "console" else []


def blocks(page: Path) -> Iterator[Block]:
    """The fenced blocks of a page in order."""
    for found in _FENCE.finditer(page.read_text()):
        yield Block(found["language"], found["body"], found["file"] or "", found["reason"])


def usage(page: Path) -> list[str]:
    """The commands that a page shows to say what can be typed, without what they print."""
    prose = _FENCE.sub("", page.read_text())
    return [re.sub(r"\s+#.*$", "", command) for command in _USAGE.findall(prose)]


def words_of(command: str) -> list[str]:
    """The words of a command line, whose lines may go on behind a backslash."""
    return shlex.split(command.replace("\\\n", " "), comments=True)


#: Runs a command line in the working directory and returns all that it prints.
Shell = Callable[[str], str]


def follow(page: Path, shell: Shell) -> Iterator[tuple[str, str, str]]:
    """Do what a page says in the working directory.

    Yields
    ------
    tuple
        Of each command: what is typed, shown and printed.
    """
    for block in blocks(page):
        if block.file:
            path = Path(block.file)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.body)
        if block.not_run is None:
            for command, shown in block.commands:
                yield command, shown, shell(command)


def run(command: str) -> str:
    """Run a command as a reader does, with `paceline` on the path, and return all that it prints."""
    with tempfile.TemporaryDirectory() as bin_folder:
        for name, arguments in (("paceline", "-m sim"), ("python", "")):
            path = Path(bin_folder) / name
            path.write_text(f'#!/bin/sh\nexec {sys.executable} {arguments} "$@"\n')
            path.chmod(0o755)
        environment = {"PATH": f"{bin_folder}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
        done = subprocess.run(
            ["bash", "-c", command],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            text=True,
            env=os.environ | environment,
            check=False,
        )
    status = 2 if "paceline: error" in done.stderr else 0
    assert done.returncode == status, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout + done.stderr


def renewed(shown: str, printed: str) -> str:
    """What is printed, cut to what is shown: as many lines before a gap, and behind it."""
    lines = [line.rstrip() for line in printed.rstrip("\n").splitlines()]
    while lines and not lines[0]:
        del lines[0]
    before, gap, after = f"\n{shown}".partition("\n...\n")
    if gap:
        first, last = before.count("\n"), after.count("\n")
        lines = [*lines[:first], "...", *lines[len(lines) - last :]]
    return "\n".join(lines) + "\n"


def renew(page: Path) -> None:
    """Put what the commands of a page print now in place of what it shows."""
    page = page.resolve()
    text, at = page.read_text(), 0
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        for command, shown, printed in follow(page, run):
            at = text.index(f"$ {command}\n{shown}", at) + len(f"$ {command}\n")
            try:
                same_but_for_numbers(printed, shown)
            except AssertionError:
                by_hand = f"\n{shown}".count("\n...\n") > 1
                text = text if by_hand else text[:at] + renewed(shown, printed) + text[at + len(shown) :]
                print(f"{page.name}: {command}{' (has several gaps: renew it by hand)' if by_hand else ''}", flush=True)
        os.chdir(ROOT)
    page.write_text(text)


if __name__ == "__main__":
    for name in sys.argv[1:]:
        renew(Path(name).absolute())
