"""Imports point one way: kernels, topologies <- sim <- command line; packages, files and functions are short."""

from __future__ import annotations

import ast
import functools
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("kernels", "topologies", "sim", "conf")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

#: The command line and its sweeps, which know Hydra.
FRONT = ("sim.command", "sim.sweep", "sim.__main__")

#: The rooms of the house, the lowest first: each imports from its own layer and those below it. A room is a top-level
#: package, a module or folder directly in `sim`, or one directly in `sim.connections`.
LAYERS = (
    ("conf",),
    ("kernels", "topologies"),
    (
        *(
            "sim",
            "sim.arguments",
            "sim.checkpoint",
            "sim.garbage",
            "sim.memory",
            "sim.option_name",
            "sim.given_path",
            "sim.printable",
            "sim.physics",
            "sim.precision",
            "sim.record",
            "sim.server",
            "sim.spelling",
            "sim.start",
            "sim.streams",
            "sim.sweeping",
            "sim.until",
        ),
        *("sim.problems", "sim.workloads", "sim.devices", "sim.partitions", "sim.stragglers", "sim.transports"),
        *("sim.placements", "sim.backgrounds", "sim.fabric", "sim.tape", "sim.measuring", "sim.optimizers"),
        *("sim.incidents", "sim.faults"),
        *("sim.catalogue", "sim.lr_schedules", "sim.collectives", "sim.compressors", "sim.evidence"),
    ),
    ("sim.world",),
    ("sim.connections",),
    ("sim.protocols",),
    ("sim.experiment",),
    ("sim.question", "sim.footprint"),
    ("sim.cluster",),
    ("sim.prediction",),
    ("sim.predict_step", "sim.truth", "sim.efficiency"),
    ("sim.calibration",),
    ("sim.results",),
    ("sim.report", "sim.simulate", "sim.config"),
    ("sim.validation",),
    ("sim.sweep",),
    ("sim.tune", "sim.plot"),
    ("sim.study", "sim.lab"),
    ("sim.studies",),
    ("sim.proxy",),
    ("sim.planning",),
    ("sim.command",),
    ("sim.__main__",),
)

#: Imports from one room to another that point the wrong way, or close a circle: all of them are for types only.
KINDS = ("batches", "centres", "group", "mixing", "pairs", "server", "weight_noise")
WRONG_WAY = {
    # What `me.server` and its like are, so that protocols are checked against their types.
    *(("sim.world", f"sim.connections.{kind}") for kind in KINDS),
    # A connection is planned from the experiment, whose protocol declares it.
    *((f"sim.connections.{kind}", "sim.experiment") for kind in KINDS if kind not in ("centres", "weight_noise")),
    ("sim.connections.connection", "sim.experiment"),
    ("sim.connections.senders", "sim.experiment"),
    # The group that a connection forms goes on, or back, when somebody fails.
    ("sim.connections.connection", "sim.connections.group"),
    # The shards that a connection brings are measured.
    ("sim.connections.connection", "sim.connections.server"),
}

#: Most lines of a file; of a package's `__init__.py`; of a function, where its docstring, comments and empty lines do
#: not count.
MOST, MOST_OF_A_PACKAGE, MOST_OF_A_FUNCTION = 350, 100, 50

#: What is longer, and why.
LONG_FILES: dict[str, str] = {}
LONG_PACKAGES: dict[str, str] = {}
LONG_FUNCTIONS: dict[str, str] = {}


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@functools.cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@functools.cache
def imports_of(path: Path, *, for_types: bool = True) -> list[str]:
    """Modules that a file imports anywhere; without those that only a type checker sees where asked."""
    tree = tree_of(path)
    unseen = {
        inner
        for node in ast.walk(tree)
        if not for_types and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    found: list[str] = []
    for node in ast.walk(tree):
        if node in unseen:
            continue
        if isinstance(node, ast.Import):
            found += (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            found += (node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names))
    return found


def packages_of(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports_of(path)}


def room_of(module: str) -> str:
    parts = module.split(".")
    return ".".join(parts[: 3 if module.startswith("sim.connections.") else 2 if parts[0] == "sim" else 1])


def layer_of(room: str) -> int:
    """The number of a room's layer; one of `sim.connections` is in the layer of that."""
    name = "sim.connections" if room.startswith("sim.connections.") else room
    return next(number for number, layer in enumerate(LAYERS) if name in layer)


def ways(*, for_types: bool = True) -> set[tuple[str, str]]:
    """The pairs of rooms of which one imports from the other; for types, too, where asked."""
    modules = {module_of(path): path for path in FILES}
    imports = {
        (name, other)
        for name, path in modules.items()
        for other in imports_of(path, for_types=for_types)
        if other in modules
    }
    return {(room_of(name), room_of(other)) for name, other in imports if room_of(name) != room_of(other)}


def functions_of(path: Path) -> Iterator[tuple[str, int]]:
    """The full name of every function in a file, and its lines without docstring, comments and empty ones."""
    lines = enumerate(path.read_text().splitlines(), 1)
    code = {number for number, line in lines if line.strip() and not line.strip().startswith("#")}

    def span(node: ast.stmt) -> set[int]:
        return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))

    def walk(node: ast.AST, name: str) -> Iterator[tuple[str, int]]:
        for inner in ast.iter_child_nodes(node):
            if not isinstance(inner, ast.FunctionDef | ast.ClassDef):
                yield from walk(inner, name)
                continue
            inner_name = f"{name}.{inner.name}"
            if isinstance(inner, ast.FunctionDef):
                docstring = span(inner.body[0]) if ast.get_docstring(inner) is not None else set()
                yield inner_name, len(code & span(inner) - docstring)
            yield from walk(inner, inner_name)

    return walk(tree_of(path), module_of(path))


