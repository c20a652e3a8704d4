"""Pages of the source files that the docs link to.

On GitHub a link such as ``../kernels/contract.py`` leads to the file. The site has no repository to lead to, so a file
that is linked gets a page with its text, and a folder one with a list of its files.
"""

from __future__ import annotations

import ast
import os
import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

DOCS = Path(__file__).resolve().parents[1]
ROOT = DOCS.parent
PAGES = DOCS / "generated" / "source"
LANGUAGES = {".py": "python", ".yaml": "yaml", ".csv": "text", ".json": "json"}

_LINK = re.compile(r"(?<=\]\()((?:\.\./)+[^)#\s]+)")


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before sphinx looks for them, and lead links to them."""
    app.connect("config-inited", _write)
    app.connect("source-read", _lead)
    return {"parallel_read_safe": True}


def linked() -> set[Path]:
    """Every file and folder outside the docs that a page links to, and the files of these folders."""
    found: set[Path] = set()
    for page in DOCS.rglob("*.md"):
        if "generated" not in page.parts:
            targets = [(page.parent / target).resolve() for target in _LINK.findall(page.read_text(encoding="utf-8"))]
            found |= {target for target in targets if _is_source(target)}
    return found | {file for folder in found if folder.is_dir() for file in _files(folder)}


def _is_source(target: Path) -> bool:
    return target.exists() and DOCS not in target.parents


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*.py") if path.stat().st_size)


def _page(target: Path) -> Path:
    return PAGES / f"{target.relative_to(ROOT)}.md"


def _write(app: Sphinx, _config: object) -> None:
    pages = {_page(target): _text(target) for target in linked()}
    names = sorted(str(page.relative_to(PAGES).with_suffix("")) for page in pages)
    pages[PAGES / "index.md"] = "\n".join(["# Source files", "", "```{toctree}", ":maxdepth: 1", *names, "```", ""])
    for old in {*PAGES.rglob("*.md")} - {*pages}:
        old.unlink()
    for page, text in pages.items():
        page.parent.mkdir(parents=True, exist_ok=True)
        if not page.exists() or page.read_text(encoding="utf-8") != text:
            page.write_text(text, encoding="utf-8")


def _text(target: Path) -> str:
    head = f"# `{target.relative_to(ROOT)}`\n\n"
    if target.is_dir():
        here = _page(target).parent
        names = {file: f"[`{file.relative_to(target)}`]({_relative(_page(file), here)})" for file in _files(target)}
        lines = (f"- {name}: {_said(file)}" for file, name in names.items())
        return head + "\n".join(lines) + "\n"
    language = LANGUAGES.get(target.suffix, "text")
    return f"{head}```{{literalinclude}} {_relative(target, _page(target).parent)}\n:language: {language}\n```\n"


def _said(file: Path) -> str:
    """The first line of a module's docstring."""
    return (ast.get_docstring(ast.parse(file.read_text(encoding="utf-8"))) or "").partition("\n")[0]


def _relative(path: Path, folder: Path) -> str:
    return os.path.relpath(path, folder)


def _lead(app: Sphinx, name: str, source: list[str]) -> None:
    """Lead links out of the docs to the pages of what they are to."""
    here = DOCS / Path(name).parent

    def led(link: re.Match[str]) -> str:
        target = (here / link[0]).resolve()
        if DOCS in target.parents:
            return link[0]
        if not target.exists():
            logging.getLogger(__name__).warning("%s: there is no %s to link to", name, link[0])
            return link[0]
        return _relative(_page(target), here)

    if not name.startswith("generated/"):
        source[0] = _LINK.sub(led, source[0])
