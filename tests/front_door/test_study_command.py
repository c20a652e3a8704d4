"""``paceline study``: a study of a few small runs as a user has it done, goes on with it, and misuses it."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from command import Command

import sim.command.study
import sim.studies
from sim.studies import names, study
from sim.study.claim import Claim, Expected
from sim.study.effect import halves, relative
from sim.study.study import Drawing, Form, Part, Study

LOSS = "final_test_loss"
SMALL = Study(
    source="nobody",
    question="Do more steps help?",
    parts=[
        Part(
            "steps",
            "problem=quadratic protocol=local workers=1 until.updates=10,40 network=ideal seed=50",
            seeds=5,
            quick="until.updates=5,10",
            quick_seeds=4,
        ),
        Part(
            "tuned", "problem=quadratic workers=2 until.updates=10 seed=50", 4, over="optimizer.lr=0.01,0.1", tuning=2
        ),
    ],
    claims=[
        Claim(
            "S1",
            "more steps have a smaller loss",
            Expected.less,
            1.0,
            lambda table: relative(table.cells("steps")[0], table.cells("steps")[1], LOSS),
        )
    ],
    control=lambda table: halves(table.cells("steps")[0], LOSS),
    drawings=[Drawing("loss", ("steps",), "--y final_test_loss --x until.updates", "Loss after few and more steps.")],
    leaves_open="Everything <else>.",
    metric=None,
    not_judged={"S2": "nobody has said it"},
)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim.command.study, "names", lambda: ["small"])
    monkeypatch.setattr(sim.command.study, "study", lambda name: SMALL)


class Addresses(HTMLParser):
    """What a page would fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attributes if name in {"src", "href"}]


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_a_study_is_judged_and_goes_on_where_it_was(paceline: Command) -> None:
    first = paceline("study", "small")
    assert first.status == 0, first.err
    folder = Path("studies/small")
    verdict = (folder / "verdict.json").read_bytes()
    [row] = json.loads(verdict)
    assert {"claim", "statement", "effect", "low95", "high95", "n", "verdict", "conditions"} <= row.keys()
    assert (row["claim"], row["verdict"], row["n"], row["form"]) == ("S1", "holds", 5, "full")
    assert row["effect"] < row["high95"] < 0.0
    page = (folder / "study.html").read_text()
    addresses = Addresses()
    addresses.feed(page)
    assert all(address.startswith("data:image/svg+xml;base64,") for address in addresses.found)
    assert "Everything &lt;else&gt;." in page
    assert "nobody has said it" in page
    assert {path.suffix for path in (folder / "figures/loss").iterdir()} >= {".pdf", ".png", ".svg"}
    text = (folder / "study.md").read_text()
    assert re.search(r"^\| S1 \| more steps have a smaller loss .*\| 5 \| .*\| \*\*holds\*\* \|$", text, re.MULTILINE)
    assert all((folder / picture).exists() for picture in re.findall(r"\]\((figures/\S+)\)", text))
    assert "$ paceline study small\n" in text
    assert "S1 holds: more steps have a smaller loss" in first.out
    assert (folder / "full/tuned/tune.json").exists()
    # As after a kill: a run is missing, and so is what was written in the end.
    gone = next((folder / "full/steps").glob("*/summary.json"))
    gone.unlink()
    (folder / "verdict.json").unlink()
    again = paceline("study", "small")
    assert again.status == 0
    assert "9 of 10 runs are finished already, 1 are to be done" in again.out
    assert (folder / "verdict.json").read_bytes() == verdict


@pytest.mark.slow
@pytest.mark.usefixtures("small")
def test_the_quick_form_says_so_and_does_not_take_the_place_of_the_full_one(paceline: Command) -> None:
    assert paceline("study", "small", "--quick", "study.folder=here").status == 0
    [row] = json.loads(Path("here/verdict.json").read_text())
    assert (row["form"], row["n"]) == ("quick", 4)
    assert "no evidence" in Path("here/study.html").read_text()
    assert paceline("study", "small", "study.folder=here").status == 0
    refused = paceline("study", "small", "--quick", "study.folder=here")
    assert refused.status == 2
    assert "study.folder=here: holds the verdict of the full form" in refused.err


def test_without_a_name_the_studies_are_listed(paceline: Command) -> None:
    listed = paceline("study")
    assert listed.status == 0
    assert [line.partition(":")[0] for line in listed.out.splitlines()] == names()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["accuracy_puzle"], "study accuracy_puzle: there is none; choose of accuracy_puzzle"),
        (["accuracy_puzzle", "workers=3"], "workers=3: what a study does is fixed before its runs"),
        (["accuracy_puzzle", "--resume"], "--resume: what a study does is fixed before its runs"),
        (["accuracy_puzzle", "hydra.sweep.dir=x"], "hydra.sweep.dir=x: what a study does is fixed"),
        (["accuracy_puzzle", "problem.noise=0,1"], "problem.noise"),
        (["rudra", "--problem", "teacher"], "--problem teacher: this study goes by test accuracy; choose another"),
        (["accuracy_puzzle", "--problem", "none"], "--problem none: this study goes by a problem that learns"),
        (["accuracy_puzzle", "--slow"], "--slow"),
        (["--quick"], "study names none; choose of accuracy_puzzle"),
        (["accuracy_puzzle", "--problem", "nothing"], "nothing"),
    ],
)
def test_mistakes_are_told_before_the_first_run(paceline: Command, words: list[str], said: str) -> None:
    refused = paceline("study", *words)
    assert refused.status == 2
    assert said in refused.err
    assert not Path("studies").exists()


@pytest.mark.parametrize("name", names())
def test_a_study_is_short_and_its_claims_have_names_of_their_own(name: str) -> None:
    found = study(name)
    claims = [claim.name for claim in found.claims]
    assert len({*claims}) == len(claims)
    assert len({part.name for part in found.parts}) == len(found.parts)
    assert all(claim.margin > 0.0 for claim in found.claims)
    assert Path(f"{sim.studies.__path__[0]}/{name}.py").read_text().count("\n") < 150
    for part in found.parts:
        first = next(word for word in part.asked(Form.full, []) if word.startswith("seed="))
        assert int(first.partition("=")[2]) >= 1000  # apart from what was looked at before
