"""``make conf``: writes the YAML files of ``conf`` from the dataclasses and what their docstrings say of each field.

A YAML file begins with the first sentence of the option's docstring, and beside every field stands the first sentence
that the docstring has on it. Of ``conf/config.yaml`` the comments, the defaults and the keys of the root are written;
the order and the sections of its table of contents, and what it says to Hydra, are kept. ``conf/experiment`` is left
alone.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from typing import Any, NamedTuple, get_type_hints

import conf
from sim.config.docstring import entries, first_sentence, summary
from sim.config.keys import keys
from sim.config.options import NODES, groups
from sim.config.root import Root
from sim.option_name import option_name

#: Words that begin with a capital letter wherever they stand.
_NAMES = ("Adagrad", "Adam", "Inception", "Nesterov", "Pareto")

#: Groups whose options may choose those of another, which comes first in the root config.
_CHOOSES = {"protocol": ("topology",), "workload": ("problem",)}

_IN_YAML = {"None": "null", "True": "true", "False": "false"}

_GROUP = re.compile(r"^  - (\w+): (\w+) +# (.*)$", re.MULTILINE)
_KEYS = re.compile(r"^(?!hydra|defaults)\w+: .*?(?=^hydra:)", re.MULTILINE | re.DOTALL)


class Line(NamedTuple):
    """A line of a YAML file: what is said, and the comment on it."""

    code: str
    comment: str


def written(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every file that is to be in the folder ``conf``, but for experiments, and its text."""
    for group, options in groups().items():
        for name in options:
            yield folder / group / f"{name}.yaml", option(group, name)
    root = folder / "config.yaml"
    yield root, with_root(root.read_text(encoding="utf-8"))


def option(group: str, name: str) -> str:
    """The YAML file of an option."""
    its_class = groups()[group][name]
    head = [f"# {_comment(summary(its_class.__doc__))}", "defaults:", f"  - /schema/{group}/{name}@_here_"]
    for other in _CHOOSES.get(group, ()):
        chosen = getattr(its_class, other)
        if chosen is not None:
            comment = _comment(_said(its_class, other, "Attributes"))
            head.append(f"  - override /{other}@_group_: {chosen}  # {comment}")
    body = list(_fields(its_class, f"{group}.", name))
    return "\n".join([*head, *([""] if body else []), *_aligned(body)]) + "\n"


def with_root(text: str) -> str:
    """The text of ``conf/config.yaml`` with its groups and its keys of the root as the dataclasses have them."""
    experiment = Root()

    def group(found: re.Match[str]) -> Line:
        name, _, comment = found.groups()
        if name not in groups():
            return Line(found[0].partition(" #")[0].rstrip(), comment)  # an experiment is no part of the experiment
        chosen = "default" if list(groups()[name]) == ["default"] else option_name(getattr(experiment, name))
        return Line(f"  - {name}: {chosen}", _comment(_said(Root, name)))

    lines = iter(list(_aligned(map(group, _GROUP.finditer(text)))))
    text = _GROUP.sub(lambda _: next(lines), text)
    return _KEYS.sub(lambda _: "\n".join(_root_keys()) + "\n\n", text)


def _root_keys() -> Iterator[str]:
    """The lines of the keys of the root, and of each node."""
    hints = get_type_hints(Root)
    own = (field.name for field in fields(Root) if field.name not in {*groups(), *NODES})
    yield from _aligned(_line(Root, name, name, "") for name in own)
    for node in NODES:
        yield from ("", f"# {_comment(summary(hints[node].__doc__))}", f"{node}:")
        yield from (f"  {line}" for line in _aligned(_fields(hints[node], f"{node}.", "")))


def _fields(its_class: Any, prefix: str, name: str) -> Iterator[Line]:
    hints = get_type_hints(its_class)
    for field in fields(its_class):
        if is_dataclass(hints[field.name]):  # a part with keys of its own
            yield Line(f"{field.name}:", _comment(_said(its_class, field.name)))
            for line in _fields(hints[field.name], f"{prefix}{field.name}.", name):
                yield line._replace(code=f"  {line.code}")
        else:
            yield _line(its_class, field.name, f"{prefix}{field.name}", name)


def _line(its_class: type, field: str, key: str, name: str) -> Line:
    default = keys()[key][name].default
    value = _as_written(its_class, field, default) if isinstance(default, float) else _value(default)
    return Line(f"{field}: {value}", _comment(_said(its_class, field)))


def _aligned(lines: Iterable[Line]) -> Iterator[str]:
    lines = list(lines)
    width = max((len(line.code) for line in lines), default=0)
    yield from (f"{line.code:{width}}  # {line.comment}" for line in lines)


def _said(its_class: type, field: str, section: str = "Parameters") -> str:
    """The first sentence on a field in the docstring of its class, or else of a base.

    Raises
    ------
    LookupError
        If none says anything.
    """
    for owner in its_class.__mro__:
        for entry in entries(owner.__doc__, section):
            if field in entry.names:
                return first_sentence(entry.text)
    raise LookupError(f"{its_class.__qualname__}: its docstring does not say what {field} is; add it to {section}")


def _comment(sentence: str) -> str:
    """A sentence of a docstring as a comment in YAML: the values by their names there, and no capital to begin with."""
    text = sentence.replace("``", "")
    for python, yaml in _IN_YAML.items():
        text = re.sub(rf"\b{python}\b", yaml, text)
    first = re.match(r"[A-Z][a-z]*(?![\w/]|-[A-Z])", text)
    return text if first is None or first[0] in _NAMES else text[0].lower() + text[1:]


def _value(value: object) -> str:
    """A default in YAML."""
    if isinstance(value, Enum):
        return value.name
    if isinstance(value, list):
        return f"[{', '.join(map(_value, value))}]"
    return _IN_YAML.get(str(value), str(value)) or '""'


def _as_written(its_class: type, field: str, default: float) -> str:
    """A number as its author has written it: 156e12 says more than 156000000000000.0."""
    owner = next(each for each in its_class.__mro__ if field in vars(each).get("__annotations__", {}))
    found = re.search(rf"^    {field}: [^=]+ = (-?[\d_.]+(e-?\d+)?)$", inspect.getsource(owner), re.MULTILINE)
    number, _, exponent = (
        (found[1] if found and float(found[1]) == default else _in_thousands(default)).replace("_", "").partition("e")
    )
    # YAML 1.1 takes it for a number only with a point, and with a sign of the exponent.
    point = "" if "." in number else ".0"
    sign = "" if exponent.startswith(("+", "-")) else "+"
    return f"{number}{point}e{sign}{exponent}" if exponent else f"{number}{point}"


def _in_thousands(default: float) -> str:
    """A number that its author has not written, but computed: large ones by powers of a thousand."""
    exponent = (len(f"{abs(default):.0f}") - 1) // 3 * 3 if abs(default) >= 1e6 else 0
    return f"{default / 10**exponent!r}e{exponent}" if exponent else repr(default)


def main() -> None:
    """Write every file of ``conf`` that the dataclasses determine."""
    for path, text in written(Path(conf.__file__).parent):
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
