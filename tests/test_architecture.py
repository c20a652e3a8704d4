"""Imports point one way: kernels, topologies <- sim <- command line; packages are thin."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("kernels", "topologies", "sim", "conf")
FILES = sorted(path for package in PACKAGES for path in (ROOT / package).rglob("*.py"))

#: The command line: the rest of `sim` must do without it, and without Hydra.
FRONT = ("sim.command", "sim.__main__")


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imports_of(path: Path, *, for_types: bool = True) -> Iterator[str]:
    """Modules that a file imports anywhere; without those that only a type checker sees where asked."""
    tree = ast.parse(path.read_text())
    unseen = {
        inner
        for node in ast.walk(tree)
        if not for_types and isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in unseen:
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def packages_of(path: Path) -> set[str]:
    return {name.partition(".")[0] for name in imports_of(path)}


@pytest.mark.parametrize("package", ["kernels", "topologies"])
def test_what_knows_nothing_of_ours_imports_nothing_of_ours(package: str) -> None:
    others = {*PACKAGES} - {package}
    for path in (ROOT / package).rglob("*.py"):
        assert not packages_of(path) & others, path


def test_kernels_import_numba_and_numpy_and_the_standard_library_only() -> None:
    for path in (ROOT / "kernels").rglob("*.py"):
        assert packages_of(path) <= {"kernels", "numba", "llvmlite", "numpy", *sys.stdlib_module_names}, path


def test_the_simulator_does_not_know_the_command_line() -> None:
    for path in (ROOT / "sim").rglob("*.py"):
        if not module_of(path).startswith(FRONT):
            assert not [name for name in imports_of(path) if name.startswith(FRONT)], path


def test_only_the_config_and_the_command_line_know_hydra() -> None:
    know = {module_of(path) for path in FILES if packages_of(path) & {"hydra", "omegaconf"}}
    assert {name for name in know if not name.startswith(FRONT)} == {"sim.config.build"}


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


def test_every_package_of_ours_is_installed() -> None:
    found = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["packages"]["find"]
    assert sorted(found["include"]) == sorted(f"{package}*" for package in PACKAGES)


def test_every_folder_with_code_is_a_package() -> None:
    for path in FILES:
        assert (path.parent / "__init__.py").is_file(), path
