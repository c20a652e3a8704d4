"""The pictures of docs/figures.md: `make figures` simulates the runs, draws them, and calls this.

Each is made small enough for a page, and those that show names are shown again as a grey print and as the colour-blind
see them.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from PIL import Image

#: Linear RGB as it is seen without the green cones: Machado, Oliveira and Fernandes 2009, severity 1.
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
#: The luminance of linear RGB (IEC 61966-2-1).
GREY = np.array([[0.2126, 0.7152, 0.0722]] * 3)
#: Pixels of an inch: of the files that are drawn, and of those in the docs.
DRAWN, SHOWN = 300, 180


def main() -> None:
    """Read the drawn PNG files and write those of the docs.

    The command line is a folder to write to and the files.
    """
    folder, *files = map(Path, sys.argv[1:])
    folder.mkdir(parents=True, exist_ok=True)
    for file in files:
        small = shown(file)
        save(small, folder / file.name)
        for name, matrix in (("grey", GREY), ("deuteranopia", DEUTERANOPIA)):
            save(seen(small, matrix), folder / f"{file.stem}_{name}.png")


def shown(file: Path) -> Image.Image:
    """A picture as small as it is on a page."""
    with Image.open(file) as opened:
        image = opened.convert("RGB")
    size = round(image.width * SHOWN / DRAWN), round(image.height * SHOWN / DRAWN)
    return image.resize(size, Image.Resampling.LANCZOS)


def seen(image: Image.Image, matrix: np.ndarray) -> Image.Image:
    """The picture with its light mixed by a matrix."""
    levels = np.asarray(image, dtype=np.float64) / 255
    light = np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)
    mixed = np.clip(light @ matrix.T, 0, 1)
    coded = np.where(mixed <= 0.0031308, 12.92 * mixed, 1.055 * mixed ** (1 / 2.4) - 0.055)
    return Image.fromarray((255 * coded).round().astype(np.uint8))


def save(image: Image.Image, path: Path) -> None:
    """A palette is enough for lines and text."""
    image.quantize(128).save(path, optimize=True)


if __name__ == "__main__":
    main()
