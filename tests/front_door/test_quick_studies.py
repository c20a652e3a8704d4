"""The quick form of every study, as a user has it done: it ends, and says that it is no evidence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from browser import BROWSER, look
from command import Command
from html_page import FETCHING, Page

from sim.studies import names, study

ROW = {"claim", "statement", "effect", "low95", "high95", "n", "verdict", "conditions", "measured", "form"}
#: What every page has a section for.
SECTIONS = ("Conclusion", "Claims", "Figures", "What this leaves open", "How it was done")


#: Pictures that a browser cannot show, and rows of the table of claims.
SEEN = """
const broken = [...page.images].filter((each) => !each.naturalWidth).length;
return { broken, rows: page.querySelectorAll("tbody tr").length };
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", names())
def test_the_quick_form_of_a_study_ends_with_a_verdict_a_page_and_figures(name: str, paceline: Command) -> None:
    done, asked = paceline("study", name, "--quick"), study(name)
    assert done.status == 0, done.err
    assert f"{name}, the quick form" in done.out
    assert "no evidence" in done.out
    folder = Path("studies") / name
    rows = json.loads((folder / "verdict.json").read_text())
    assert [row["claim"] for row in rows] == [claim.name for claim in asked.claims]
    assert all(row.keys() >= ROW and row["form"] == "quick" for row in rows)
    assert {row["verdict"] for row in rows} <= {"holds", "does not hold", "cannot be told"}
    assert sorted(path.name for path in (folder / "quick").iterdir()) == sorted(part.name for part in asked.parts)
    assert {path.name for path in (folder / "figures").iterdir()} == {each.name for each in asked.drawings}
    for each in asked.drawings:
        assert {path.suffix for path in (folder / "figures" / each.name).iterdir()} >= {".pdf", ".png", ".svg"}
    _check_page((folder / "study.html").read_text(), name)


def _check_page(text: str, name: str) -> None:
    page, asked = Page(text), study(name)
    assert all(
        (value or "").startswith(("data:", "#")) for _, attribute, value in page.attributes if attribute in FETCHING
    )
    assert "This is the quick form" in page.words["p"]
    said = " ".join(page.words.values())
    assert all(section in page.words["h2"] for section in SECTIONS)
    assert all(text in said for text in (asked.question, asked.source, asked.leaves_open, f"paceline study {name}"))
    assert all(statement in said for statement in asked.not_judged)
    if BROWSER is None:
        return
    seen = look(Path.cwd(), text, 1100, SEEN)
    assert (seen["broken"], seen["rows"], seen["out"]) == (0, len(asked.claims), 0)
    assert seen["wide"] <= 1100
