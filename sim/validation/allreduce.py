"""Published times of collective operations, from other sizes on the same machines, or from other numbers of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property, partial

import numpy as np

from sim.calibration.collective_law import TURNS, Wires, cases_of, parts
from sim.calibration.collectives import LearnedCollectives
from sim.calibration.machines import TOLD, machines_with
from sim.truth.allreduce import Sweep, read_allreduce
from sim.truth.timing import Timing
from sim.validation.check import HIGH, LOW, Asked, Check, Found, Part, told
from sim.validation.errors import by, verdict
from sim.validation.known_sizes import Known, Rule, as_in, by_site, every_other, known_of, none, pure, up_to, with_law
from sim.validation.row import Row

#: The classes that errors are told by, in the order in which they are told.
ACROSS, WITHIN, BLIND, CALIBRATED = "across machines", "within one machine", "shapes that are unknown", "calibrated"
_ORDER = (ACROSS, WITHIN, BLIND, CALIBRATED)
#: From how much less the cards alone would take on a shape is bound inside its machines (ratio).
BOUND = 0.9


class Site:
    """One kind of machines, what is known of it, and what is asked.

    Parameters
    ----------
    name
        What it is called: its device, or else what is said of it.
    asked
        What is predicted.
    others
        What is known besides.
    rule
        What of that which is asked for is known.
    elsewhere
        What is known of others of the same kind: what is believed before.
    """

    def __init__(
        self,
        name: str,
        asked: Sequence[Sweep],
        others: Sequence[Sweep],
        rule: Rule,
        elsewhere: Sequence[Sweep] = (),
    ) -> None:
        self.name = name
        self.machines = machines_with(name)
        self.known: Known = known_of(asked, [sweep for sweep in others if sweep.site == name], rule)
        before = known_of(asked, [sweep for sweep in elsewhere if sweep.site == name], none)
        if before.timings:
            self.machines = LearnedCollectives(before.timings, self.machines).elsewhere()
        self._asked = asked

    @cached_property
    def learned(self) -> LearnedCollectives:
        """The machines after what is known."""
        return LearnedCollectives(self.known.timings, self.machines)

    def rows(self) -> Iterator[Row]:
        """What is asked for beside its prediction."""
        for sweep in self._asked:
            timings = with_law(sweep)
            if timings:
                predicted = self.learned.predict(timings).tolist()
                ends = np.quantile(self.learned.possible(timings), (LOW, HIGH), axis=0).tolist()
                lines = self._line_rate(timings)
                for timing, *said in zip(timings, predicted, *ends, lines, strict=True):
                    yield self._row(sweep, timing, *said)

    def bound_inside(self) -> Iterator[tuple[Timing, float, float]]:
        """Times of a size that is the only one, which cards alone do not explain: each, what these would take, and it.

        Yields
        ------
        tuple
            The time, and two predictions (s).
        """
        known = self.known.timings
        if len({(timing.operation, timing.nbytes) for timing in known}) > 1:
            return
        for timing in known:
            fewer = [one for one in known if one.ranks / one.nodes < timing.ranks / timing.nodes]
            without = LearnedCollectives(fewer, self.machines).predict([timing])[0] if fewer else timing.seconds
            if without < BOUND * timing.seconds:
                yield timing, float(without), float(self.learned.predict([timing])[0])

    def _row(self, sweep: Sweep, timing: Timing, middle: float, low: float, high: float, line: float | None) -> Row:
        known = self.known.has(timing)
        judged = (ACROSS if timing.nodes > 1 else WITHIN) if self.known.has_shape(timing) else BLIND
        return Row(
            id=f"{sweep.id}#{timing.operation}#{timing.nbytes:.0f}",
            kind=CALIBRATED if known else judged,
            measured=timing.seconds,
            predicted=middle,
            low=low,
            high=high,
            baselines={"line_rate": line},
            facts={
                "row": sweep.id,
                "operation": timing.operation,
                "bytes": timing.nbytes,
                "ranks": timing.ranks,
                "nodes": timing.nodes,
                "calibrated": known,
            },
            groups=(timing.operation, sweep.id),
        )

    def _line_rate(self, timings: Sequence[Timing]) -> Sequence[float | None]:
        """What rings take that wait for nothing, over links as fast as the catalogue says; None: it says nothing."""
        if self.machines.line is None:
            return [None] * len(timings)
        zero, one = np.zeros(1), np.ones(1)
        card, inside = (np.array([rate]) for rate in self.machines.line)
        wires = Wires(card, inside, one, zero, zero, zero, zero, zero, one, one)
        found: list[float | None] = parts(cases_of(timings, self.machines.nics, reduces=False), wires).seconds.tolist()
        return found


def sites(asked: Sequence[Sweep], others: Sequence[Sweep], rule: Rule, elsewhere: Sequence[Sweep] = ()) -> list[Site]:
    """The kinds of machines of what is asked for: what is learned of one says nothing of another.

    Parameters
    ----------
    asked, others, rule, elsewhere
        As of `Site`, of any number of kinds.
    """
    return [Site(name, sweeps, others, rule, elsewhere) for name, sweeps in by_site(asked).items()]


def blind(asked: Sequence[Sweep], elsewhere: Sequence[Sweep]) -> list[Row]:
    """Predict shapes of several machines of several ranks from one machine, and from one rank on each, alone.

    Parameters
    ----------
    asked, elsewhere
        As of `sites`.
    """
    found = []
    for site in sites(asked, (), pure, elsewhere):
        kinds = {timing.nodes > 1 for timing in site.known.timings if timing.ranks > 1}
        if len(kinds) == 2:
            found += [row for row in site.rows() if row.kind == BLIND]
    return found


def _judge(asked: Asked) -> Found:
    sweeps, known = read_allreduce(asked.on), read_allreduce(asked.calibrate_on)
    here, elsewhere = ((), known) if asked.calibrate_on is None else (known, ())
    plain = asked.given is None and asked.calibrate_on is None
    rule = every_other if plain else as_in(known) if asked.given is None else up_to(asked.given)
    asked_sites = sites(sweeps, here, rule, elsewhere)
    rows = sorted((row for site in asked_sites for row in site.rows()), key=lambda row: _ORDER.index(row.kind))
    if not rows:
        where = asked.on or "the digest"
        raise ValueError(f"--on: {where} has none of the operations {', '.join(TURNS)}; give one with times of those")
    unseen = by(blind(sweeps, elsewhere), lambda row: str(row.facts["row"])) if plain else {}
    return Found(
        rows,
        parts=(Part("judged", "all that was not calibrated on", partial(told, "calibrated", False)),),
        left_out=[*_without_law(sweeps)],
        summary={
            "blind": {name: _blind_summary(some) for name, some in unseen.items()},
            "learned": {
                site.name: {name: range_._asdict() for name, range_ in site.learned.ranges.items()}
                for site in asked_sites
            },
        },
        remarks=(*_blind_told(unseen), *(line for site in asked_sites for line in _told(site))),
    )


def _without_law(sweeps: Sequence[Sweep]) -> Iterator[tuple[str, str]]:
    for sweep in sweeps:
        for name in dict.fromkeys(timing.operation for timing in sweep.timings):
            if name not in TURNS:
                yield f"{sweep.id}#{name}", f"the operation has no law; those that have are {', '.join(TURNS)}"


def _blind_summary(rows: Sequence[Row]) -> Mapping[str, object]:
    said = verdict(rows)
    return {
        "rows": [{"id": row.id, "predicted": row.predicted, "low80": row.low, "high80": row.high} for row in rows],
        "mape": said.errors,
        "worst": 100.0 * max(row.error for row in rows),
        "coverage80": said.coverage,
    }


def _blind_told(unseen: Mapping[str, Sequence[Row]]) -> Iterator[str]:
    for name, rows in unseen.items():
        said = verdict(rows)
        worst = max(row.error for row in rows)
        yield (
            f"{name} from one machine, and from one rank on each, alone: off by {said.errors['predicted']:.1f} % in "
            f"the mean, {worst:.1%} at most; {said.coverage:.0%} inside."
        )


def _told(site: Site) -> Iterator[str]:
    """What has been learned of machines, in words."""
    factors = {"B/s": (1e-9, " GB/s"), "s": (1e6, " us"), "": (1.0, "")}
    said = []
    for name in site.learned.told:
        range_ = site.learned.ranges[name]
        factor, unit = factors[TOLD[name][1]]
        low, middle, high = (f"{factor * value:.3g}" for value in range_)
        said.append(f"{name} {middle}{unit} ({low} to {high})")
    adds = "the switch adds up" if site.machines.reduces else "no switch adds up"
    yield f"Learned of {site.name or 'machines that nobody names'}, in which {adds}: {', '.join(said)}."
    for timing, without, seconds in site.bound_inside():
        yield (
            f"{timing.nodes} x {timing.ranks // timing.nodes}: cards alone would take {without * 1e3:.3g} ms; it is "
            f"bound inside its machines: {site.learned.ranges['inside'].middle / 1e9:.3g} GB/s a rank, fitted to it, "
            f"make {seconds * 1e3:.3g} of {timing.seconds * 1e3:.3g} ms."
        )


CHECK = Check("allreduce", "times of collective operations, from other sizes or shapes", "s", _judge)
