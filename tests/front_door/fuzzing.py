"""Command lines and files that nobody would write, drawn from a fixed seed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import Enum
from random import Random
from typing import NamedTuple, get_args, get_origin

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


class File(NamedTuple):
    """A sound file of a format that is read, and the command line that reads it; `verb`: not a simulation."""

    text: str
    line: tuple[str, ...]
    verb: bool = False


_RUN = ("problem=none", "workers=3", "until.updates=2")
_NODE_LINK = (
    '{"nodes": [{"id": 0, "kind": "host"}, {"id": 1, "kind": "host"}, {"id": 2, "kind": "host"},'
    ' {"id": "s", "kind": "switch"}], "edges": ['
    + ", ".join(f'{{"source": {host}, "target": "s", "bandwidth": 1e9, "latency": 1e-6}}' for host in range(3))
    + "]}"
)
_GML = (
    'graph [ node [ id 0 label "0" ] node [ id 1 label "1" ] node [ id 2 label "2" ]'
    " edge [ source 0 target 1 ] edge [ source 1 target 2 ] ]"
)
_GRAPHML = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><graph edgedefault="undirected"><node id="0"/>'
    '<node id="1"/><node id="2"/><edge source="0" target="1"/><edge source="1" target="2"/></graph></graphml>'
)
_FLOW_CASE = (
    '{"format": "flowcase/1", "name": "two", "nodes": [0, 1], "links": [[0, 1, 1e9, 1e-6, "split"]], "routes": [[1]],'
    ' "flows": {"src": [0], "dst": [1], "bytes": [1e6], "start": [0.0], "route": [0]}, "completion": [0.001001]}'
)

#: By name: one file of every format.
FILES = {
    "net.json": File(_NODE_LINK, (*_RUN, "protocol=local", "network=file", "network.path=net.json")),
    "graph.gml": File(_GML, (*_RUN, "protocol=dpsgd", "topology=file", "topology.path=graph.gml")),
    "graph.graphml": File(_GRAPHML, (*_RUN, "protocol=dpsgd", "topology=file", "topology.path=graph.graphml")),
    "graph.txt": File("0 1\n1 2  # ranks\n", (*_RUN, "protocol=dpsgd", "topology=file", "topology.path=graph.txt")),
    "hosts.json": File("[0, 1, 2]", (*_RUN, "protocol=local", "placement=file", "placement.path=hosts.json")),
    "steps.csv": File("step,seconds\n0,0.5\n1,0.25\n", (*_RUN, "straggler=trace", "straggler.file=steps.csv")),
    "case.json": File(_FLOW_CASE, ("replay", "case.json"), verb=True),
}


def mutations(sound: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """The file with something cut off, doubled, overwritten, or an extreme number in place of one that it has."""
    random = Random(seed)
    numbers = list(re.finditer(rb"-?[0-9][0-9.e+-]*", sound))
    for _ in range(count):
        begin, end = sorted(random.choices(range(len(sound) + 1), k=2))
        number = random.choice(numbers)
        yield random.choice(
            (
                sound[:begin],
                sound[:begin] + sound[end:],
                sound[:end] + sound[begin:],
                sound[:begin] + random.randbytes(random.choice((1, 2, 8))) + sound[begin:],
                sound[: number.start()] + random.choice(EXTREME).encode() + sound[number.end() :],
                sound[: number.start()] + random.choice(WRONG).encode() + sound[number.end() :],
            )
        )
