"""plan.html, without a browser: what is on it for each kind of plan."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from html_page import FETCHING, Page
from made_up_plan import around, candidate, crowd, plan, refused, several

from sim.evidence.range import Range
from sim.planning.page import render
from sim.planning.sections.labels import mark_at, place_labels
from sim.planning.sections.tornado import change
from sim.planning.sections.words import certain, told

HOSTILE = "<script>alert('x')</script>\n\x1b[2J&\"'"

#: Every kind of plan that there is.
PLANS: dict[str, Callable[[], dict[str, Any]]] = {
    "several": plan,
    "crowd": lambda: plan(crowd()),
    "one": lambda: plan([candidate()]),
    "no price": lambda: plan([each | {"cost": None, "energy": None} for each in several()]),
    "closest": lambda: plan(recommendation=several()[0] | {"bound_by": "compute", "meets": False}),
    "refused": lambda: plan([refused(), refused(status="refused")], recommendation=None),
    "empty": lambda: {"paceline": "plan"},
    "nulls": lambda: (
        plan([dict.fromkeys(candidate())], recommendation=None) | dict.fromkeys(("question", "provenance"))
    ),
    "no goal": lambda: plan(question={"workload": "resnet50", "goal": dict.fromkeys(plan()["question"]["goal"])}),
    "no doubt": lambda: plan(sensitivity=[], unsure=[], notes=[], answer=[], provenance={"assumptions": []}),
    "no end": lambda: plan(
        [
            candidate(count=count, time=None, cost=None, energy=None, utilisation=around(used, 1.02))
            for count, used in ((1, 0.95), (2, 0.8))
        ],
        question={"workload": "gpt2", "goal": {"utilisation": 0.9}},
    ),
    "no time": lambda: plan([candidate(time=None), candidate(count=4, time=around(0.0))]),
    "hostile": lambda: _hostile(plan()),
}


def _hostile(found: Any) -> Any:
    """The same plan, in which every word is an attack."""
    if isinstance(found, dict):
        return {key: _hostile(value) for key, value in found.items()}
    if isinstance(found, list):
        return [_hostile(value) for value in found]
    return HOSTILE if isinstance(found, str) else found


def marks(text: str) -> list[str]:
    return re.findall(r'<svg class="(mark [^"]*)"', text)


@pytest.mark.parametrize("kind", PLANS)
def test_every_plan_has_a_page_whose_elements_close_in_order(kind: str) -> None:
    text = render(PLANS[kind]())
    found = Page(text)
    assert found.open == []
    assert found.tags.count("h1") == 1
    assert "None" not in re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)


@pytest.mark.parametrize("kind", PLANS)
def test_a_page_fetches_nothing_and_runs_nothing(kind: str) -> None:
    text = render(PLANS[kind]())
    found = Page(text)
    assert not [(tag, name) for tag, name, _ in found.attributes if name in FETCHING or name.startswith("on")]
    assert "script" not in found.tags
    assert not re.findall(r"@import|url\(", text)
    assert ("meta", "content", "default-src 'none'; style-src 'unsafe-inline'") in found.attributes


def test_the_same_plan_gives_the_same_page() -> None:
    assert render(plan()) == render(plan())


def test_the_head_has_the_question_the_answer_and_the_notes() -> None:
    found = Page(render(plan()))
    assert found.words["h1"] == "Rent 32 x p4d.24xlarge: 75.9 % after 17 minutes for 298 USD"
    said = found.words["p"]
    assert said.startswith("paceline plan · resnet50 to 75.9 % in 60 minutes for at most 400 USD with 90 % confidence")
    assert "8 of them are half as fast and save 90 USD." in said
    assert "compressing gradients saves nothing below 16 machines" in found.words["li"]


def test_the_card_has_every_figure_with_its_interval() -> None:
    found = Page(render(plan()))
    assert found.words["dl"] == (
        "time17.1 min [14.3, 20.5]cost299 USD [249, 359]energy33.2 kWh [25.6, 43.2]"
        "chance to meet every goal97 %bound byflow cap"
    )
    assert "Recommended32 x p4d.24xlarge meets the goal" in found.words["section"].replace("\n", "")
    assert "samples extrapolated beyond the table" in found.words["section"]


def test_where_nothing_meets_the_goal_the_card_is_of_the_closest() -> None:
    found = Page(render(PLANS["closest"]()))
    assert "Nothing meets the goal; the closest is" in found.words["section"]
    assert len([1 for style in marks(render(PLANS["closest"]())) if style.endswith(" best")]) == 1


def test_the_figure_has_a_mark_for_each_candidate_that_can_run() -> None:
    text = render(plan())
    assert len(marks(text)) == 18
    assert sum(style.endswith(" best") for style in marks(text)) == 1
    assert sum(not style.endswith((" best", " faint")) for style in marks(text)) == 5  # the others of the front
    assert "Not drawn: 1 that do not fit into memory (1 x p3.16xlarge, batch 512)." in Page(text).words["p"]


def test_each_machine_has_a_mark_of_its_own() -> None:
    text = render(plan(crowd()))
    legend = re.search(r'<ul class="legend">(.*?)</ul>', text, re.DOTALL)
    assert legend is not None
    signs = re.findall(r'<svg class="sign (s\d)"[^>]*>(.*?)</svg>', legend[1])
    assert len(signs) == len(set(signs)) == len({shape for _, shape in signs}) == 10


def test_without_prices_time_stands_against_devices() -> None:
    found = Page(render(PLANS["no price"]()))
    assert "Time against devices" in found.words["h2"]
    assert "budget" not in found.words["svg"]
    assert not any("cost" in head for head in found.rows[0])


def test_the_goals_are_drawn_unless_they_are_far_off() -> None:
    assert {"deadline 60 min", "budget 400 USD"} <= set(re.findall(r">(deadline[^<]*|budget[^<]*)<", render(plan())))
    far = plan()
    far["question"]["goal"]["minutes"] = 100_000.0
    found = Page(render(far))
    assert re.findall(r'class="goal"[^>]*>([^<]*)<', render(far)) == ["budget 400 USD"]
    assert "Too far off to be drawn: deadline 100 000 min." in found.words["p"]


def test_the_table_has_a_row_per_candidate_in_the_plans_order() -> None:
    heads, first, *others = Page(render(plan())).rows[:20]
    assert dict(zip(heads, first, strict=True)) == {
        "candidate": "32 x p4d.24xlarge256 devices · batch 256",
        "time (min)": "17.1 [14.3, 20.5]",
        "cost (USD)": "299 [249, 359]",
        "energy (kWh)": "33.2 [25.6, 43.2]",
        "chance": "97 %",
        "outcome": "meets: in time, and dearer than the cheapest",
        "by": "formula",
        "evidence": "P C E",
    }
    assert others[-1][1:] == ["–"] * 4 + [
        "does not fit: needs 31 GB of 16 GB; protocol=sharded stage=3 fits",
        "–",
        "P C E",
    ]


def test_the_bars_are_of_the_recommended_and_at_most_twelve_in_all() -> None:
    front = [candidate(count=count, pareto=True) for count in range(1, 21)]
    bars = re.findall(r"<span>(.*?)</span><div><div class=\"bar\"", render(plan(front)))
    assert len(bars) == 12
    assert bars[0] == "<b>1 x p4d.24xlarge</b>"


def test_what_saves_less_than_a_hundredth_is_told_and_not_drawn() -> None:
    found = Page(render(plan()))
    said = found.words["p"]
    assert "Buys nothing (less than 1 %): twice the servers (at most 2 %); twice a network card’s rate." in said
    drawn = [value for tag, name, value in found.attributes if name == "aria-label" and tag == "svg"]
    assert drawn[1:] == [
        "twice the machines: 31\N{NO-BREAK SPACE}% [20, 40]",
        "twice a device’s speed: 29\N{NO-BREAK SPACE}% [22, 35]",
        "twice the rate of a flow: 12\N{NO-BREAK SPACE}% [3, 20]",
        "half the bytes: 12\N{NO-BREAK SPACE}% [3, 19]",
        "no stragglers: 5\N{NO-BREAK SPACE}% [3, 8]",
    ]


def test_a_change_that_costs_time_has_its_bar_on_the_other_side() -> None:
    row = {"part": "machines", "factor": 2.0, "seconds_saved_share": -0.1, "low80": -0.2, "high80": 0.2}
    text = render(plan(sensitivity=[row]))
    assert '<rect x="25.00%" y="4" width="25.00%"' in text  # from -0.1 to 0, of -0.2 to 0.2


@pytest.mark.parametrize(
    ("part", "factor", "words"),
    [
        ("machines", 2.0, "twice the machines"),
        ("bytes", 0.5, "half the bytes"),
        ("nic", 4.0, "4 times a network card’s rate"),
        ("stragglers", 0.0, "no stragglers"),
        ("flow_cap", float("inf"), "no limit of a flow"),
        ("disk_cache", 2.0, "twice disk cache"),
    ],
)
def test_a_change_is_in_words(part: str, factor: float, words: str) -> None:
    assert change(part, factor) == words


def test_what_is_not_certain_is_not_said_to_be() -> None:
    space = "\N{NO-BREAK SPACE}"
    assert [certain(chance) for chance in (None, 0.0, 0.004, 0.5, 0.996, 1.0)] == [
        *("–", f"0{space}%", f"<{space}1{space}%", f"50{space}%", f">{space}99{space}%", f"100{space}%")
    ]


def test_an_interval_has_no_more_digits_than_an_estimate_deserves() -> None:
    assert told(Range(1029.4, 1234.5, 1481.6)).replace("\N{NO-BREAK SPACE}", " ") == "1 230 [1 030, 1 480]"


def test_no_name_covers_another_or_a_mark() -> None:
    # Three marks 20 px apart in a figure of 300 px: names of 74 px cannot all stand on one side.
    marked = [mark_at(0.4 + place / 15, 100.0) for place in range(3)]
    found = place_labels([(mark, ("p4d.24xl32",)) for mark in marked], marked, [], (300.0,), 200.0)
    assert found[0] is not None
    assert len({label.shift for label in found if label}) == len([label for label in found if label]) >= 2


def test_the_first_is_named_even_where_there_is_no_room() -> None:
    mark = mark_at(0.5, 100.0)
    full = [mark_at(share / 100, 10.0 * down) for share in range(101) for down in range(21)]
    first, second = place_labels([(mark, ("first",)), (mark, ("second",))], full, [], (300.0,), 200.0)
    assert first is not None
    assert first.words == "first"
    assert second is None


def test_without_an_end_candidates_are_compared_by_their_speed() -> None:
    page = render(PLANS["no end"]())
    found = Page(page)
    assert "samples/s" in page
    assert "computing (%)" in page
    assert "time of a million samples" in page
    assert "at most 10 %" in page
    assert len(marks(page)) == 2
    assert "not known" not in found.words["section"]
