"""What a study says of its claims, in words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sim.evidence.interval import CONFIDENCE
from sim.results.units import MISSING, number
from sim.study.claim import Answer, Claim, Expected, Judged
from sim.study.effect import Effect
from sim.study.parts import Planned

#: As many names of claims can be read in a row.
LISTED = 15
#: How claims are judged.
JUDGED = (
    "An effect says how much larger what is measured is in the second runs than in the first. Effects "
    "are of pairs of runs with the same seed, with Student’s 95 % interval unless said otherwise. A claim of "
    "a direction holds where its p, corrected for all claims (Holm), is below 0.05; it does not hold where the effect "
    "has the other sign, or where its whole interval is smaller than what was said beforehand to matter. A claim that "
    "nothing differs holds where the whole interval is smaller than that, and does not where it is larger."
)


def effect_of(effect: Effect) -> str:
    """An effect with its interval and unit: ``−3.80 [−4.50, −3.10] %``."""
    if effect.value is None:
        return MISSING
    interval = "" if effect.low is None or effect.high is None else f" [{signed(effect.low)}, {signed(effect.high)}]"
    return f"{signed(effect.value)}{interval} {effect.unit}".rstrip()


def expected_of(claim: Claim, unit: str) -> str:
    """What a claim says of its effect: ``below 0; matters from 0.1 %``."""
    margin = f"{number(claim.margin)} {unit}".rstrip()
    if claim.expected is Expected.same:
        return f"within ±{margin}"
    return f"{'below' if claim.expected is Expected.less else 'above'} 0; matters from {margin}"


def counted(found: Sequence[Judged]) -> str:
    """How many claims hold: ``5 hold, 2 do not, 1 cannot be told``."""
    numbers = {answer: sum(each.answer is answer for each in found) for answer in Answer}
    return (
        f"{numbers[Answer.holds]} hold, {numbers[Answer.does_not_hold]} do not, "
        f"{numbers[Answer.cannot_be_told]} cannot be told"
    )


def by_answer(found: Sequence[Judged]) -> list[str]:
    """The names of the claims with each answer: ``Holds: R1, R2.``, or ``R1 (12 of 20)`` where a list would be long."""
    names = {answer: [each.claim.name for each in found if each.answer is answer] for answer in Answer}
    return [f"{answer.capitalize()}: {', '.join(_listed(those, found))}." for answer, those in names.items() if those]


def _listed(names: Sequence[str], found: Sequence[Judged]) -> list[str]:
    """Names, or the statements that they begin with and how many of each statement's claims they are."""
    if len(names) <= LISTED:
        return list(names)
    those, every = (Counter(name.split()[0] for name in each) for each in (names, [one.claim.name for one in found]))
    return [f"{statement} ({count} of {every[statement]})" for statement, count in those.items()]


def itself_of(effect: Effect) -> str:
    """What the A/A row says."""
    seen = f"One algorithm under two names, half of the seeds each, differs by {effect_of(effect)}"
    if effect.low is None or effect.high is None:
        return f"{seen}: too few seeds to say more."
    if effect.low <= 0.0 <= effect.high:
        return f"{seen}: cannot be told apart, as it must be."
    often = round(1.0 / (1.0 - CONFIDENCE))
    return f"{seen}: told apart, which chance does once in {often} studies; read the intervals with care."


def chosen(part: Planned) -> str:
    """How many runs a part has, on which seeds, and what was chosen on which."""
    about = ", about its own problem" if part.part.own_problem else ""
    judging = f"{number(part.runs)} runs{about}, judged on seeds {part.seeds.start} to {part.seeds.stop - 1}"
    if part.plan is None:
        return judging
    tuning = part.plan.tuning
    choices = " ".join(part.plan.asked[space.key] for space in part.plan.spaces)
    return f"{judging}; of {choices} the best for each, chosen on seeds {tuning.start} to {tuning.stop - 1}"


def signed(value: float) -> str:
    """A number with its sign."""
    return f"{'−' if value < 0.0 else '+'}{number(abs(value))}"
