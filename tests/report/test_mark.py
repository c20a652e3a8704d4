"""A name looks the same wherever it is drawn, and unlike any other, in colour or without."""

from __future__ import annotations

import random
import re
from importlib.resources import files

import numpy as np
import pytest

from sim.report.mark import COLOURS, DASHES, MARKERS, marks

PROTOCOLS = ["hardsync", "async_ps", "allreduce", "dpsgd", "softsync", "ssp", "gossip_pull", "diloco"]

#: Linear RGB as it is seen without the green cones (Machado, Oliveira and Fernandes 2009, severity 1).
DEUTERANOPIA = np.array(
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
)
GREY = np.array([0.2126, 0.7152, 0.0722])


def linear(colour: str) -> np.ndarray:
    """The light of ``#rrggbb`` (IEC 61966-2-1), 0 to 1."""
    levels = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)]) / 255
    return np.where(levels <= 0.04045, levels / 12.92, ((levels + 0.055) / 1.055) ** 2.4)


def test_a_name_has_its_mark_whatever_the_order() -> None:
    shuffled = random.Random(0).sample(PROTOCOLS, len(PROTOCOLS))
    assert marks(shuffled) == marks(PROTOCOLS)


def test_up_to_as_many_names_as_colours_all_differ_in_colour_dashes_and_marker() -> None:
    for count in range(1, len(COLOURS) + 1):
        found = marks(PROTOCOLS[:count]).values()
        for part in ("place", "colour", "dashes", "marker"):
            assert len({getattr(mark, part) for mark in found}) == count, part


def test_up_to_eight_times_as_many_differ_in_colour_or_dashes() -> None:
    names = [f"optimizer.lr={place}" for place in range(len(COLOURS) * len(DASHES))]
    assert len({*marks(names).values()}) == len(names)


def test_a_name_without_a_rival_keeps_its_mark_among_others() -> None:
    alone = {name: marks([name])[name] for name in PROTOCOLS}
    together = marks(PROTOCOLS)
    kept = [name for name in PROTOCOLS if together[name] == alone[name]]
    assert len(kept) == len({alone[name].place for name in PROTOCOLS})


@pytest.mark.parametrize("colour", COLOURS)
def test_every_colour_stands_out_from_white(colour: str) -> None:
    # 3:1 is what the Web Content Accessibility Guidelines 2.1 (1.4.11) ask of what is drawn.
    assert 1.05 / (GREY @ linear(colour) + 0.05) >= 3.0


def test_what_looks_alike_in_grey_or_without_green_has_other_dashes_and_markers() -> None:
    assert len({*DASHES}) == len({*MARKERS}) == len(COLOURS)
    seen = [DEUTERANOPIA @ linear(colour) for colour in COLOURS]
    alike = [
        (one, other)
        for one in range(len(COLOURS))
        for other in range(one)
        if abs(GREY @ (linear(COLOURS[one]) - linear(COLOURS[other]))) < 0.05
        or np.abs(seen[one] - seen[other]).max() < 0.08
    ]
    assert alike, "otherwise colours alone would do"
    assert all(DASHES[one] != DASHES[other] and MARKERS[one] != MARKERS[other] for one, other in alike)


def test_the_page_has_the_same_colours_on_white() -> None:
    css = files("sim.report").joinpath("look.css").read_text()
    light = css[: css.index("@media")]
    assert dict(re.findall(r"--(c\d): (#\w+)", light)) == {f"c{place}": colour for place, colour in enumerate(COLOURS)}
