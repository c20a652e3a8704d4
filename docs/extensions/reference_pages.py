"""The part of the reference that is written at build time: keys from ``conf``, options from docstrings, the command."""

from __future__ import annotations

import io
import os
import re
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout, suppress
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_type_hints
from unittest.mock import patch

from sim.command.listing import Group, Key, Option, read_groups, read_root_keys
from sim.config.docstring import entries
from sim.config.options import NODES, groups
from sim.config.root import Root
from sim.experiment import Experiment

if TYPE_CHECKING:
    from sphinx.application import Sphinx

PAGES = Path(__file__).resolve().parents[1] / "generated"

#: What is printed for whoever asks.
HELP = (
    ["--help"],
    *([verb, "--help"] for verb in ("plan", "tune", "efficiency", "report", "calibrate", "validate", "replay")),
)

#: A reference, of which each docstring has its own number 1.
_CITED = re.compile(r"\[(\d)\]_")
_REFERENCE = re.compile(r"^\.\. \[(\d)\] (.*(?:\n +.*)*)", re.MULTILINE)
#: What is code, and a bar that is none: a norm, and no substitution of sphinx.
_CODE_OR_BAR = re.compile(r"`[^`]*`|\|")

_SECTION = re.compile(r"^(?=[A-Z]\w+\n-{3,}$)", re.MULTILINE)
_PARAMETERS = re.compile(r"^Parameters\n-+\n.*?(?=^[A-Z]\w+\n-{3,}$|\Z)", re.MULTILINE | re.DOTALL)


def setup(app: Sphinx) -> dict[str, bool]:
    """Write the pages before sphinx looks for them; say beside the parameters of an option which keys they are."""
    app.connect("config-inited", lambda _app, _config: write())
    app.connect("autodoc-process-signature", _with_defaults)
    app.connect("autodoc-process-docstring", _with_keys, priority=400)  # napoleon reads what it has made
    app.connect("autodoc-process-docstring", _without_marks, priority=600)
    return {"parallel_read_safe": True}


def write() -> None:
    """Write every page that has changed, and remove those of groups that are no more."""
    written = {PAGES / name: text for name, text in pages().items()}
    for old in {*(PAGES / "options").glob("*.md")} - {*written}:
        old.unlink()
    for path, text in written.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def pages() -> dict[str, str]:
    """Every page, and what docs/reference includes (.txt), by its name below ``generated``."""
    listed = [group for group in read_groups() if group.name in groups()]
    options = {f"options/{group.name}.md": _options_page(group) for group in listed}
    return {"keys.txt": _keys(), "command_line.txt": _helps(), **options}


def _keys() -> str:
    """Every key, as the comments of ``conf`` have it."""
    lines = ["## Of every run", "", *_table(read_root_keys(), "")]
    for group in read_groups():
        if group.name not in groups():
            continue
        lines += [
            "",
            f"## `{group.name}=`",
            "",
            f"{_sentence(group.what)} [All options](../generated/options/{group.name}.md).",
        ]
        for option in group.options:
            if option.keys:
                lines += ["", f"**`{group.name}={option.name}`**: {option.what}", ""]
                lines += _table(option.keys, f"{group.name}.")
    return "\n".join(lines) + "\n"


def _table(keys: list[Key], prefix: str) -> Iterator[str]:
    yield "| key | default | what it is |"
    yield "|---|---|---|"
    for key in keys:
        yield f"| `{prefix}{key.name}` | `{key.value}` | {_cell(key.what)} |"


def _cell(text: str) -> str:
    """A comment in a cell of a table."""
    return re.sub(r"([|<>*\\])", r"\\\1", text)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}."


def _options_page(group: Group) -> str:
    """The options of a group, from their docstrings."""
    lines = [f"# {group.name}=", "", _sentence(group.what), ""]
    for option in group.options:
        lines += [f"## `{option.name}`", "", *_autoclass(group, option), ""]
    return "\n".join(lines)


def _autoclass(group: Group, option: Option) -> Iterator[str]:
    its_class = groups()[group.name][option.name]
    if option.name == group.default:
        yield "The default."
        yield ""
    yield "```{eval-rst}"
    yield f".. autoclass:: {its_class.__module__}.{its_class.__qualname__}"
    yield "```"


