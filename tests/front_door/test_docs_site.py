"""The site has every page and every key, its links lead somewhere, and its commands can be read."""

from __future__ import annotations

import fnmatch
import importlib.util
import re
from pathlib import Path

import pytest
from command import Command
from docs_pages import DOCS, PAGES, blocks, usage, words_of
from readme import ROOT

from sim.command.flags import flags
from sim.config.keys import keys
from sim.config.options import groups
from sim.config.overrides import parsed
from sim.config.sources import experiments

_LINK = re.compile(r"(?<!`)\]\(([^)#\s]+)(?:#[^)]*)?\)")
_TOCTREE = re.compile(r"^```\{toctree\}\n((?::[^\n]*\n)*)(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_every_page_is_in_a_toctree() -> None:
    inside = []
    for page in PAGES:
        for _, entries in _TOCTREE.findall(page.read_text()):
            inside += [str((page.parent / entry).resolve().relative_to(DOCS)) for entry in entries.split()]
    missing = [page.relative_to(DOCS).with_suffix("") for page in PAGES if page != DOCS / "index.md"]
    missing = [page for page in missing if not any(fnmatch.fnmatch(str(page), entry) for entry in inside)]
    assert missing == []
    assert len(inside) == len({*inside}), "each page once"


@pytest.mark.parametrize("page", [ROOT / "README.md", *PAGES], ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_to_a_file(page: Path) -> None:
    for target in _LINK.findall(page.read_text()):
        if not re.match(r"https?:|mailto:", target):
            assert (page.parent / target).exists(), target


def commands() -> list[str]:
    """All that is typed, but on the page that adds options of its own, which its test runs."""
    pages = [page for page in PAGES if page.name != "extending.md"]
    typed = [command for page in pages for block in blocks(page) for command, _ in block.commands]
    typed += [command for page in pages for command in usage(page)]
    return [command for command in typed if command.startswith("paceline ")]


@pytest.mark.parametrize("command", commands())
def test_every_command_can_be_read(command: str, paceline: Command) -> None:
    words = [word for word in words_of(command)[1:] if word != "..."]
    verb = words[0] if re.fullmatch("[a-z]+", words[0]) else ""
    told = help_of(verb, paceline)
    for word in words:
        if word.startswith("-"):
            assert word in told, word
    overrides = [word for word in words if "=" in word and not word.startswith("-")]
    own = "--config-dir" in words
    for each in parsed([word for word in overrides if not is_of_its_own(word, verb, told)], multirun=True):
        assert own or is_known(each.key_or_group, str(each.input_line).partition("=")[2]), each.input_line


def help_of(verb: str, paceline: Command) -> set[str]:
    """Every word of the help of a verb, and the flags of all that take keys."""
    own = {word for action in flags()._actions for word in action.option_strings}
    if verb == "list":
        return own | {"--picture"}
    return own | set(re.findall(r"--?[\w.-]+|[\w.]+", said(verb, paceline)))


SAID: dict[str, str] = {}


def said(verb: str, paceline: Command) -> str:
    if verb not in SAID:
        SAID[verb] = "".join(map(str, paceline(*([verb] if verb else []), "--help")))
    return SAID[verb]


def is_of_its_own(word: str, verb: str, told: set[str]) -> bool:
    """Whether a word is one of a plan's or a lab's own, or names what is to be listed."""
    key, _, value = word.partition("=")
    return verb == "list" or (verb in {"plan", "lab"} and (key in told - {*keys()} or ".." in value))


def is_known(key: str, value: str) -> bool:
    """Whether there is such a key, and where it is a group, such options."""
    if key.startswith("hydra"):
        return True
    if key == "experiment":
        return value in experiments()
    return {*value.split(",")} <= {*groups()[key]} if key in groups() else key in keys()


def test_the_reference_has_every_key_and_every_option() -> None:
    pages = generated()
    for key, options in keys().items():
        if key not in groups():
            assert f"| `{key}` |" in pages["keys.txt"], key
        for option in options:
            if option:
                assert f"## `{option}`\n" in pages[f"options/{key.partition('.')[0]}.md"]
    for group, options in groups().items():
        for its_class in options.values():
            assert f".. autoclass:: {its_class.__module__}.{its_class.__qualname__}\n" in pages[f"options/{group}.md"]


def generated() -> dict[str, str]:
    """The pages that are written when the site is built."""
    path = DOCS / "extensions" / "reference_pages.py"
    spec = importlib.util.spec_from_file_location("reference_pages", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    pages: dict[str, str] = module.pages()
    return pages
