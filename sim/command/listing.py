"""``paceline list`` and ``paceline --help``: what there is, read from the comments of the YAML files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import TYPE_CHECKING, NamedTuple

from sim.command.flags import told

if TYPE_CHECKING:
    from rich.text import Text

_GROUP = re.compile(r"  - (?P<name>\w+): (?P<value>\w+) +# (?P<what>.+)")
_KEY = re.compile(r"(?P<indent> *)(?P<name>\w+): (?P<value>.+?) +# (?P<what>.+)")
_NODE = re.compile(r"(?P<name>\w+):( +# .+)?")
#: Flags that are longer have what they do right behind them.
_WIDE = 40

_USAGE = """\
paceline predicts how fast distributed SGD learns on a cluster: loss as a function of seconds.

usage
  paceline [key=value ...]       simulate one run; its files are put into outputs/
  paceline -m [key=a,b,c ...]    simulate one run for every combination; multirun/
  paceline tune ... --over KEY=a,b,c    the same with settings chosen on seeds set apart; tune/ (paceline tune --help)
  paceline study NAME [--quick]    the claims of a source of the field, judged by runs; studies/ (paceline study)
  paceline lab ...               the same as real processes over emulated links, beside its prediction; lab/
  paceline efficiency ...        what a second of it is worth: hardware x statistics x protocol
  paceline plan workload=NAME goal.minutes=M machines=A,B    what to buy, how sure, and why (paceline plan --help)
  paceline list [group]          what each group has to choose from; with a group, the keys of its options too
  paceline list workload=NAME    a model along its backward pass; --picture FILE draws it
  paceline list device=NAME      a device: peaks, measured throughputs, memory and power, each with its source
  paceline list machine[=NAME]   types of machines; of one all figures, and the keys of a run on two of them
  paceline report DIR...         compare runs: a table, and a page with the curves
  paceline plot DIR...           a figure for a paper, with its LaTeX table, a paragraph on methods, and what to cite
  paceline replay CASE...        run flow cases (files of the format flowcase/1) through the network engine
  paceline calibrate FILE ...    learn what a network does from steps on one machine and on several
  paceline validate              predict what others have measured, and say how far that is off
"""


class Key(NamedTuple):
    """A key as its YAML file has it: name, default, and the comment with the unit."""

    name: str
    value: str
    what: str


class Option(NamedTuple):
    """An option of a group, with the first line of its YAML file and its keys."""

    name: str
    what: str
    keys: list[Key]


class Group(NamedTuple):
    """A group of the root config, with the option that is the default."""

    name: str
    default: str
    what: str
    options: list[Option]


def read_groups() -> list[Group]:
    """The groups in the order of the root config, their options by name."""
    conf = files("conf")
    lines = conf.joinpath("config.yaml").read_text(encoding="utf-8").splitlines()
    matches = filter(None, map(_GROUP.fullmatch, lines))
    return [Group(m["name"], m["value"], m["what"], _options(conf.joinpath(m["name"]))) for m in matches]


def read_root_keys() -> list[Key]:
    """The keys of the root config; those of a node in full (``until.updates``)."""
    return list(_keys(files("conf").joinpath("config.yaml").read_text(encoding="utf-8").splitlines()))


def _options(folder: Traversable) -> list[Option]:
    found = []
    for file in sorted(folder.iterdir(), key=lambda file: file.name):
        name, dot, kind = file.name.partition(".")
        if (dot, kind) == (".", "yaml"):
            lines = file.read_text(encoding="utf-8").splitlines()
            what = next(line for line in lines if line.startswith("# ") and not line.startswith("# @"))
            found.append(Option(name, what.removeprefix("# "), list(_keys(lines))))
    return found


def _keys(lines: list[str]) -> Iterator[Key]:
    node = ""
    for line in lines:
        if line == "hydra:":
            return  # what follows is Hydra's own
        if match := _NODE.fullmatch(line):
            node = f"{match['name']}."
        elif match := _KEY.fullmatch(line):
            yield Key(f"{node if match['indent'] else ''}{match['name']}", match["value"], match["what"])


def list_options(names: list[str]) -> int:
    """Print every group with its options; the groups that are named, with the keys of their options.

    Parameters
    ----------
    names
        What follows ``paceline list``.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    LookupError
        When there is no such group; the message is for the user.
    """
    groups = {group.name: group for group in read_groups()}
    for name in names:
        if name not in groups:
            near = get_close_matches(name, (*groups, "machine"), n=1)
            remedy = f"did you mean {near[0]}?" if near else f"choose one of {', '.join(groups)}"
            raise LookupError(f"{name}: there is no such group; {remedy}")
    chosen = [groups[name] for name in names] or list(groups.values())
    _print(line for group in chosen for line in _group_lines(group, with_keys=bool(names)))
    return 0


def print_help() -> int:
    """Print what the command does, every group with its options, and every key of the root."""
    from rich.text import Text

    def lines() -> Iterator[Text]:
        yield Text(_USAGE)
        yield Text("groups: group=option\n")
        for group in read_groups():
            yield from _group_lines(group, with_keys=False)
        yield Text("\nkeys: key=value, and group.key=value for those of an option (paceline list group shows them)\n")
        keys = read_root_keys()
        for key in keys:
            yield _line("  ", key.name, _default(key), key.what, max(len(each.name) for each in keys))
        examples = files("conf").joinpath("examples.txt").read_text(encoding="utf-8")
        yield Text(f"\n{examples}\nflags")
        flags = list(told())
        for flag, what in flags:
            yield _line("  ", flag, "", what, max(len(each) for each, _ in flags if len(each) < _WIDE))

    _print(lines())
    return 0


def _group_lines(group: Group, *, with_keys: bool) -> Iterator[Text]:
    yield _line("", group.name, "", group.what, 0, style="bold")
    width = max((len(option.name) for option in group.options), default=0)
    for option in group.options:
        mark = " (default)" if option.name == group.default else ""
        yield _line("  ", option.name, mark, option.what, width)
        if with_keys:
            prefix = "" if group.name == "experiment" else f"{group.name}."  # an experiment sets keys of the root
            yield from _facts(group.name, option.name)
            names = [f"{prefix}{key.name}" for key in option.keys]
            for name, key in zip(names, option.keys, strict=True):
                yield _line("      ", name, _default(key), key.what, max(map(len, names)), style="")


def _facts(group: str, option: str) -> Iterator[Text]:
    """What a model of the real world adds up to, or is known of a device; all else only reads YAML."""
    from rich.text import Text

    if group == "workload":
        from sim.command.workload import facts
    elif group == "device":
        from sim.command.devices import facts
    else:
        return
    yield from (Text(f"      {fact}", style="dim") for fact in facts(option))


def _default(key: Key) -> str:
    return f" ({key.value})"


def _line(indent: str, name: str, mark: str, what: str, width: int, style: str = "cyan") -> Text:
    from rich.text import Text

    line = Text(indent)
    line.append(name, style=style)
    line.append(" " * max(0, width - len(name)) + "  ")
    line.append(what)
    return line.append(mark, style="dim")


def _print(lines: Iterator[Text]) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    for line in lines:
        console.print(line)
