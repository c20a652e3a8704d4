"""``key=value`` words, checked one by one before Hydra sees them: its own messages run over several lines."""

from __future__ import annotations

import itertools
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from enum import Enum

from hydra.conf import HydraConf
from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, Quote, QuotedString, ValueType
from hydra.errors import OverrideParseException

from sim.config.error import ConfigError
from sim.config.keys import in_quotes, is_flag, keys, no_such_option, shown, unknown_key, wrong_type
from sim.config.options import groups
from sim.config.sources import SEARCHPATH, Sources

#: Each run of a sweep is composed before the first begins, some 100 a second.
MOST_RUNS = 100_000

#: Hydra's keys for where results go; an empty one would be the working directory.
_FOLDERS = ("hydra.run.dir", "hydra.sweep.dir")

#: A word that needs no quotes, and is nothing else.
_PLAIN = re.compile(r"(?!(?:null|true|false|nan|inf)$)[A-Za-z_][A-Za-z_0-9/.-]*", re.IGNORECASE)

#: What Hydra's basic sweeper sweeps over, where it is said by a key.
_SWEPT = "hydra.sweeper.params."


def parsed(words: Sequence[str], *, multirun: bool) -> list[Override]:
    """Take ``key=value`` words apart.

    Parameters
    ----------
    words
        As they were typed.
    multirun
        Whether sweeps are asked for.

    Raises
    ------
    ConfigError
        On a word that is not ``key=value``, a value that cannot be read, a key that is given twice, what Hydra could do
        to a config and nobody can want.
    """
    overrides = [_override(word, multirun) for word in words]
    _check_once(overrides)
    _check_runs(overrides)
    return overrides


def searchpath(overrides: Iterable[Override]) -> object:
    """The value of ``hydra.searchpath``, None where it is not given."""
    return next((each.value() for each in overrides if each.key_or_group == SEARCHPATH), None)


def checked(overrides: Sequence[Override], sources: Sources, *, multirun: bool) -> list[str]:
    """The words that Hydra is to see, when their values have been checked.

    Parameters
    ----------
    overrides
        See `parsed`.
    sources
        Where configs are looked for; Hydra need not see ``hydra.searchpath``, which is part of it.
    multirun
        Whether sweeps are asked for.

    Raises
    ------
    ConfigError
        On a group without an option or with one that there is not, a number where true or false belongs.
    """
    overrides = [override for override in overrides if override.key_or_group != SEARCHPATH]
    for override in overrides:
        _check_value(override, sources)
    return _override_by_run(overrides) if multirun else [str(override.input_line) for override in overrides]


def written(value: object) -> str:
    """A value as it is written in an override.

    Raises
    ------
    ConfigError
        Where no key has such a value.

    Examples
    --------
    >>> written([0.1, True, "a b"])
    '[0.1,true,"a b"]'
    """
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, str):
        return value if _PLAIN.fullmatch(value) else str(QuotedString(value, Quote.double).with_quotes())
    if isinstance(value, list | tuple):
        return f"[{','.join(map(written, value))}]"
    if value is None or isinstance(value, int | float):
        return shown(value)
    raise ConfigError(f"{value!r}: is no number, text, truth value or list of these")


def _override(word: str, multirun: bool) -> Override:
    if "=" not in word and not word.startswith("~"):
        raise ConfigError(bare(word) or f"{word}: is not key=value")
    word = _swept(word, multirun)
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


def _swept(word: str, multirun: bool) -> str:
    """What Hydra's sweeper is to sweep over, said as everything else is: ``hydra.sweeper.params.workers=2,3``."""
    name, equals, value = word.partition("=")
    plain = name.lstrip("+")
    if not (equals and plain.startswith(_SWEPT)):
        return word
    if not multirun:
        raise ConfigError(f"{word}: says what a sweep goes over, which needs -m")
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return f"{plain.removeprefix(_SWEPT)}={value[1:-1] if quoted else value}"


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


def bare(word: str) -> str | None:
    """What to say of a word without a value; None where it is neither a key nor a group."""
    if word in keys():
        default = next(iter(keys()[word].values())).default
        return f"{word}: no value is given; write {word}={'...' if default is None else shown(default)}"
    if word in groups():
        return f"{word}: no option is given; write {word}= and one of {', '.join(groups()[word])}"
    return None


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


def _check_value(override: Override, sources: Sources) -> None:
    """A group takes the name of an option, a flag no number; in a sweep, each of the values does."""
    key = override.key_or_group
    if not override.is_delete():
        for value in _values(override):
            _check_size(key, value)
            if key in _FOLDERS and value in ("", None):
                raise ConfigError(f"{key}: no folder is given; give one, or . for the working directory")
    options = sources.options(key) if key in groups() or key == "experiment" else []
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


def _values(override: Override) -> Iterator[object]:
    """What is given; of a sweep, each value. Patterns choose from the options there are, intervals have no values."""
    if not override.is_sweep_override():
        yield override.value()
    elif override.is_discrete_sweep() and override.value_type is not ValueType.GLOB_CHOICE_SWEEP:
        for value in override.sweep_iterator():
            yield value.text if isinstance(value, QuotedString) else value
