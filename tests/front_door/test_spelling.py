"""What is printed, where the encoding of the output lacks characters of it."""

from __future__ import annotations

import ast
import io
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from command import QUICK

from sim.spelling import SPELLED, SPELLING, spell_outputs

ROOT = Path(__file__).resolve().parents[2]
#: Of each kind one: nothing beyond ASCII, the west of Europe, Windows, and a terminal of DOS, whose bars are bytes.
ENCODINGS = ("ascii", "latin-1", "cp1252", "cp437", "utf-8")


@pytest.fixture(autouse=True)
def registered() -> None:
    spell_outputs()


def written_as(text: str, encoding: str) -> str:
    """What a reader of an output with this encoding reads."""
    return text.encode(encoding, SPELLED).decode(encoding)


def literals() -> Iterator[str]:
    """Every text in our sources that is no docstring."""
    for package in ("kernels", "topologies", "sim"):
        for path in (ROOT / package).rglob("*.py"):
            tree = ast.parse(path.read_text())
            docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
            for node in ast.walk(tree):
                if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                    yield node.value


def test_every_character_that_we_print_has_a_spelling() -> None:
    ours = {letter for text in literals() for letter in text if not letter.isascii()}
    assert ours
    assert ours <= SPELLING.keys()


def test_options_are_described_in_ascii() -> None:
    # Comments of the YAML are what `paceline list` and `--help` print.
    texts = [path.read_text() for kind in ("*.yaml", "*.txt") for path in (ROOT / "conf").rglob(kind)]
    assert texts
    assert all(text.isascii() for text in texts)


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_all_of_it_can_be_written_in_any_encoding(encoding: str) -> None:
    for letter, spelling in SPELLING.items():
        assert spelling.isascii()
        assert written_as(letter, encoding) in (letter, spelling)


def test_signs_before_a_number_take_the_place_of_the_space() -> None:
    assert written_as("≥ 12", "ascii") == ">=12"
    assert written_as("6\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}0.2 µs", "ascii") == "6 +-0.2 us"
    assert written_as("≥ 12 ± 3", "latin-1") == ">=12 ± 3"
    assert written_as("≥12", "ascii") == ">=12"


def test_what_an_encoding_has_stays() -> None:
    assert written_as("≥ 12 · █", "utf-8") == "≥ 12 · █"
    assert written_as("8 µs · 2", "cp1252") == "8 µs · 2"


def test_a_name_in_another_script_is_escaped() -> None:
    assert written_as("läufe/実験", "ascii") == "l\\xe4ufe/\\u5b9f\\u9a13"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "utf-8"])
def test_bytes_of_a_files_name_go_out_as_they_came(encoding: str) -> None:
    assert os.fsdecode(b"l\xe4ufe").encode("utf-8", SPELLED) == b"l\xe4ufe"
    assert b"l\xe4ufe".decode("ascii", "surrogateescape").encode(encoding, SPELLED) == b"l\xe4ufe"


def test_outputs_of_another_program_stay_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stream)
    spell_outputs()
    assert sys.stdout is stream


@pytest.fixture(scope="module")
def sweep(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("spelled")
    said(folder, {}, "-m", *QUICK[::2], "workers=2,4", "seed=1,2", "hydra.sweep.dir=sweep")
    return folder


def said(folder: Path, environment: dict[str, str], *arguments: str) -> bytes:
    """What the command prints, of whom nothing is left unsaid and no error."""
    environment = {**os.environ, "COLUMNS": "80", "PYTHONPATH": str(ROOT), **environment}
    command = [sys.executable, "-m", "sim", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr
    assert b"Traceback" not in done.stderr
    return done.stdout


C_LOCALE = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
LATIN = {"PYTHONIOENCODING": "latin-1"}
COMMANDS = (
    QUICK,
    ("-m", *QUICK[::2], "workers=1,3"),
    ("report", "sweep"),
    ("report", "sweep", "--best", "workers"),
    ("list",),
    ("list", "topology", "straggler"),
    ("list", "workload=resnet50"),
    ("list", "device=a100"),
    ("list", "machine"),
    ("--help",),
    ("tune", *QUICK[:2], "until.updates=4", "--over", "optimizer.lr=0.01,0.02", "--seeds", "2", "--judge", "2"),
    ("tune", "--help"),
    ("plan", "--help"),
    ("efficiency", "--help"),
    ("validate", "low_communication"),
    ("-c", "job", "problem=quadratic"),
)


@pytest.mark.slow
@pytest.mark.parametrize("environment", [C_LOCALE, LATIN], ids=["C", "latin-1"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_command_loses_its_result_to_an_encoding(
    sweep: Path, environment: dict[str, str], command: tuple[str, ...]
) -> None:
    out = said(sweep, environment, *command)
    text = out.decode("ascii" if environment is C_LOCALE else "latin-1")
    assert text.strip()
    assert "\\x" not in text
    assert "\\u" not in text


@pytest.mark.slow
def test_a_table_keeps_its_columns_in_ascii(sweep: Path) -> None:
    text = said(sweep, C_LOCALE, "report", "sweep").decode("ascii")
    table = [line for line in text.splitlines() if line.startswith(" ")]
    assert len(table) >= 4
    assert len({len(line) for line in table}) == 1


@pytest.mark.slow
@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"NO_COLOR": "1"}, {"TERM": ""}])
def test_a_simple_terminal_gets_no_escapes(sweep: Path, environment: dict[str, str]) -> None:
    assert b"\x1b" not in said(sweep, environment, "report", "sweep")


@pytest.mark.slow
@pytest.mark.parametrize("command", [("report", "sweep"), ("list",), ("--help",), ("validate", "low_communication")])
def test_a_reader_that_hangs_up_gets_no_traceback(sweep: Path, command: tuple[str, ...]) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), **C_LOCALE}
    shell = [sys.executable, "-m", "sim", *command]
    with subprocess.Popen(shell, cwd=sweep, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        running.stdout.readline()
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait() == 0
