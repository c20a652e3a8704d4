"""The pages of docs/studies: `python docs/study.py FOLDER...` makes them of folders of studies that were done in full.

Pictures are made small enough for a page. What stands between the two comments of `REMARKS` in a page stays.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from figures import save, shown

PAGES = Path(__file__).parent / "studies"
REMARKS = ("<!-- remarks -->", "<!-- end of remarks -->")


def main() -> None:
    """Write the page of each folder on the command line, and its pictures."""
    for folder in map(Path, sys.argv[1:]):
        text = (folder / "study.md").read_text(encoding="utf-8")
        name = re.match(r"# Study: (\w+)", text)
        assert name, f"{folder}: no study"
        page = PAGES / f"{name[1]}.md"
        for picture in re.findall(r"\]\((figures/\S+\.png)\)", text):
            small = f"{name[1]}_{Path(picture).parent.name}.png"
            save(shown(folder / picture), PAGES / small)
            text = text.replace(picture, small)
        text = text.replace("```console", "<!-- not run: simulates for minutes -->\n```console", 1)
        head, after = text.split("\n\n", 2)[:2], text.split("\n\n", 2)[2]
        page.write_text("\n\n".join([*head, _remarks(page), after]), encoding="utf-8")


def _remarks(page: Path) -> str:
    """What somebody has written into the page."""
    begin, end = REMARKS
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    found = re.search(f"{begin}.*{end}", old, re.DOTALL)
    return found[0] if found else f"{begin}\n{end}"


if __name__ == "__main__":
    main()