def _with_defaults(
    _app: Sphinx, what: str, _name: str, documented: Any, _options: Any, signature: str, _returns: str
) -> tuple[str, str] | None:
    """What an option is made with, and the defaults as Python has them, also where a factory makes them."""
    if what != "class" or documented not in prefixes() or signature == "()":
        return None
    parts = (f"{field.name}: {field.type} = {_python(field)}" for field in fields(documented))
    return f"({', '.join(parts)})", ""


def _python(field: Field[Any]) -> str:
    value = field.default if field.default_factory is MISSING else field.default_factory()
    if isinstance(value, Enum):
        return f"{type(value).__name__}.{value.name}"
    return f"{type(value).__name__}()" if is_dataclass(value) else repr(value)


def _helps() -> str:
    """What the command says of itself, but for groups and keys, which have pages of their own."""
    lines = []
    for words in HELP:
        printed = re.sub(r"^groups: .*?(?=^examples$)", "", _printed(words), flags=re.MULTILINE | re.DOTALL)
        title = " ".join(["paceline", *words])
        lines += [f"## `{title}`", "", "```text", printed.rstrip(), "```", ""]
    return "\n".join(lines)


def _printed(words: list[str]) -> str:
    """What the command prints, on lines of a width that a page has."""
    from sim.__main__ import main

    with (
        patch.object(sys, "argv", ["paceline", *words]),
        patch.dict(os.environ, COLUMNS="100"),
        redirect_stdout(io.StringIO()) as out,
        suppress(SystemExit),
    ):
        main()
    assert out.getvalue(), words
    return out.getvalue()


@cache
def prefixes() -> dict[type, str]:
    """Every class whose fields are keys -> what stands before their names."""
    hints = get_type_hints(Root)
    options = {its_class: f"{group}." for group, found in groups().items() for its_class in found.values()}
    return {Experiment: "", **{hints[node]: f"{node}." for node in NODES}, **options}


def _with_keys(_app: Sphinx, what: str, _name: str, documented: Any, _options: Any, lines: list[str]) -> None:
    """Put in place of the parameters of an option all that it has, also from its bases, each with its key."""
    prefix = prefixes().get(documented) if what == "class" else None
    if prefix is None:
        return
    before, *sections = _SECTION.split(_PARAMETERS.sub("", "\n".join(lines) + "\n"))
    lines[:] = "\n\n".join([before.rstrip(), "\n".join(_parameters(documented, prefix)), *sections, ""]).splitlines()


def _without_marks(_app: Sphinx, _what: str, _name: str, _documented: Any, _options: Any, lines: list[str]) -> None:
    """Take out what sphinx would take for marks of its own, and number references within their docstring."""
    text = _CITED.sub(r"[\1]", "\n".join(lines))
    text = _REFERENCE.sub(lambda found: f"[{found[1]}] {' '.join(found[2].split())}\n", text)
    lines[:] = _CODE_OR_BAR.sub(lambda found: r"\|" if found[0] == "|" else found[0], text).splitlines()


def _parameters(its_class: type, prefix: str) -> Iterator[str]:
    if fields(its_class):
        yield from ("Parameters", "----------")
    yield from _fields(its_class, prefix, _defaults(its_class))


def _fields(its_class: type, prefix: str, defaults: dict[str, str], within: str = "") -> Iterator[str]:
    """The fields of a class, and of its parts that have keys of their own."""
    hints = get_type_hints(its_class)
    for field in fields(its_class):
        name = f"{within}{field.name}"
        if f"{prefix}{name}" in defaults:
            yield f"{name} : ``{prefix}{name}={defaults[f'{prefix}{name}']}``"
            yield f"    {_said(its_class, field.name)}"
        else:
            yield from _fields(hints[field.name], prefix, defaults, f"{name}.")


@cache
def _defaults(its_class: type) -> dict[str, str]:
    """Every key of an option, or of the root, and its default as YAML has it."""
    for group in read_groups():
        for option in group.options:
            if groups().get(group.name, {}).get(option.name) is its_class:
                return {f"{group.name}.{key.name}": key.value for key in option.keys}
    chosen = {group.name: group.default for group in read_groups()}
    return {key.name: key.value for key in read_root_keys()} | chosen | dict.fromkeys(NODES, "...")


def _said(its_class: type, field: str) -> str:
    """What the docstring of a class, or else of a base, says of a field."""
    for owner in its_class.__mro__:
        for entry in entries(owner.__doc__, "Parameters"):
            if field in entry.names:
                return entry.text
    raise LookupError(f"{its_class.__qualname__}: its docstring does not say what {field} is")
