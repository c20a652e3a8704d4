"""Docstrings are true to the signature, and every number in them says what it counts or measures.

What a function documents is compared with its signature by ruff (D417, DOC102). Here are classes, of whose signature a
part may come from their bases, and the house's own rule on numbers. The code is read and not imported, because this is
also a part of `make lint`, and importing the kernels compiles them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from sim.config.docstring import Entry, entries

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for package in ("kernels", "topologies", "sim") for path in (ROOT / package).rglob("*.py"))

#: Annotations of numbers and of arrays of them; a function of numbers is none.
NUMBER = re.compile(r"(?!Callable|dict|Mapping).*\b(int|float|NDArray|Numbers|Float32|Float64|Int64)\b")

#: What makes clear what a number is: a unit in parentheses, a shape, a bound, the values and what they mean, or a word.
CLEAR = re.compile(
    r"\((?:[^)]*\W)?(?:s|min|kWh|B|us|s/B|B/s|Gb/s|FLOP|FLOP/s|no unit|ratio|count|in that unit)(?:\W[^)]*)?\)"
    r"|\((?:elements|epochs|gradients|parameters|pixels|samples|units|updates)\)"
    r"|\[[^\]]*\]|[<>]=? *[\w(.-]|\b\d[\d ]* to |\bto (?:below )?\d|\b\d: "
    r"|\b(?:numbers?|counts?|how many|which|ind(?:ex|ices)|slots?|rows?|ranks?|hosts?|nodes?|seeds?|bits)\b"
    r"|\b(?:shares?|factors?|chance|probability|at least|at most|shapes?|exit status|not used|work space)\b"
    r"|\b(?:as in|see) `",
    re.IGNORECASE,
)


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the project, read."""
    names = {".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path for path in FILES}
    return {name: ast.parse(path.read_text()) for name, path in names.items()}


@cache
def definitions() -> dict[str, ast.ClassDef | ast.FunctionDef]:
    """Every class and function of the project by its full name."""
    found: dict[str, ast.ClassDef | ast.FunctionDef] = {}

    def look(node: ast.AST, name: str) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef | ast.FunctionDef):
                found[f"{name}.{child.name}"] = child
                look(child, f"{name}.{child.name}")

    for name, tree in modules().items():
        look(tree, name)
    return found


@cache
def classes() -> dict[str, ast.ClassDef]:
    return {name: node for name, node in definitions().items() if isinstance(node, ast.ClassDef)}


@cache
def imports(module: str) -> dict[str, str]:
    """What a module calls the definitions that it imports -> their full names."""
    nodes = [node for node in ast.walk(modules()[module]) if isinstance(node, ast.ImportFrom)]
    return {alias.asname or alias.name: f"{node.module}.{alias.name}" for node in nodes for alias in node.names}


@cache
def lineage(name: str) -> dict[str, ast.ClassDef]:
    """A class and all those of the project that it is made from, the nearest first."""
    found = {name: classes()[name]}
    module = name.rpartition(".")[0]
    for base in map(ast.unparse, classes()[name].bases):
        full = imports(module).get(base, f"{module}.{base}")
        found |= lineage(full) if full in classes() else {}
    return found


def arguments(function: ast.FunctionDef) -> dict[str, str]:
    """Argument -> annotation."""
    args = function.args
    every = [(each.arg, each) for each in (*args.posonlyargs, *args.args, *args.kwonlyargs)]
    every += [(f"{stars}{each.arg}", each) for stars, each in (("*", args.vararg), ("**", args.kwarg)) if each]
    return {name: ast.unparse(each.annotation or ast.Name("")) for name, each in every if name not in ("self", "cls")}


def methods(node: ast.ClassDef) -> dict[str, ast.FunctionDef]:
    return {each.name: each for each in node.body if isinstance(each, ast.FunctionDef)}


