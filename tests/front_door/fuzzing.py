"""Command lines and files that nobody would write, drawn from a fixed seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import Enum
from random import Random
from typing import get_args, get_origin

from hydra.core.override_parser.overrides_parser import OverridesParser
from omegaconf import DictConfig, OmegaConf

from sim.command.listing import read_groups
from sim.config.keys import Key, keys
from sim.config.options import groups
from sim.experiment import Experiment

#: Numbers at the ends of what a float or a whole number can be, and some that are neither.
EXTREME = (
    *("0", "-0.0", "-1", "1", "2", "3", "0.5", "1e-9", "1e-300", "5e-324", "2.2250738585072014e-308", "1e9", "1e18"),
    *("1e300", "1.7e308", "-1.7e308", "1e309", "inf", "-inf", "nan", "9223372036854775807", "9223372036854775808"),
    *("100000", "1000000", "4611686018427387904", "1" + 400 * "0"),
)
#: What is no number at all.
WRONG = (
    "null",
    "true",
    "word",
    "''",
    "[]",
    "[1]",
    "[[1]]",
    "{a:1}",
    "${workers}",
    "${nothing}",
    "\u00e9",
    "'\\x1b[31m'",
    "1,2",
)
#: What most lines say, so that they are over soon; a key that a line draws takes the place of these.
SOON = {"problem": "none", "workers": "3", "until.updates": "3", "network": "single_switch"}
#: Options that read or train on real data, which takes long, or need a folder of it.
LONG = (
    "cifar10_cnn",
    "digits_cnn",
    "fashion_cnn",
    "fashion_mlp",
    "idx_cnn",
    "idx_mlp",
    "teacher",
    "digits_mlp",
    "first_look",
)


def lines(count: int, seed: int = 0) -> Iterator[list[str]]:
    """Command lines over all groups and keys: a few options, then a few keys of these, mostly with extreme values."""
    random = Random(seed)
    for _ in range(count):
        yield _line(random)


def _line(random: Random) -> list[str]:
    said = dict(SOON)
    chosen = {}
    for group in random.sample(sorted(groups()), random.choice((0, 1, 2, 3, 4))):
        options = [name for name in groups()[group] if name not in LONG]
        said[group] = chosen[group] = random.choice(options)
    chosen.setdefault("problem", "none")
    fitting = [key for key, of in keys().items() if _fits(key, of, chosen)]
    own = [key for key in fitting if key.partition(".")[0] in chosen]
    for _ in range(random.choice((1, 1, 2, 3))):
        key = random.choice(own if own and random.random() < 0.7 else fitting)
        said[key] = _value(random, random.choice(list(keys()[key].values())))
    return [f"{key}={value}" for key, value in said.items()]


def _fits(key: str, of: dict[str, Key], chosen: dict[str, str]) -> bool:
    """Whether a key is one of the root or of what is chosen."""
    group = key.partition(".")[0]
    return "" in of or (chosen[group] in of if group in chosen else "default" in of)


def _value(random: Random, key: Key) -> str:
    kinds = get_args(key.type) or (key.type,)
    if random.random() < 0.06:
        return random.choice(WRONG)
    for kind in kinds:
        if isinstance(kind, type) and issubclass(kind, Enum):
            return random.choice([choice.name for choice in kind])
    if bool in kinds:
        return random.choice(("true", "false"))
    if str in kinds:
        return random.choice(("shortest", "/dev/null", "/", "nowhere.json", "''"))
    listed = any(get_origin(kind) is list for kind in (key.type, *kinds))
    value = random.choice(EXTREME)
    return f"[{','.join(random.choices(EXTREME, k=random.choice((1, 2, 3))))}]" if listed else value


def composed(overrides: Sequence[str]) -> DictConfig:
    """The config of a command line, as Hydra composes it from the schemas, a hundred times faster than Hydra."""
    parsed = OverridesParser.create().parse_overrides(list(overrides))
    options = {group: "default" if "default" in of else _DEFAULTS[group] for group, of in groups().items()}
    options |= {each.key_or_group: str(each.value()) for each in parsed if each.key_or_group in groups()}
    config = OmegaConf.structured(Experiment)
    for group, option in options.items():
        config[group] = OmegaConf.structured(groups()[group][option])
    OmegaConf.set_struct(config, True)
    for each in parsed:
        if each.key_or_group not in groups():
            OmegaConf.update(config, each.key_or_group, each.value())
    return config


_DEFAULTS = {group.name: group.default for group in read_groups()}
