"""The docs are true: commands of a page, one after the other in an empty folder, print what it shows."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

import pytest
from command import Command
from docs_pages import DOCS, PAGES, Block, blocks, follow, run, words_of
from readme import same_but_for_numbers

from sim.studies import names

#: Pages whose commands a test of their own asks more of.
OWN = {"extending.md": "test_extending.py", "planning.md": "test_planning.py"}

#: The blocks that are not run: page, and why.
NOT_RUN = {
    ("benchmarks.md", "installs torch and jax, and measures for minutes"),
    ("benchmarks.md", "simulates 1000 runs"),
    ("how_to/install.md", "makes the environment that the tests run in"),
    ("how_to/slurm.md", "needs a Slurm cluster; .ci/launchers runs one"),
    ("lab.md", "needs namespaces, and runs as long as it says"),
    ("studies.md", "simulates for minutes"),
    *((f"studies/{name}.md", "simulates for minutes") for name in names() if (DOCS / f"studies/{name}.md").exists()),
    ("sweeps.md", "200 runs of up to 128 workers; tutorials/sweeper.md has a smaller one"),
    ("sweeps.md", "Optuna is an extra; tests/sweep_launchers/test_optuna.py runs such commands"),
}


def name(page: Path) -> str:
    return str(page.relative_to(DOCS))


def is_snippet(block: Block) -> bool:
    """Whether it is Python to be run as it stands, and no file of its own."""
    return block.language == "python" and not block.file and block.not_run is None


RUN = [page for page in PAGES if name(page) not in OWN and any(each.commands for each in blocks(page))]


@pytest.mark.slow
@pytest.mark.parametrize("page", RUN, ids=name)
def test_a_page_prints_what_it_shows(page: Path, paceline: Command) -> None:
    def shell(command: str) -> str:
        words = words_of(command)
        if words[0] != "paceline":
            return run(command)
        status, out, err = paceline(*words[1:])
        assert status == (2 if err.startswith("paceline: error") else 0), f"{command}\n{out}{err}"
        return out + err

    for command, shown, printed in follow(page, shell):
        try:
            same_but_for_numbers(printed, shown)
        except AssertionError as error:
            error.add_note(f"{command}\n{printed}")
            raise


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in PAGES if any(map(is_snippet, blocks(page)))], ids=name)
def test_a_snippet_prints_what_is_shown_below_it(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    found = list(blocks(page))
    for snippet, below in zip(found, [*found[1:], None], strict=False):
        if is_snippet(snippet):
            with redirect_stdout(io.StringIO()) as out:
                exec(compile(snippet.body, name(page), "exec"), {})
            if out.getvalue():
                assert below is not None
                assert below.language == ""
                same_but_for_numbers(out.getvalue(), below.body)


def test_what_is_not_run_says_why() -> None:
    assert {
        (name(page), each.not_run) for page in PAGES for each in blocks(page) if each.not_run is not None
    } == NOT_RUN


def test_pages_with_a_test_of_their_own_have_it() -> None:
    for page, test in OWN.items():
        assert f'"{page}"' in (Path(__file__).parent / test).read_text()
