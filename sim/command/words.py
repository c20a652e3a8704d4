"""What the user typed, checked word by word before Hydra sees it: its own messages run over several lines."""

from __future__ import annotations

import argparse
import itertools
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields
from difflib import get_close_matches
from importlib.resources import files
from typing import NamedTuple, NoReturn

from hydra.conf import HydraConf
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, QuotedString, ValueType
from hydra.errors import OverrideParseException

from sim.config.build import ConfigError
from sim.config.keys import in_quotes, is_flag, keys, no_such_option, shown, unknown_key, wrong_type
from sim.config.options import groups

#: What `paceline` can be followed by, beside flags and overrides.
VERBS = ("list", "replay", "report")

#: Each run of a sweep is composed before the first begins, some 100 a second.
MOST_RUNS = 100_000

#: What Hydra can tell of how a config is composed.
_INFO = ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")

#: Hydra's keys for where results go; an empty one would be the working directory.
_FOLDERS = ("hydra.run.dir", "hydra.sweep.dir")

#: Hydra's flags that print something instead of simulating.
_SHOWING = ("cfg", "info", "hydra_help", "shell_completion")


class Words(NamedTuple):
    """A command line that can be read.

    Attributes
    ----------
    flags
        Hydra's flags.
    overrides
        The ``key=value`` words, as they were typed but for the keys of a group that is swept (see `_override_by_run`).
    multirun
        Whether ``-m`` was among the flags.
    simulates
        Whether anything is to be simulated: some flags only show something.
    resume
        Whether ``--resume`` was among the flags.
    typed
        The command line as it was typed.
    """

    flags: list[str]
    overrides: list[str]
    multirun: bool
    simulates: bool
    resume: bool
    typed: list[str]


def read_words(arguments: list[str]) -> Words:
    """Take the command line apart.

    Parameters
    ----------
    arguments
        What follows ``paceline``; neither a verb nor a request for help.

    Raises
    ------
    ConfigError
        On a word that is not a flag and not ``key=value``, a value that cannot be read, a key that is given twice, a
        group without an option or with one that there is not, a number where true or false belongs.
    """
    parser = _flags()
    options, rest = parser.parse_known_intermixed_args(arguments)
    if rest:
        raise ConfigError(f"{rest[0]}: no such flag; paceline --help shows all")
    if options.package is not None and not options.cfg:
        raise ConfigError(f"--package={options.package}: says what --cfg shows, and nothing else; leave it out")
    if options.resume and not options.multirun:
        raise ConfigError("--resume: goes on with a sweep; write paceline -m --resume KEY=VALUE,... as it was begun")
    overrides = [_override(word) for word in options.overrides]
    _check_once(overrides)
    _check_runs(overrides)
    for override in overrides:
        _check_value(override)
    return Words(
        flags=[word for word in arguments if word not in options.overrides],
        overrides=_override_by_run(overrides) if options.multirun else options.overrides,
        multirun=options.multirun,
        simulates=not any(getattr(options, name) for name in _SHOWING),
        resume=options.resume,
        typed=arguments,
    )


