"""Words completed with Tab: verbs, flags, groups, options and keys, the user's own among them."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterable, Iterator, Sequence

from hydra._internal.hydra import Hydra
from hydra.errors import HydraException
from hydra.plugins.completion_plugin import CompletionPlugin
from omegaconf.errors import OmegaConfBaseException

from sim.command.flags import OWN_FLAGS, FlagError, flags
from sim.command.words import VERBS
from sim.config.application import application
from sim.config.error import ConfigError
from sim.config.options import groups
from sim.config.sources import Sources, sources

#: What a shell's completion can be asked for.
COMMANDS = ("install", "uninstall", "query")
#: What a config has that nobody chooses from.
_INNER = ("schema",)


def complete(overrides: Sequence[str]) -> int:
    """Do what ``paceline --shell-completion`` is followed by: ``install=bash`` prints what the shell is to evaluate.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    ConfigError
        Where it is followed by anything else.
    """
    with application(Sources()) as hydra:
        shells = hydra.get_shell_to_plugin_map(hydra.config_loader)
        command, _, shell = overrides[0].partition("=") if len(overrides) == 1 else ("", "", "")
        if command not in COMMANDS or shell not in shells:
            known = f"{' or '.join(COMMANDS)}, '=' and one of {', '.join(sorted(shells))}"
            raise ConfigError(f"--shell-completion: is followed by {known}")
        if command == "query":
            separator = "\n" if shell == "fish" else " "
            print(separator.join(candidates(os.environ.get("COMP_LINE", ""))))
        else:
            _print_script(shells[shell][0], command)
    return 0


def _print_script(plugin: CompletionPlugin, command: str) -> None:
    """Hydra's own, which calls the command by the name that it was started with."""
    before = sys.argv
    sys.argv = ["paceline" if sys.argv[0].endswith(".py") else sys.argv[0]]
    try:
        getattr(plugin, command)()
    finally:
        sys.argv = before


def candidates(line: str) -> list[str]:
    """What the last word of a command line may become.

    Parameters
    ----------
    line
        The command line up to the cursor, with the name of the command.

    Returns
    -------
    list of str
        In alphabetical order; none where the shell is to complete names of files.
    """
    *typed, word = line.split()[1:] + [""] * (line != line.rstrip() or len(line.split()) < 2)
    verb = next(iter(typed), None)
    if verb == "list":
        return _beginning(word, (*groups(), "experiment", "machine"))
    own = OWN_FLAGS.get(verb or "")
    if (verb in VERBS and own is None) or _of_a_file(typed):
        return []
    if word.startswith("-"):
        return _beginning(word, [*_flags(flags()), *(_flags(own()) if own else ())])
    verbs = VERBS if not typed else ()
    if own:  # beside what any sweep is followed by, flags of its own with numbers
        typed = ["-m", *(each for each in typed[1:] if not (each in _flags(own()) or each.isdecimal()))]
    return sorted([*_beginning(word, verbs), *_keys_and_options(typed, word)])


def _beginning(word: str, names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if name.startswith(word)})


def _flags(parser: argparse.ArgumentParser) -> list[str]:
    return list(dict.fromkeys(name for action in parser._actions for name in action.option_strings))


def _of_a_file(typed: Sequence[str]) -> bool:
    """Whether the next word names a folder."""
    return bool(typed) and typed[-1] in ("--config-dir", "-cd")


def _keys_and_options(typed: Sequence[str], word: str) -> Iterator[str]:
    try:
        options, _ = flags().parse_known_intermixed_args(list(typed))
        own = sources(options.config_dir, options.config_name)
        with application(own) as hydra:
            found = _asked(hydra, own.name, [*options.overrides, word], multirun=options.multirun)
    except (FlagError, ConfigError, HydraException, OmegaConfBaseException):
        return  # what is half typed need not make sense yet
    yield from (each for each in found if not each.startswith(_INNER))


def _asked(hydra: Hydra, name: str, words: Sequence[str], *, multirun: bool) -> list[str]:
    """What Hydra knows, the names of files aside."""
    plugin = hydra.get_shell_to_plugin_map(hydra.config_loader)["bash"][0]
    return list(plugin._query(name, " ".join([*(["-m"] if multirun else []), *words])))
