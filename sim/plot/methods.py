"""What a paper has to say of how its figures came about: a paragraph from the runs' own configs, and what to cite."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, get_type_hints

from sim.config.options import groups
from sim.config.root import Root
from sim.option_name import option_name
from sim.plot.cells import Cell, natural, text
from sim.plot.latex import escaped
from sim.plot.table import Table
from sim.report.grouping import BESIDE
from sim.sweep.folder import SweepFolder

#: Settings that a reader needs to know whatever they are: key -> what is said of its value.
_SAID = {
    "batch": "mini-batches of {} samples per worker",
    "optimizer.lr": "learning rate {}",
    "network.bandwidth_gbps": "links of {} Gb/s",
    "network.latency_us": "a latency of {} µs per link",
}
#: Groups whose option is described.
_GROUPS = ("protocol", "topology", "network", "problem", "partition", "optimizer", "device", "workload", "straggler")


def paragraph(cells: Sequence[Cell], varied: Sequence[str], race: str, found: Table | None) -> list[str]:
    """The sentences of a section on methods, each a fact of the runs.

    Parameters
    ----------
    cells
        The runs.
    varied
        The settings in which they differ.
    race
        What times to a target race to; "": nothing.
    found
        The comparisons; None: there are none.
    """
    rows = [cell.row for cell in cells]
    versions = natural(text(row.get("version")) for row in rows)
    return [
        f"All results are simulations with paceline {', '.join(versions)} @CITE@: a discrete-event simulation decides "
        f"when each worker computes, sends and waits{_learning(rows)}.",
        *_design(cells, varied),
        *_common(rows, varied),
        *_race(race),
        *_statistics(cells, found),
        f"The configurations of the {sum(len(cell.runs) for cell in cells)} runs have the hash {digest(cells)}.",
    ]


def _learning(rows: Sequence[Mapping[str, Any]]) -> str:
    learn = [row.get("final_train_loss") is not None or row.get("status") == "diverged" for row in rows]
    if not any(learn):
        return "; nothing is learned"
    where = "" if all(learn) else ", where something is learned"
    return f", and the gradient of every simulated worker is computed on data{where}"


def digest(cells: Sequence[Cell]) -> str:
    """A hash of the configs of all runs, whatever their order."""
    hashes = sorted(f"{cell.row.get('config_hash')} {sorted(cell.seeds)}" for cell in cells)
    return hashlib.sha256("\n".join(hashes).encode()).hexdigest()[:16]


def command(directories: Sequence[Path]) -> str | None:
    """The command of the sweep that a folder holds; None where it holds none, or there are several folders."""
    asked = SweepFolder(directories[0]).asked() if len(directories) == 1 else None
    return None if asked is None else f"paceline -m {shlex.join(asked.values())}"


def _design(cells: Sequence[Cell], varied: Sequence[str]) -> Iterator[str]:
    values = {key: natural(text(cell.row.get(key)) for cell in cells) for key in varied}
    if values:
        said = "; ".join(f"{key}: {', '.join(each)}" for key, each in values.items())
        combinations = 1
        for each in values.values():
            combinations *= len(each)
        full = "all combinations" if combinations == len(cells) else f"{len(cells)} of {combinations} combinations"
        yield f"We vary {said} ({full})."
    seeds = sorted({seed for cell in cells for seed in cell.seeds})
    alike = all(sorted(cell.seeds) == seeds for cell in cells)
    which = (
        f"{seeds[0]} to {seeds[-1]}" if seeds == list(range(seeds[0], seeds[-1] + 1)) else ", ".join(map(str, seeds))
    )
    if len(seeds) == 1:
        yield f"Each is simulated once, with seed {seeds[0]}."
    else:
        yield (
            f"Each is simulated with {'the' if alike else 'some of the'} {len(seeds)} seeds {which}; runs of one seed "
            "draw from the same random streams."
        )


def _common(rows: Sequence[Mapping[str, Any]], varied: Sequence[str]) -> Iterator[str]:
    """What all runs have alike: the options with what they are, and the keys that matter or were set."""
    same = {key: rows[0].get(key) for key in rows[0] if len({text(row.get(key)) for row in rows}) == 1}
    options = []
    for group in _GROUPS:
        option = same.get(group)
        if group not in varied and isinstance(option, str):
            words = _words(group, option)
            options.append(f"{group} {option}" + (f" ({words})" if words else ""))
    if options:
        yield f"Common to all are {'; '.join(options)}."
    said = [phrase.format(text(same[key])) for key, phrase in _SAID.items() if same.get(key) is not None]
    said += [
        f"{key}={text(value)}"
        for key, value in same.items()
        if key not in _SAID and key not in BESIDE and key not in varied and any(_is_set(key, row) for row in rows)
    ]
    if said:
        yield f"There are {', '.join(said)}; all other settings are the defaults of that version."


def _is_set(key: str, row: Mapping[str, Any]) -> bool:
    """Whether a setting is not what it is where nobody sets it."""
    usual = _usual(key, str(row.get(key.partition(".")[0], "default")))
    return bool(usual) and text(row.get(key)) not in usual


@cache
def _usual(key: str, option: str) -> frozenset[str]:
    """What a setting is where nobody sets it, as texts, with an option of its group; empty: it is not looked at."""
    group, _, name = key.partition(".")
    options = groups().get(group)
    if not name:
        field = {each.name: each for each in fields(Root)}.get(key)
        if options is None or key in _GROUPS or field is None:
            return frozenset()
        return frozenset({"none", "default", option_name(_default(field))})  # no option, or the only one
    kind = options.get(option) if options else get_type_hints(Root).get(group)
    field = {each.name: each for each in fields(kind)}.get(name) if kind is not None and is_dataclass(kind) else None
    if field is None or group == "sweep" or _default(field) is MISSING:
        return frozenset()
    return frozenset({text(_plain(_default(field)))})


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def _plain(value: Any) -> Any:
    """A default as the table of runs has it."""
    if isinstance(value, list | tuple):
        return json.dumps(list(value))
    return value.value if isinstance(value, Enum) else value


def _words(group: str, option: str) -> str:
    """What an option is, as its file in conf says; "": it is no option of ours."""
    try:
        first = files("conf").joinpath(group, f"{option}.yaml").read_text(encoding="utf-8").partition("\n")[0]
    except OSError:
        return ""
    return first.removeprefix("# ") if first.startswith("# ") and not first.startswith("# @") else ""


def _race(race: str) -> Iterator[str]:
    if race:
        yield (
            f"The time to the target is the virtual time until a model is first found at {race}; a run that ends "
            "before is censored, not left out."
        )


def _statistics(cells: Sequence[Cell], found: Table | None) -> Iterator[str]:
    if max(len(cell.seeds) for cell in cells) == 1:
        return
    yield "Intervals are 95 % confidence intervals of means over seeds (Student's t)."
    judged = [] if found is None else [row.verdict for row in found.rows if row.verdict is not None]
    if found is not None and any(each.p is not None for each in judged):
        paired = all(each.difference.paired for each in judged)
        yield (
            f"Differences from {found.baseline} are taken {'seed by seed' if paired else 'between independent runs'}, "
            f"and the probabilities of two-sided t-tests are corrected for {len(judged)} comparisons by Holm's method."
        )


def latex_paragraph(sentences: Sequence[str], command: str | None) -> str:
    """The paragraph for LaTeX, with the citation, and the command in a comment."""
    body = escaped(" ".join(sentences)).replace("@CITE@", r"\cite{paceline}").replace(" \\cite", "~\\cite")
    return f"{body}\n" + (f"% Made by: {command}\n" if command else "")


def markdown_paragraph(sentences: Sequence[str], command: str | None) -> str:
    """The same as plain text."""
    body = " ".join(sentences).replace(" @CITE@", "")
    return f"{body}\n" + (f"\nMade by: `{command}`\n" if command else "")


def bibtex(cells: Sequence[Cell]) -> str:
    """What to cite, with version and hash."""
    versions = ", ".join(natural(text(cell.row.get("version")) for cell in cells))
    return (
        "@misc{paceline,\n"
        "  author = {{The paceline developers}},\n"
        "  title = {paceline: how fast distributed {SGD} learns on a cluster that nobody has bought yet},\n"
        f"  note = {{Version {escaped(versions)}, configurations {digest(cells)}}},\n"
        "}\n"
    )