class _Flags(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise ConfigError(f"{message}; see paceline --help")


def _flags() -> argparse.ArgumentParser:
    """Hydra's flags, but for those that would take the place of paceline's own config or read a pickle."""
    parser = _Flags(prog="paceline", add_help=False, allow_abbrev=False)
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--resolve", action="store_true")
    parser.add_argument("--package", "-p")
    parser.add_argument("--resume", action="store_true")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--multirun", "-m", action="store_true")
    mode.add_argument("--cfg", "-c", choices=["job", "hydra", "all"])
    mode.add_argument("--info", "-i", nargs="?", const="all", choices=_INFO)
    mode.add_argument("--hydra-help", action="store_true")
    mode.add_argument("--shell-completion", "-sc", action="store_true")
    return parser


def _override(word: str) -> Override:
    if "=" not in word and not word.startswith("~"):
        raise ConfigError(_bare(word))
    if not word.partition("=")[0].strip("+~ "):
        raise ConfigError(f"{word}: there is no key before the '='; write key=value")
    try:
        override = OverridesParser.create().parse_overrides([word])[0]
    except OverrideParseException as error:
        quoted = in_quotes(word)
        remedy = f"write {quoted}" if quoted else "write key=value, and a value with special characters in quotes"
        raise ConfigError(f"{word}: cannot be read; {remedy}") from error
    refusal = _never(override, word)
    if refusal is not None:
        raise ConfigError(refusal)
    return override


def _of_hydra_itself(key: str) -> str | None:
    """What to say of a key of Hydra's that there is not; None of any other key."""
    if key == "hydra":
        return "hydra: cannot be set as a whole; set one of its keys, which paceline --hydra-help shows"
    if key.startswith("hydra.") and key.split(".")[1] not in {field.name for field in fields(HydraConf)}:
        return unknown_key(key)
    return None


def _never(override: Override, word: str) -> str | None:
    """What Hydra can do to a config and nobody can want here, and what to write instead; None of anything else.

    Every key of paceline has a value from the start: none is added, and none is taken out. What experiments sweep over
    may be.
    """
    key, plain = override.key_or_group, word.lstrip("+~")
    if "@" in word.partition("=")[0]:
        return f"{word}: a group has one place in the config; write {key}=OPTION"
    if key.startswith("hydra.sweeper.params."):
        return None
    if override.is_delete() and key != "experiment":
        other = f"{key}=OPTION" if key in groups() else f"{key.partition('=')[0]}=VALUE"
        return f"{word}: nothing can be taken out of the config; set another value: {other}"
    if override.is_add() and (key in groups() or (key in keys() and "." not in key) or key == "experiment"):
        return f"{word}: {key} is there from the start; write {plain}"
    return _of_hydra_itself(key)


def _bare(word: str) -> str:
    """What to say of a word without a value: half an override, or a verb that there is not."""
    if word in keys():
        default = next(iter(keys()[word].values())).default
        return f"{word}: no value is given; write {word}={'...' if default is None else shown(default)}"
    if word in groups():
        return f"{word}: no option is given; write {word}= and one of {', '.join(groups()[word])}"
    near = get_close_matches(word, VERBS, n=1)
    if near:
        return f"{word}: no such command; did you mean paceline {near[0]}?"
    return f"{word}: neither a command ({', '.join(VERBS)}) nor key=value; see paceline --help"


def _check_once(overrides: Iterable[Override]) -> None:
    given: dict[str, str] = {}
    for override in overrides:
        key, text = override.key_or_group, str(override.input_line)
        if key in given:
            raise ConfigError(f"{key}: given twice, {given[key]} and {text}; keep one of them")
        given[key] = text


def _check_runs(overrides: Iterable[Override]) -> None:
    """Refuse a sweep over more runs than can be composed, without making a list of them."""
    runs = 1
    for override in overrides:
        if override.is_discrete_sweep() and override.value_type is not ValueType.GLOB_CHOICE_SWEEP:
            runs *= sum(1 for _ in itertools.islice(override.sweep_iterator(), MOST_RUNS + 1))
            if runs > MOST_RUNS:
                raise ConfigError(
                    f"{override.input_line}: makes more than the {MOST_RUNS} runs of a sweep; give fewer values"
                )


def _override_by_run(overrides: Iterable[Override]) -> list[str]:
    """Have the keys of a group whose options are swept set in each run, as sweeps over one value.

    Hydra would set them in the config that all runs have in common too, where the group has its default option. A sweep
    cannot be over null, which is forced on that config instead.
    """
    overrides = list(overrides)
    swept = {override.key_or_group for override in overrides if override.is_sweep_override()} & groups().keys()
    words = []
    for override in overrides:
        key, text = override.key_or_group, str(override.input_line)
        if "." in key and key.partition(".")[0] in swept and not (override.is_sweep_override() or override.is_delete()):
            name, _, value = text.partition("=")
            sweepable = override.value() is not None and override.value() != ""
            text = f"{name}=choice({value})" if sweepable else f"++{name.lstrip('+')}={value}"
        words.append(text)
    return words


def _check_value(override: Override) -> None:
    """A group takes the name of an option, a flag no number; in a sweep, each of the values does."""
    key = override.key_or_group
    if not override.is_delete():
        for value in _values(override):
            _check_size(key, value)
            if key in _FOLDERS and value in ("", None):
                raise ConfigError(f"{key}: no folder is given; give one, or . for the working directory")
    options = _experiments() if key == "experiment" else list(groups().get(key, ()))
    if override.is_delete() or not (options or is_flag(key)):
        return
    for value in _values(override):
        if not options:
            if isinstance(value, int) and not isinstance(value, bool):  # OmegaConf would take it as true, 0 as false
                raise ConfigError(wrong_type(key, value))
        elif isinstance(value, str) and value:
            if value not in options:  # such as a path, which Hydra would follow out of the group
                raise ConfigError(no_such_option(key, value, options))
        else:
            what = "no option is given" if value == "" else f"{shown(value)} is not an option"
            raise ConfigError(f"{key}: {what}; choose one of {', '.join(options)}")


def _check_size(key: str, value: object) -> None:
    """Refuse whole numbers that are too large for a float, which OmegaConf would make of them, also in lists."""
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, int) and abs(each) > sys.float_info.max:
            raise ConfigError(f"{key}: a whole number of {each.bit_length() * 3 // 10} digits is too large; give less")


def _experiments() -> list[str]:
    names = (entry.name for entry in files("conf").joinpath("experiment").iterdir())
    return sorted(name.removesuffix(".yaml") for name in names if name.endswith(".yaml"))


def _values(override: Override) -> Iterator[object]:
    """What is given; of a sweep, each value. Patterns choose from the options there are, intervals have no values."""
    if not override.is_sweep_override():
        yield override.value()
    elif override.is_discrete_sweep() and override.value_type is not ValueType.GLOB_CHOICE_SWEEP:
        for value in override.sweep_iterator():
            yield value.text if isinstance(value, QuotedString) else value
