"""Characters that the encoding of an output lacks, spelled with those that every encoding has.

A terminal or a file may be ASCII (``LC_ALL=C``), Latin-1 or a code page of Windows. What is printed goes there whole,
and keeps its columns: nobody loses a result of hours for the sake of a ``≥``.
"""

from __future__ import annotations

import codecs
import io
import sys

#: How outputs spell what their encoding lacks: the name of an error handler of `codecs`.
SPELLED = "paceline.spelled"

#: Character that we print -> how it is spelled in ASCII. A test holds that there is none besides.
SPELLING = {
    "\N{NO-BREAK SPACE}": " ",
    "±": "+-",
    "µ": "u",
    "μ": "u",
    "·": "|",
    "×": "x",
    "–": "-",
    "−": "-",
    "’": "'",
    "…": "...",
    "→": "->",
    "↔": "<->",
    "∞": "inf",
    "≈": "~",
    "≥": ">=",
    "─": "-",
    "█": "#",
    "▓": "=",
    "░": ".",
    "\N{REPLACEMENT CHARACTER}": "?",
}

#: Signs before a number, which take the place of the space behind them where they become wider, so that columns stay.
_BEFORE_NUMBERS = "±≥"
_SPACES = " \N{NO-BREAK SPACE}"
#: What stands for a byte of a file's name that no encoding has explained (PEP 383).
_ESCAPED = range(0xDC80, 0xDD00)


def spell_outputs() -> None:
    """Have standard output and error spell what their encoding lacks, in place of ending the program.

    Of whatever kind they are: another program's stream, such as a notebook's, which takes every character, stays as it
    is.
    """
    codecs.register_error(SPELLED, _spelled)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=SPELLED)


def _spelled(error: UnicodeError) -> tuple[str | bytes, int]:
    """The first character that cannot be encoded as it is to be written, and where to go on.

    A byte of a file's name goes out as it came, and what is not ours, such as a name in another script, as an escape.
    """
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text, place = error.object, error.start
    letter, after = text[place], place + 1
    if ord(letter) in _ESCAPED:
        return bytes([ord(letter) - 0xDC00]), after
    if letter in _BEFORE_NUMBERS and text[after : after + 1] in (*_SPACES,):
        after += 1
    return SPELLING.get(letter) or letter.encode("ascii", "backslashreplace").decode("ascii"), after
