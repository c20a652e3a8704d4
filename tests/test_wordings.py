"""What is done about an error depends on its type, never on how it is worded: a better text changes nothing else."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
FILES = sorted(path for package in ("kernels", "topologies", "sim") for path in (ROOT / package).rglob("*.py"))

#: What looks for something in a text.
LOOKS = {"startswith", "endswith", "find", "index", "partition", "removeprefix", "match", "fullmatch", "search"}


def decisions(source: str) -> Iterator[int]:
    """Lines on which a text made of a caught error is compared, or something is looked for in it."""
    for handler in ast.walk(ast.parse(source)):
        if isinstance(handler, ast.ExceptHandler) and handler.name is not None:
            texts = {f"str({handler.name})", f"{handler.name}.args"}
            for node in ast.walk(handler):
                if isinstance(node, ast.Assign) and _is_made_of(node.value, texts):
                    texts |= {ast.unparse(target) for target in node.targets}
            for node in ast.walk(handler):
                compares = isinstance(node, ast.Compare)
                looks = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOOKS
                if (compares or looks) and _is_made_of(node, texts):
                    yield node.lineno


def _is_made_of(node: ast.AST, texts: set[str]) -> bool:
    return any(ast.unparse(each) in texts for each in ast.walk(node) if isinstance(each, ast.expr))


@pytest.mark.parametrize(
    "condition",
    [
        'str(error).startswith("workers:")',
        '"are needed" in str(error)',
        'error.args[0] == "nothing"',
        "FIELD.match(str(error))",
        'text.endswith("more")',
    ],
)
def test_a_decision_by_wording_is_seen(condition: str) -> None:
    source = f"""
try:
    pass
except ValueError as error:
    text = str(error)
    if {condition}:
        raise
"""
    assert list(decisions(source)) == [6]


def test_passing_the_wording_on_is_no_decision() -> None:
    source = """
try:
    pass
except ValueError as error:
    raise KeyError(f"path: {str(error).splitlines()[0]}, {error}") from error
"""
    assert not list(decisions(source))


def test_no_module_decides_by_the_wording_of_an_error() -> None:
    assert not [path for path in FILES if any(decisions(path.read_text()))]