@pytest.mark.parametrize("package", ["kernels", "topologies"])
def test_what_knows_nothing_of_ours_imports_nothing_of_ours(package: str) -> None:
    others = {*PACKAGES} - {package}
    for path in (ROOT / package).rglob("*.py"):
        assert not packages_of(path) & others, path


def test_kernels_import_numba_and_numpy_and_the_standard_library_only() -> None:
    for path in (ROOT / "kernels").rglob("*.py"):
        assert packages_of(path) <= {"kernels", "numba", "llvmlite", "numpy", *sys.stdlib_module_names}, path


def test_only_the_config_and_the_command_line_know_hydra() -> None:
    know = {module_of(path) for path in FILES if packages_of(path) & {"hydra", "omegaconf"}}
    assert {name for name in know if not name.startswith((*FRONT, "sim.config"))} == set()


def test_a_package_imports_none_of_its_own_modules() -> None:
    for path in FILES:
        if path.name == "__init__.py":
            own = [name for name in imports_of(path, for_types=False) if name.startswith(f"{module_of(path)}.")]
            assert not own, path


def test_no_import_hides_what_it_brings() -> None:
    for path in FILES:
        assert not [name for name in imports_of(path) if name.endswith(".*")], path


def test_there_is_no_cycle_of_imports() -> None:
    modules = {module_of(path): path for path in FILES}
    wanted = {
        name: {other for other in imports_of(path, for_types=False) if other in modules and other != name}
        for name, path in modules.items()
    }
    while loose := {
        name for name, others in wanted.items() if not others or not any(name in each for each in wanted.values())
    }:  # not in a cycle: imports nothing that is left, or nothing that is left imports it
        wanted = {name: others - loose for name, others in wanted.items() if name not in loose}
    assert not wanted, f"among these there is a cycle: {', '.join(sorted(wanted))}"


def test_every_room_has_a_layer() -> None:
    rooms = {room_of(module_of(path)) for path in FILES}
    named = {"sim.connections" if room.startswith("sim.connections.") else room for room in rooms}
    assert sorted(named) == sorted(room for layer in LAYERS for room in layer)


def test_rooms_import_from_their_own_layer_and_those_below() -> None:
    upwards = {(room, other) for room, other in ways() - WRONG_WAY if layer_of(room) < layer_of(other)}
    assert not upwards


def test_there_is_no_circle_of_rooms() -> None:
    left = ways() - WRONG_WAY
    while loose := {
        way for way in left if way[1] not in {room for room, _ in left} or way[0] not in {other for _, other in left}
    }:  # not in a circle: leads to a room that leads no further, or comes from one that none leads to
        left -= loose
    assert not left


def test_no_way_is_called_wrong_that_is_not_there() -> None:
    gone = WRONG_WAY - ways()
    assert not gone


def test_what_points_the_wrong_way_is_for_types_only() -> None:
    assert not WRONG_WAY & ways(for_types=False)


#: English words, and what a check of published measurements is called, too: only as the user or an import would write
#: them.
WORDS = ("local", "sharded", "allreduce")
#: Where the default of every group is chosen, in Python as in conf/config.yaml.
DEFAULTS = ROOT / "sim" / "experiment.py"
#: What holds certain protocols against measurements of them, or against claims.
MEASURED = tuple(ROOT / "sim" / room for room in ("truth", "validation", "efficiency", "studies", "lab"))


@pytest.mark.parametrize("protocol", sorted(path.stem for path in (ROOT / "sim" / "protocols").glob("[a-z]*.py")))
def test_a_protocol_has_no_furniture_elsewhere(protocol: str) -> None:
    name = rf"(?:protocol=|protocols\.){protocol}" if protocol in WORDS else protocol
    own = (ROOT / "sim" / "protocols" / f"{protocol}.py", DEFAULTS)
    others = [path for path in FILES if path not in own and not {*MEASURED} & {*path.parents}]
    assert not [path for path in others if re.search(rf"\b{name}\b", path.read_text())]


def test_files_are_short() -> None:
    lines = {module_of(path): path.read_text().count("\n") for path in FILES}
    assert {name for name, count in lines.items() if count > MOST} == set(LONG_FILES)


def test_packages_are_thin() -> None:
    lines = {module_of(path): path.read_text().count("\n") for path in FILES if path.name == "__init__.py"}
    assert {name for name, count in lines.items() if count > MOST_OF_A_PACKAGE} == set(LONG_PACKAGES)


def test_functions_are_short() -> None:
    lines = {name: count for path in FILES for name, count in functions_of(path)}
    assert {name for name, count in lines.items() if count > MOST_OF_A_FUNCTION} == set(LONG_FUNCTIONS)


def test_every_package_of_ours_is_installed() -> None:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    assert sorted(found["include"]) == sorted(f"{package}*" for package in PACKAGES)


def test_every_folder_with_code_is_a_package() -> None:
    for path in FILES:
        assert (path.parent / "__init__.py").is_file(), path
