"""A page in a browser, without a driver: Chromium dumps or prints what it has come to."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import zlib
from html import unescape
from pathlib import Path
from typing import Any, NamedTuple

import pytest

BROWSER = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
#: Tests that need one.
BROWSED = pytest.mark.skipif(BROWSER is None, reason="no Chromium or Chrome is installed")
#: Of a browser that prefers dark pages.
DARK = ("--blink-settings=preferredColorScheme=0",)

#: A page in a frame: a browser's own window is never as narrow as a telephone.
_AROUND = """<!DOCTYPE html><meta charset="utf-8"><body><pre></pre>
<iframe style="width:WIDTHpx;height:900px;border:0"></iframe><script>
const frame = document.querySelector("iframe");
frame.onload = () => {
  const page = frame.contentDocument, shown = (each) => each.checkVisibility() && each.getClientRects().length > 0;
  const box = (each) => ["left", "right", "top", "bottom"].map((side) => each.getBoundingClientRect()[side]);
  const all = [...page.body.querySelectorAll("*")].filter(shown);
  const texts = all.filter((each) => [...each.childNodes].some((node) => node.nodeType === 3 && node.data.trim()));
  const seen = {
    wide: page.documentElement.scrollWidth,
    small: Math.min(...texts.map((each) => parseFloat(frame.contentWindow.getComputedStyle(each).fontSize))),
    out: all.filter((each) => !each.closest(".scroll") && box(each)[1] > frame.clientWidth + 0.5).length,
  };
  document.querySelector("pre").textContent = JSON.stringify({ ...seen, ...(() => { SCRIPT })() });
};
frame.srcdoc = PAGE;
</script>"""


def browse(folder: Path, *arguments: str) -> bytes:
    """What the browser writes to standard output, with a profile of its own in a folder."""
    assert BROWSER is not None
    own = ("--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", f"--user-data-dir={folder / 'profile'}")
    return subprocess.run([BROWSER, *own, *arguments], capture_output=True, check=True, timeout=120).stdout


def look(folder: Path, text: str, width: int, script: str, *arguments: str) -> dict[str, Any]:
    """What a browser shows of a page of this width (px).

    How wide it is, how small its smallest text (px), how many elements stick out at the right of it; and the object
    that the body of a function returns, which has the document as ``page``, and ``shown``, ``box``, ``all`` and
    ``frame``.
    """
    quoted = json.dumps(text).replace("</", "<\\/")
    around = folder / "around.html"
    around.write_text(
        _AROUND.replace("WIDTH", str(width)).replace("SCRIPT", script).replace("PAGE", quoted), encoding="utf-8"
    )
    size = "--window-size=1400,1000"
    dumped = browse(folder, "--virtual-time-budget=5000", size, *arguments, "--dump-dom", around.as_uri())
    said = re.search(r"<pre>(.*?)</pre>", dumped.decode(), re.DOTALL)
    assert said is not None
    found: dict[str, Any] = json.loads(unescape(said[1]))
    return found


class Sheet(NamedTuple):
    """A sheet of paper: its width and height (points), and how often text was put on it."""

    width: int
    height: int
    texts: int


def printed(folder: Path, text: str) -> list[Sheet]:
    """The sheets on which a page is printed."""
    page, sheets = folder / "page.html", folder / "page.pdf"
    page.write_text(text, encoding="utf-8")
    browse(folder, "--no-pdf-header-footer", f"--print-to-pdf={sheets}", page.as_uri())
    parts = re.finditer(rb"(\d+) 0 obj\s(.*?)endobj", sheets.read_bytes(), re.DOTALL)
    objects = {part[1]: part[2] for part in parts}
    return [_sheet(body, objects) for body in objects.values() if re.search(rb"/Type\s*/Page\b", body)]


def _sheet(page: bytes, objects: dict[bytes, bytes]) -> Sheet:
    box, drawn = re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", page), re.search(rb"/Contents (\d+) 0 R", page)
    assert box is not None
    assert drawn is not None
    _, _, stream = objects[drawn[1]].partition(b"stream")
    drawing = zlib.decompressobj().decompress(stream.lstrip(b"\r\n"))
    return Sheet(round(float(box[1])), round(float(box[2])), len(re.findall(rb"\bT[jJ]\b", drawing)))
