"""Command lines and files that nobody would write, drawn from a fixed seed."""

from __future__ import annotations

import gzip
import re
import struct
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import cache
from random import Random
from types import MappingProxyType
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
#: Bytes that open, close or begin something in one of the formats.
ODD = (
    b"\0",
    b"\r",
    b"\n",
    b"\x1b[2J",
    b'"',
    b"'",
    b"{",
    b"}",
    b"[" * 2000,
    b"]",
    b"<",
    b">",
    b"&",
    b";",
    b",",
    b"=",
    b"-",
    b" " * 50,
)
ENCODINGS = ("utf-8-sig", "utf-16", "utf-32")
#: What most lines say, so that they are over soon; a key that a line draws takes the place of these.
SOON = {"problem": "none", "workers": "3", "until.updates": "3", "network": "single_switch"}
#: Options that read or train on real data, which takes long, or need a folder of it.
LONG = (
    "cifar10_cnn",
    "digits_cnn",
    "digits_lstm",
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
    words = [f"{key}={value}" for key, value in said.items()]
    if random.random() < 0.05:
        words[-1] = _misspelt(random, words[-1])
    return words


def _misspelt(random: Random, word: str) -> str:
    place = random.randrange(len(word))
    return word[:place] + random.choice(("", *"+~@=,[]{}()$:'\"\\# -\n\t\u00e9\0")) + word[place + 1 :]


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
    keyed = [each for each in parsed if each.key_or_group not in groups()]
    changed = {each.key_or_group.partition(".")[0] for each in keyed}
    config = OmegaConf.structured(Experiment, flags={"no_deepcopy_set_nodes": True})
    for group, option in options.items():  # to make a node takes most of the time, and few lines change more than two
        make = _node.__wrapped__ if group in changed else _node
        config[group] = make(group, option)
    OmegaConf.set_struct(config, True)
    for each in keyed:
        OmegaConf.update(config, each.key_or_group, each.value())
    return config


@cache
def _node(group: str, option: str) -> DictConfig:
    return OmegaConf.structured(groups()[group][option])


_DEFAULTS = {group.name: group.default for group in read_groups()}


class Format(NamedTuple):
    """Files that are read together, all of them sound, and the command line that reads them.

    Attributes
    ----------
    line
        A simulation, or a verb and its arguments.
    files
        By path; each is damaged by itself.
    beside
        Others like them, which are left as they are.
    """

    line: tuple[str, ...]
    files: dict[str, bytes]
    beside: Mapping[str, bytes] = MappingProxyType({})


_RUN = ("problem=none", "workers=3", "until.updates=2")
_LINKED = (*_RUN, "protocol=local", "network=file", "network.latency_us=1")
_GOSSIP = (*_RUN, "protocol=dpsgd", "topology=file")
_LEARN = ("workers=2", "until.updates=2", "batch=2")
_NODE_LINK = (
    '{"nodes": [{"id": 0, "kind": "host"}, {"id": 1, "kind": "host"}, {"id": 2, "kind": "host"},'
    ' {"id": "s", "kind": "switch"}], "routes": ['
    + ", ".join(f'[{one}, "s", {other}]' for one in range(3) for other in range(3) if one != other)
    + '], "edges": ['
    + ", ".join(f'{{"source": {host}, "target": "s", "bandwidth_gbps": 10, "latency_us": 1.5}}' for host in range(3))
    + "]}"
)
_JSON_GRAPH = (
    '{"nodes": [{"id": 0}, {"id": 1}, {"id": 2}], "links": [{"source": 0, "target": 1}, {"source": 1, "target": 2}]}'
)
_GML = (
    'graph [ node [ id 0 label "0" ] node [ id 1 label "1" ] node [ id 2 label "2" ]'
    ' edge [ source 0 target 1 bandwidth "10 Gbps" ] edge [ source 1 target 2 capacity_gbps 4.5 ] ]'
)
_GRAPHML = (
    '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"><key id="b" for="edge" attr.name="bandwidth_gbps" '
    'attr.type="double"><default>10</default></key><graph edgedefault="undirected"><node id="0"/><node id="1"/>'
    '<node id="2"/><edge source="0" target="1"><data key="b">2.5</data></edge><edge source="1" target="2"/></graph>'
    "</graphml>"
)
_FLOW_CASE = (
    '{"format": "flowcase/1", "name": "two", "nodes": [0, 1], "links": [[0, 1, 1e9, 1e-6, "split"]], "routes": [[1]],'
    ' "flows": {"src": [0], "dst": [1], "bytes": [1e6], "start": [0.0], "route": [0]}, "completion": [0.001001]}'
)
_RANKS = "rank;step;step_time (ms)\n" + "".join(
    f"{rank};{step};2{rank},{step}\n" for rank in (0, 1) for step in (0, 1, 2)
)


def _idx() -> dict[str, bytes]:
    pixels = bytes(range(4 * 3 * 2))
    images = struct.pack(">4I", 0x803, 4, 3, 2) + pixels
    labels = struct.pack(">2I", 0x801, 4) + bytes((0, 1, 2, 1))
    return {
        "data/train-images-idx3-ubyte": images,
        "data/train-labels-idx1-ubyte": labels,
        "data/t10k-images-idx3-ubyte.gz": gzip.compress(images, mtime=0),
        "data/t10k-labels-idx1-ubyte": labels,
    }


def _cifar10(*names: str) -> dict[str, bytes]:
    return {f"batches/{name}.bin": b"\x07" + bytes(range(256)) * 12 for name in names}


def _graphs(texts: dict[str, str], line: Sequence[str], key: str) -> Iterator[Format]:
    for name, text in texts.items():
        yield Format((*line, f"{key}={name}"), {name: text.encode()})


#: Every format that is read, but for folders of results, which a run has to make.
FORMATS = (
    *_graphs({"net.json": _NODE_LINK, "net.gml": _GML, "net.xml": _GRAPHML}, _LINKED, "network.path"),
    *_graphs(
        {
            "graph.json": _JSON_GRAPH,
            "graph.gml": _GML,
            "graph.graphml": _GRAPHML,
            "graph.txt": "3\n0 1\n1 2  # ranks\n",
            "graph.csv": "source,target\n0,1\n1,2\n",
            "graph.adjlist": "0 1 2\n1 2\n",
        },
        _GOSSIP,
        "topology.path",
    ),
    Format(
        (*_GOSSIP, "topology.weights=file", "topology.path=weights.edges"),
        {"weights.edges": b"0 1 {'weight': 0.25}\n1 2 0.5\n"},
    ),
    Format((*_RUN, "protocol=local", "placement=file", "placement.path=hosts.json"), {"hosts.json": b"[0, 1, 2]"}),
    Format((*_RUN, "straggler=trace", "straggler.file=steps.csv"), {"steps.csv": b"step,seconds\n0,0.5\n1,0.25\n"}),
    Format((*_RUN, "straggler=trace", "straggler.file=ranks.csv"), {"ranks.csv": _RANKS.encode()}),
    Format(("replay", "case.json"), {"case.json": _FLOW_CASE.encode()}),
    Format((*_LEARN, "problem=idx_mlp", "problem.folder=data", "problem.hidden=[2]"), _idx()),
    Format(
        (*_LEARN, "problem=cifar10_cnn", "problem.folder=batches"),
        _cifar10("data_batch_1", "test_batch"),
        _cifar10("data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5"),
    ),
)
#: The run whose results are damaged, and what is read of them.
RUN = ("problem=quadratic", "workers=2", "until.updates=4", "network=single_switch", "hydra.run.dir=runs/0")
READ = ("summary.json", "metrics.csv", "links.csv", ".hydra/config.yaml", ".hydra/hydra.yaml")


def mutations(sound: bytes, count: int, seed: int = 0) -> Iterator[bytes]:
    """The file with something cut off, doubled, overwritten, in place of a number that it has, or another format."""
    random = Random(seed)
    numbers = list(re.finditer(rb"-?[0-9][0-9.e+-]*", sound)) or [re.match(rb"", sound)]
    others = [data for each in FORMATS for data in each.files.values()]
    for _ in range(count):
        begin, end = sorted(random.choices(range(len(sound) + 1), k=2))
        number = random.choice(numbers)
        put = random.choice((random.choice(EXTREME), random.choice(EXTREME), random.choice(WRONG))).encode()
        yield random.choice(
            (
                sound[:begin],
                sound[:begin] + sound[end:],
                sound[:end] + sound[begin:],
                sound[:begin] + random.randbytes(random.choice((1, 2, 8))) + sound[begin:],
                sound[: number.start()] + put + sound[number.end() :],
                sound[: number.start()] + put + sound[number.end() :],
                sound[:begin] + random.choice(ODD) + sound[begin:],
                random.choice((random.choice(others), *(sound.decode("latin-1").encode(name) for name in ENCODINGS))),
            )
        )
