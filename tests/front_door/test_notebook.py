"""docs/notebook.ipynb: what its cells show is what they give, and they name nothing of the machine that ran them."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from sim.results.result import Result

NOTEBOOK = Path(__file__).resolve().parents[2] / "docs" / "notebook.ipynb"
CELLS: list[dict[str, Any]] = [
    cell for cell in json.loads(NOTEBOOK.read_text())["cells"] if cell["cell_type"] == "code"
]


def value_of(source: str, names: dict[str, Any]) -> Any:
    """What a cell gives: the value of its last expression."""
    *statements, last = ast.parse(source).body
    assert isinstance(last, ast.Expr)
    exec(compile(ast.Module(statements, []), "cell", "exec"), names)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), names)


def test_it_was_run_from_the_top_and_shows_no_path() -> None:
    assert [cell["execution_count"] for cell in CELLS] == [*range(1, len(CELLS) + 1)]
    text = NOTEBOOK.read_text()
    assert not [root for root in ("/home", "/root", "/tmp", "/Users") if root in text]
    assert '"ename"' not in text


@pytest.mark.slow
def test_its_cells_give_what_they_show(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    names: dict[str, Any] = {}
    for cell in CELLS:
        value = value_of("".join(cell["source"]), names)
        (output,) = cell["outputs"]
        if isinstance(value, Result):  # whose text says how long it took
            assert "<img" in value._repr_html_()
            assert "<img" in "".join(output["data"]["text/html"])
        else:
            assert repr(value) == "".join(output["data"]["text/plain"])
