"""Every key that a user can set, and what to say where a key or its value is not one."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import MISSING, Field, fields, is_dataclass
from difflib import get_close_matches
from enum import Enum
from functools import cache
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints

from sim.config.options import NODES, groups
from sim.config.root import Root

_WORDS: dict[Any, str] = {
    type(None): "null",
    int: "a whole number",
    float: "a number",
    bool: "true or false",
    str: "a word",
    list[int]: "a list of whole numbers",
    list[float]: "a list of numbers",
    list[str]: "a list of words",
}


class Key(NamedTuple):
    """One key: its type and its default."""

    type: Any
    default: Any


@cache
def keys() -> dict[str, dict[str, Key]]:
    """Full key -> the options that have it -> what it is there; a key of the root belongs to the option ``""``."""
    hints = get_type_hints(Root)
    found: dict[str, dict[str, Key]] = {}
    for field in fields(Root):
        options = groups().get(field.name)
        if options is not None:
            for option, its_class in options.items():
                for name, key in _keys_of(its_class).items():
                    found.setdefault(f"{field.name}.{name}", {})[option] = key
        elif field.name in NODES:
            found |= {f"{field.name}.{name}": {"": key} for name, key in _keys_of(hints[field.name]).items()}
        else:
            found[field.name] = {"": Key(hints[field.name], field.default)}
    return found


def _keys_of(its_class: type) -> dict[str, Key]:
    """The keys of a class; those of a part of it have that one's name before them."""
    hints = get_type_hints(its_class)
    found: dict[str, Key] = {}
    for field in fields(its_class):
        default = _default(field)
        if is_dataclass(default):
            for inner, key in _keys_of(type(default)).items():
                found[f"{field.name}.{inner}"] = Key(key.type, getattr(default, inner))
        else:
            found[field.name] = Key(hints[field.name], default)
    return found


def _default(field: Field[Any]) -> Any:
    return field.default if field.default_factory is MISSING else field.default_factory()


def unknown_key(key: str, option: str | None = None) -> str:
    """Say that there is no such key, and which one may be meant.

    Parameters
    ----------
    key
        The full key, as the user wrote it.
    option
        The chosen option of the key's group, where it has one.
    """
    group = key.partition(".")[0]
    if group == "hydra":
        remedy = "paceline --hydra-help shows those of Hydra"
    elif group not in groups() and group not in NODES:
        remedy = _remedy(key, group)
    elif key in keys() and option is not None:
        having = [f"{group}={name}" for name in keys()[key]]
        return (
            f"{key}: {group}={option} has no such key; {', '.join(having)} {'has' if len(having) == 1 else 'have'} it"
        )
    else:
        own = [name for name, has in keys().items() if name.startswith(f"{group}.") and (not option or option in has)]
        near = get_close_matches(key.partition(".")[2], [name.partition(".")[2] for name in own], n=1)
        chosen = f"{group}={option}" if option else group
        remedy = f"did you mean {group}.{near[0]}?" if near else f"{chosen} has {', '.join(own) or 'none'}"
    return f"{key}: no such key; {remedy}"


def _remedy(key: str, root: str) -> str:
    """What may be meant by a key whose first word is neither a group nor a key of the root."""
    of = [group for group, options in groups().items() if root in options]
    if of:
        return f"it is an option: write {' or '.join(f'{group}={root}' for group in of)}, and its keys as {of[0]}.KEY"
    same = [name for name in keys() if name.partition(".")[2] == root]
    near = same or [key.replace(root, name, 1) for name in get_close_matches(root, _roots(), n=1)]
    return f"did you mean {' or '.join(near)}?" if near else "paceline --help shows all"


def _roots() -> list[str]:
    return [*(name for name in keys() if "." not in name), *groups(), *NODES, "experiment"]


def wrong_type(key: str, value: object, option: str | None = None) -> str:
    """Say that a value is not of its key's type, and what is.

    Parameters
    ----------
    key
        The full key; an element of a list is ``key[index]``.
    value
        What the user gave.
    option
        The chosen option of the key's group, where it is known: others may have a key of that name and another type.
    """
    if key in NODES or key in groups():
        parts = ", ".join(name for name in keys() if name.startswith(f"{key}."))
        return f"{key}: cannot be set to {shown(value)} as a whole; set {parts or 'nothing: it has no keys'}"
    options = keys().get(key.partition("[")[0])
    if options is None:
        return f"{key}: cannot be {shown(value)}"
    some = next((each for each in options.values() if each.default != []), next(iter(options.values())))
    own = options.get(option or "", some)
    kind, default = own.type, some.default if own.default == [] else own.default
    if "[" in key:
        its_list = next(each for each in (kind, *get_args(kind)) if get_origin(each) is list)
        kind, default = get_args(its_list)[0], None
    if isinstance(kind, type) and issubclass(kind, Enum):
        return f"{key}: must be one of {', '.join(choice.name for choice in kind)}, got {shown(value)}"
    wanted = " or ".join(_WORDS.get(part, str(part)) for part in ([kind] if kind in _WORDS else get_args(kind)))
    example = "" if default in (None, "") else f"; for example {shown(default)}"
    return f"{key}: must be {wanted}, got {'nothing' if value == '' else shown(value)}{example}"


def no_such_option(group: str, option: str, options: Collection[str]) -> str:
    """Say that a group has no such option, and which ones it has."""
    near = get_close_matches(option, options, n=1)
    meant = f"did you mean {near[0]}? " if near else ""
    return f"{group}: there is no option {option!r}; {meant}choose one of {', '.join(options)}"


def is_flag(key: str) -> bool:
    """Whether a key is either true or false."""
    return any(each.type is bool for each in keys().get(key, {}).values())


def is_whole(key: str) -> bool:
    """Whether a key takes whole numbers alone, or none."""
    options = keys().get(key, {})
    return bool(options) and all(each.type in (int, int | None) for each in options.values())


def is_list(key: str) -> bool:
    """Whether a key takes a list."""
    return any(get_origin(each.type) is list for each in keys().get(key, {}).values())


def in_quotes(word: str) -> str | None:
    """How to write ``key=value`` where the value is one word of whatever characters; None where the key takes none.

    The inner quotes are for Hydra, and the outer ones for the shell, which would take the inner ones away.
    """
    key, _, value = word.partition("=")
    takes_words = any(str in (each.type, *get_args(each.type)) for each in keys().get(key, {}).values())
    return f"'{key}=\"{value}\"'" if takes_words and not {*value} & {*"'\"\\"} else None


def shown(value: object) -> str:
    """A value as the user would write it."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, list | tuple):
        return f"[{','.join(map(shown, value))}]"
    return repr(value) if isinstance(value, str) else f"{value}"
