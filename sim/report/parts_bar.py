"""What a time is made of, as a bar; the page's style sheet has a colour for each part."""

from __future__ import annotations

import math
from collections.abc import Mapping

from sim.results.units import percent

#: A part has its share written in it from here on: there is room for it on a telephone.
_WRITTEN = 0.07


def parts_bar(parts: Mapping[str, float]) -> str:
    """The bar as HTML.

    Parameters
    ----------
    parts
        The name of a part, which is its class in the style sheet, -> its share of the whole. What is left of the whole
        stays empty; where the shares are more than the whole, they are drawn in proportion.
    """
    whole = max(math.fsum(parts.values()), 1.0)
    drawn = [
        f'<i class="{name}" style="width:{100 * share / whole:.3f}%" title="{name} {percent(share, 1)}">'
        f"{f'<span>{percent(share)}</span>' if share >= _WRITTEN else ''}</i>"
        for name, share in parts.items()
        if share > 0
    ]
    spoken = ", ".join(f"{name} {percent(share)}" for name, share in parts.items())
    return f'<div class="bar" role="img" aria-label="{spoken}">{"".join(drawn)}</div>'