def fields(node: ast.ClassDef) -> dict[str, str]:
    """What the body of a class declares, name -> annotation."""
    declared = [each for each in node.body if isinstance(each, ast.AnnAssign)]
    return {ast.unparse(each.target): ast.unparse(each.annotation) for each in declared}


def constructor(node: ast.ClassDef) -> ast.FunctionDef | None:
    return methods(node).get("__init__") or methods(node).get("__new__")


def own_parameters(node: ast.ClassDef) -> dict[str, str]:
    """What objects of a class are made with, without what its bases add: parameter -> annotation."""
    written = constructor(node)
    if written is not None:
        return arguments(written)
    return {name: of for name, of in fields(node).items() if "ClassVar" not in of and not name.startswith("_")}


def parameters(name: str) -> dict[str, str]:
    """What objects of a class are made with: parameter -> annotation."""
    found: dict[str, str] = {}
    for node in lineage(name).values():
        found = own_parameters(node) | found
        if constructor(node):
            break
    return found


@cache
def attributes(name: str) -> dict[str, str]:
    """What objects of a class have: attribute -> annotation, which may be empty."""
    found: dict[str, str] = {}
    for node in lineage(name).values():
        results = {each: ast.unparse(method.returns or ast.Name("")) for each, method in methods(node).items()}
        found = results | fields(node) | found
        for each in ast.walk(node):
            if isinstance(each, ast.AnnAssign) and ast.unparse(each.target).startswith("self."):
                found[ast.unparse(each.target).removeprefix("self.")] = ast.unparse(each.annotation)
            elif isinstance(each, ast.Attribute | ast.Name) and isinstance(each.ctx, ast.Store):
                found.setdefault(each.attr if isinstance(each, ast.Attribute) else each.id, "")
    return found


def documented(name: str, section: str) -> list[Entry]:
    return list(entries(ast.get_docstring(definitions()[name]), section))


def names_in(name: str, section: str) -> set[str]:
    return {each for entry in documented(name, section) for each in entry.names}


def numbers() -> Iterator[tuple[str, str]]:
    """Every number that a docstring documents as a parameter, an attribute or a result, and what is said of it."""
    for name, node in definitions().items():
        if isinstance(node, ast.FunctionDef):
            sections = {"Parameters": arguments(node)}
            if NUMBER.match(ast.unparse(node.returns or ast.Name(""))):
                for entry in documented(name, "Returns"):
                    yield f"{name}: {entry.text}", " ".join((*entry.names, entry.type, entry.text))
        else:
            sections = {"Parameters": parameters(name), "Attributes": attributes(name)}
        for section, declared in sections.items():
            for entry in documented(name, section):
                numeric = [each for each in entry.names if NUMBER.match(declared.get(each, ""))]
                yield from ((f"{name}.{each}", f"{entry.type} {entry.text}") for each in numeric)


def unclear() -> dict[str, str]:
    """The numbers of which a reader does not learn what they are, with what is said of them."""
    return {name: said for name, said in numbers() if not CLEAR.search(said)}


def test_the_parameters_that_a_class_documents_are_there() -> None:
    wrong = {name: names_in(name, "Parameters") - parameters(name).keys() for name in classes()}
    assert not {name: extra for name, extra in wrong.items() if extra}


def test_a_class_that_documents_parameters_leaves_out_none_of_its_own() -> None:
    said = {name: names_in(name, "Parameters") for name in classes()}
    left_out = {
        name: own_parameters(node).keys() - set().union(*(said[each] for each in lineage(name)))
        for name, node in classes().items()
        if said[name]
    }
    assert not {name: missing for name, missing in left_out.items() if missing}


def test_the_attributes_that_a_class_documents_are_there() -> None:
    wrong = {name: names_in(name, "Attributes") - attributes(name).keys() for name in classes()}
    assert not {name: extra for name, extra in wrong.items() if extra}


def test_a_documented_number_says_what_it_is() -> None:
    assert not unclear(), (
        "give the unit in parentheses, the shape, a bound such as >= 1, or a word such as number or share"
    )
