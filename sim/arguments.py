"""What commands that read files have in common: their arguments, and one line about what the user can put right."""

from __future__ import annotations

import argparse
import sys
from typing import NoReturn

from sim.printable import printable

#: Exit status of a user's mistake.
MISTAKE = 2


class Arguments(argparse.ArgumentParser):
    """A parser that raises what is wrong with a command line, as the rest of a command does, instead of ending it.

    Raises
    ------
    ValueError
        Of `parse_args`, with where help is.
    """

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"{message}; see {self.prog} --help")


def count(text: str) -> int:
    """A whole number of at least 1, as the type of an argument.

    Raises
    ------
    argparse.ArgumentTypeError
        Where it is none.
    """
    if not (text.isascii() and text.isdecimal() and int(text[:9]) > 0):
        raise argparse.ArgumentTypeError(f"must be a whole number, at least 1, got {text[:40]}; give for example 5")
    return int(text[:9])


def fraction(text: str) -> float:
    """A share above 0 and at most 1, such as an accuracy, as the type of an argument.

    Raises
    ------
    argparse.ArgumentTypeError
        Where it is none.
    """
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(
            f"must be above 0 and at most 1, got {text[:40]}; give a fraction such as 0.95"
        )
    return value


def refused(command: str, error: ValueError | OSError) -> int:
    """Say in one line what is wrong; returns the exit status."""
    text = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
    print(f"paceline {command}: {printable(' '.join(text.split()))}", file=sys.stderr)
    return MISTAKE
