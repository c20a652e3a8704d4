"""Who hears of the runs of tunings and studies: the user, at the terminal."""

from __future__ import annotations

from collections.abc import Sequence

from sim.command.telling import begin, note, warn
from sim.sweep.agenda import Agenda
from sim.sweep.task import Ended
from sim.tune.stage import Told


def _begins(drawn: Agenda) -> None:
    begin(drawn)
    warn(drawn.forecasts)


def _ended(ended: Sequence[Ended]) -> None:
    note([notice for each in ended for notice in each.notices], sum(not each.failure for each in ended))


#: Says what is to be done before the first run, and afterwards what has to be known of them.
USER = Told(_begins, _ended)
