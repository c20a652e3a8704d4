"""study.md: what study.html says, as Markdown, for a repository or a discussion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from sim import __version__
from sim.results.units import duration, number
from sim.study.answered import Answered
from sim.study.claim import Judged
from sim.study.study import Drawing, Form
from sim.study.told import JUDGED, chosen, counted, effect_of, itself_of

_HEADS = ("claim", "statement", "conditions", "effect [95 % interval]", "n", "p (Holm)", "verdict")


def text(found: Answered, folder: Path) -> str:
    """The text: one table, and the pictures by their paths in the folder.

    Parameters
    ----------
    found
        What has come of the study.
    folder
        Of the study.
    """
    return "\n\n".join(
        [
            f"# Study: {found.name}",
            f"*{found.study.question}* Claims of {found.study.source}.",
            f"Of {len(found.claims)} claims {counted(found.claims)}.",
            *_quick(found.form),
            f"```console\n$ {found.command}\n```",
            f"{number(sum(each.runs for each in found.parts))} runs by paceline {__version__}, whose simulations took "
            f"{duration(found.wall_seconds)} of one core together. Grids, seeds and criteria stood in the study’s file "
            "before the runs.",
            *([found.conclusion] if found.conclusion else []),
            *_figures(found.drawings, folder),
            "\n".join(_claims(found)),
            itself_of(found.itself),
            JUDGED,
            f"**What this leaves open.** {found.study.leaves_open}",
            *(f"Not judged is {name}: {why}." for name, why in found.study.not_judged.items()),
            "\n".join(f"- `{each.part.name}`: {chosen(each)}" for each in found.parts),
        ]
    ) + "\n"  # fmt: skip


def _quick(form: Form) -> Iterator[str]:
    if form is Form.quick:
        yield "**The quick form: fewer seeds and shorter runs than claims are about, and no evidence.**"


def _figures(drawings: Mapping[Drawing, Path], folder: Path) -> Iterator[str]:
    for drawing, picture in drawings.items():
        yield f"![{drawing.caption}]({picture.with_suffix('.png').relative_to(folder).as_posix()})\n\n{drawing.caption}"


def _claims(found: Answered) -> Iterator[str]:
    yield _row(_HEADS)
    yield "|---" * len(_HEADS) + "|"
    yield from (_row(_cells(each)) for each in found.claims)


def _cells(judged: Judged) -> tuple[str, ...]:
    claim, effect = judged.claim, judged.effect
    said = f"{effect_of(effect)}; {effect.said}" if effect.said else effect_of(effect)
    return (
        claim.name,
        claim.statement,
        claim.conditions,
        said,
        str(effect.n),
        number(judged.p, 2),
        f"**{judged.answer}**",
    )


def _row(cells: tuple[str, ...]) -> str:
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"
