"""What commands of many runs say before, between and after them."""

from __future__ import annotations

import shlex
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sim.cluster.forecast import Forecast, announced
from sim.printable import printable
from sim.sweep.agenda import Agenda
from sim.sweep.ending import unheard

#: Exit statuses: a job has failed, and control-C has ended the command.
FAILED, INTERRUPTED = 1, 130
#: A command line of more characters is not repeated: who has typed it has it, and its values would hide what was found.
LONG = 200
#: How many reasons are told of jobs that failed, or cannot be simulated.
TOLD = 3


def begin(drawn: Agenda) -> None:
    """Say before the first run what is there, what is skipped, and what makes no difference."""
    with unheard():
        if drawn.repeated:
            print(f"note: {len(drawn.repeated)} of {drawn.jobs} runs ask what others ask, and are done once")
        if drawn.finished:
            print(f"{len(drawn.finished)} of {drawn.jobs} runs are finished already, {len(drawn.to_do)} are to be done")
        for notice in drawn.notices:
            print(f"note: {notice}")
        if drawn.impossible:
            print(f"{len(drawn.impossible)} of {drawn.jobs} runs cannot be simulated and are skipped:")
            tell([f"{job}: {reason}" for job, reason in drawn.impossible])


def warn(forecasts: Sequence[Forecast]) -> None:
    """Say what all runs together take of this machine, where that is much."""
    warning = announced(forecasts)
    if warning is not None:
        print(f"paceline: {warning}", file=sys.stderr)


def tell(lines: Sequence[str]) -> None:
    """Print the first of some reasons, and how many more there are."""
    for line in lines[:TOLD]:
        print(f"  {printable(line)}")
    if len(lines) > TOLD:
        print(f"  and {len(lines) - TOLD} more")


def note(notices: Sequence[str], runs: int) -> None:
    """Print each notice once, with how many of the runs it is on where it is not on all of them."""
    for notice, count in Counter(notices).items():
        print(f"note: {notice}" if count == runs else f"note on {count} of {runs} runs: {notice}")


def going_on(verb: str, typed: Sequence[str], folder: Path) -> str:
    """The command line that goes on with what is in a folder; of a long one only what it needs beside what was typed.

    Parameters
    ----------
    verb
        What comes behind ``paceline``; "": nothing.
    typed
        What was typed behind that.
    folder
        Where the runs are.
    """
    if len(shlex.join(typed)) > LONG:
        there = any(word.lstrip("+").startswith("hydra.sweep.dir=") for word in typed)
        return "the same command" if there else printable(f"the same command with hydra.sweep.dir={folder}")
    own = [word for word in typed if word != "--resume" and not word.lstrip("+~").startswith("hydra.sweep.dir=")]
    return printable(shlex.join(["paceline", *filter(None, [verb]), *own, f"hydra.sweep.dir={folder}"]))
