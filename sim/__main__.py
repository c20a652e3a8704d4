"""The command ``paceline``, which is also ``python -m sim``."""

from __future__ import annotations

import atexit
import errno
import gc
import os
import signal
import sys
import traceback
from contextlib import suppress
from importlib import import_module

from sim.garbage import WORTH_A_LOOK
from sim.printable import printable
from sim.spelling import spell_outputs
from sim.sweep.ending import hang_up

#: Exit statuses: a user's mistake, an error of ours, and what a shell expects after control-C.
MISTAKE, CRASH, INTERRUPTED = 2, 1, 130

#: Commands that are followed by key=value, as a run is, and flags of their own -> the same.
COMPOSING = {
    "efficiency": "sim.command.efficiency",
    "lab": "sim.command.lab",
    "plan": "sim.command.plan",
    "study": "sim.command.study",
    "tune": "sim.command.tune",
}

#: The packages of the project.
OURS = ("sim", "topologies", "kernels")

#: Commands that need nothing of Hydra -> the module whose `main` takes what follows them.
READING = {
    "calibrate": "sim.command.calibrate",
    "replay": "sim.command.replay",
    "plot": "sim.plot.command",
    "report": "sim.report.command",
    "validate": "sim.command.validate",
}

#: What is wrong where something cannot be written that has no name.
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EIO)


def main() -> None:
    """Do what the command line says, and end with the exit status that says how it went."""
    _replace_closed()
    spell_outputs()
    try:
        status = _command(sys.argv[1:])
        sys.stdout.flush()
    except KeyboardInterrupt as interrupt:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # it has been heard, and ends with its own status
        status, *said = interrupt.args or (INTERRUPTED,)
        _complain(f"interrupted{''.join(said)}", status)
    except BrokenPipeError:
        hang_up()  # the reader (a pager, head) has seen enough
        status = 0
    except SystemExit as end:
        if not isinstance(end.__context__, BrokenPipeError):
            raise
        status = 0  # rich has hung up, where there was nothing to do but print
    except Exception as error:
        status = _report(error)
    if status:
        sys.exit(status)


def _replace_closed() -> None:
    """Where standard output or error is closed (``>&-``), write into nothing."""
    sys.stdout = sys.stdout or open(os.devnull, "w")  # noqa: SIM115  # until the end
    sys.stderr = sys.stderr or open(os.devnull, "w")  # noqa: SIM115  # as above


def _command(arguments: list[str]) -> int:
    """Everything is imported where it is used: only a simulation needs Hydra, and only that takes its time."""
    match arguments:
        case ["list", *words]:
            return _list(words)
        case [verb, *rest] if verb in COMPOSING:
            return _composing(verb, rest)
        case [verb, *rest] if verb in READING:
            _collect_seldom()
            return int(import_module(READING[verb]).main(rest))
        case _ if {"-h", "--help"} & set(arguments):
            from sim.command.listing import print_help

            return print_help()
        case _ if "--version" in arguments:
            from sim import __version__

            print(f"paceline {__version__}")
            return 0
        case _:
            return _simulate(arguments)


def _list(words: list[str]) -> int:
    if any("=" in word or word == "machine" for word in words):
        from sim.command.listed import main as listed

        return listed(words)
    from sim.command.listing import list_options

    try:
        return list_options(words)
    except LookupError as error:
        return _complain(f"error: {error.args[0]}", MISTAKE)


def _composing(verb: str, arguments: list[str]) -> int:
    if {"-h", "--help"} & {*arguments}:
        from sim.command.flags import OWN_FLAGS

        OWN_FLAGS[verb]().print_help()
        return 0
    clash = _prepared()
    if clash is not None:
        return _complain(f"error: {clash}", MISTAKE)
    return int(import_module(COMPOSING[verb]).main(arguments))


def _collect_seldom() -> None:
    """Look for garbage seldom: what is made stays until the end, and not even then is there anything to look for."""
    gc.set_threshold(WORTH_A_LOOK)
    atexit.register(gc.freeze)


def _prepared() -> str | None:
    """Get this process ready to simulate; what to say where it cannot."""
    clash = _foreign_kernels()
    if clash is not None:
        return clash
    _collect_seldom()
    from sim.config.build import register

    register()
    return None


def _simulate(arguments: list[str]) -> int:
    clash = _prepared()
    if clash is not None:
        return _complain(f"error: {clash}", MISTAKE)
    from sim.command.words import read_words

    words = read_words(arguments)
    if words.flags.shell_completion:
        from sim.command.completion import complete

        return complete(words.overrides)
    if not words.simulates:
        from sim.command.show import show

        return show(words)
    from sim.command.simulate import simulate

    return simulate(words)


def _foreign_kernels() -> str | None:
    """What to say where the package index's own `kernels` is installed: it would take the place of ours."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        other = version("kernels")
    except PackageNotFoundError:
        return None
    return f"kernels {other} is installed beside paceline, which has a package of that name; use a venv of its own"


def _report(error: Exception) -> int:
    explanation = _of_the_system(error)
    if explanation is None and "hydra" in sys.modules:
        from sim.config.mistakes import explain

        explanation = explain(error)
    if explanation is not None:
        return _complain(f"error: {explanation}", MISTAKE)
    traceback.print_exception(error)
    return _complain("internal error, please report the lines above", CRASH)


def _of_the_system(error: Exception) -> str | None:
    """What to say of a file that cannot be used, a disk or a memory that is full; None of anything else."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        where = f" for {_wanting(error)}{f': {error}' if str(error) else ''}"
        remedy = "; ".join(getattr(error, "__notes__", ["use fewer workers or a smaller model"]))
        return f"not enough memory{where}; {remedy}"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    if isinstance(error, OSError) and error.errno in FULL:
        with suppress(OSError, ValueError):
            hang_up()  # standard output, as a rule
        return error.strerror
    return None


def _wanting(error: BaseException) -> str:
    """What wanted the memory: the innermost of our modules that an error came through."""
    frames = (frame.f_globals for frame, _ in traceback.walk_tb(error.__traceback__))
    ours = [names["__name__"] for names in frames if names["__name__"].partition(".")[0] in OURS]
    return ours[-1] if ours else "the program"


def _complain(message: str, status: int) -> int:
    print(f"paceline: {printable(message)}", file=sys.stderr)
    return status


if __name__ == "__main__":
    main()
