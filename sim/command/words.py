"""What the user typed, checked word by word before Hydra sees it."""

from __future__ import annotations

import argparse
from difflib import get_close_matches
from typing import NamedTuple

from sim.command.flags import SHOWING, FlagError, flags
from sim.config.error import ConfigError
from sim.config.overrides import bare, checked, parsed, searchpath
from sim.config.rerun import rerun
from sim.config.sources import Sources, sources

#: What `paceline` can be followed by, beside flags and overrides.
VERBS = ("calibrate", "efficiency", "lab", "list", "plan", "plot", "replay", "report", "study", "tune", "validate")


class Words(NamedTuple):
    """A command line that can be read.

    Attributes
    ----------
    overrides
        The ``key=value`` words, as they were typed but for the keys of a group that is swept.
    multirun
        Whether ``-m`` was among the flags.
    simulates
        Whether anything is to be simulated: some flags only show something.
    resume
        Whether ``--resume`` was among the flags.
    typed
        The command line as it was typed.
    sources
        Where configs are looked for.
    flags
        All of them.
    """

    overrides: list[str]
    multirun: bool
    simulates: bool
    resume: bool
    typed: list[str]
    sources: Sources
    flags: argparse.Namespace


def read_words(arguments: list[str]) -> Words:
    """Take the command line apart.

    Parameters
    ----------
    arguments
        What follows ``paceline``; neither a verb nor a request for help.

    Raises
    ------
    ConfigError
        On a word that is not a flag and not ``key=value``, a folder of YAML that there is not, and what `parsed` and
        `checked` refuse.
    """
    options = flags_of(arguments)
    if options.shell_completion:
        return Words(options.overrides, False, False, False, arguments, Sources(), options)
    for word in options.overrides:
        if "=" not in word and not word.startswith("~"):
            raise ConfigError(bare(word) or _no_verb(word))
    overrides = parsed(options.overrides, multirun=options.multirun)
    where = searchpath(overrides)
    again = rerun(options.config_dir, options.config_name, where)
    if again is None:
        own = sources(options.config_dir, options.config_name, where)
    else:
        own, overrides = again.sources, again.changed_by(overrides)
    return Words(
        overrides=checked(overrides, own, multirun=options.multirun),
        multirun=options.multirun,
        simulates=not any(getattr(options, name) for name in SHOWING),
        resume=options.resume,
        typed=arguments,
        sources=own,
        flags=options,
    )


def flags_of(arguments: list[str]) -> argparse.Namespace:
    """The flags of a command line, which go with each other.

    Parameters
    ----------
    arguments
        As in `read_words`.

    Raises
    ------
    ConfigError
        On a word that looks like a flag and is none, and on flags that need others.
    """
    if given := {"-cp", "--config-path"} & {*arguments}:
        raise ConfigError(f"{min(given)}: no such flag; a folder of your own is searched, too, with --config-dir")
    try:
        options, rest = flags().parse_known_intermixed_args(arguments)
    except FlagError as error:
        raise ConfigError(f"{error}; see paceline --help") from error
    if rest:
        raise ConfigError(f"{rest[0]}: no such flag; {_instead(rest[0])}")
    if options.package is not None and not options.cfg:
        raise ConfigError(f"--package={options.package}: says what --cfg shows, and nothing else; leave it out")
    if options.resolve and not options.cfg:
        raise ConfigError("--resolve: says how --cfg shows a config, and nothing else; leave it out")
    if options.resume and not options.multirun:
        raise ConfigError("--resume: goes on with a sweep; write paceline -m --resume KEY=VALUE,... as it was begun")
    return options


def _instead(flag: str) -> str:
    """What does what a flag of Hydra's does that there is not."""
    if flag.startswith("--experimental-rerun"):
        return "a run is repeated from its folder by paceline --config-dir RUN/.hydra --config-name config"
    return "paceline --help shows all"


def _no_verb(word: str) -> str:
    near = get_close_matches(word, VERBS, n=1)
    if near:
        return f"{word}: no such command; did you mean paceline {near[0]}?"
    return f"{word}: neither a command ({', '.join(VERBS)}) nor key=value; see paceline --help"
