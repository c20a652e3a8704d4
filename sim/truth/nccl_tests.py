"""Times that the programs of nccl-tests print, or write as JSON."""

from __future__ import annotations

import re
import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from sim.truth.entry import MOST_BYTES, Entry, decoded, is_number
from sim.truth.timing import Timing
from topologies.files.text import read_text

#: What launchers and people write before a line: Open MPI's ``[1,0]<stdout>:``, and a mark of quotation.
_BEFORE = re.compile(r"^(?:\[\d+,\d+\]<\w+>:|>)?\s*")
#: The line that names the columns: since the first version, in all of them.
_HEADER = re.compile(r"#\s*size\s+count\s+type\b.*\balgbw\b")
_DEVICE = re.compile(r"#\s*Rank\s+(\d+)\s+(?:Group\s+\d+\s+)?Pid\s+\d+\s+on\s+(\S+)\s+device\s+\d+\s*\[[^\]]*\]\s*(.*)")
#: The line that every program begins with.
_BEGINS = re.compile(r"#\s*nThread\s+\d+\s+nGpus\s+\d+")
#: The program, where a command, a path or the log says it.
_PROGRAM = re.compile(r"\b(\w+?)_perf\b")
#: Columns of one way of placing the result, from the first.
_TIME, _CPU_TIME = "time", "cputime"
_REMEDY = "give the output of a program of nccl-tests, or what it writes by -J"


class NcclTests(NamedTuple):
    """What has been measured.

    Attributes
    ----------
    device
        What the ranks compute with; empty: the file does not say.
    timings
        Times of every operation by size: out of place where that was measured, the median where it was several times.
    """

    device: str
    timings: tuple[Timing, ...]


@dataclass
class _Run:
    """What one run of a program has said so far."""

    operation: str
    ranks: int | None
    nodes: int | None
    hosts: dict[int, str] = field(default_factory=dict)
    device: str = ""

    @property
    def shape(self) -> tuple[int, int] | None:
        """Ranks and nodes, if they are known."""
        if self.ranks is not None and self.nodes is not None:
            return self.ranks, self.nodes
        return (len(self.hosts), len(set(self.hosts.values()))) if self.hosts else None


def is_nccl_tests(text: str) -> bool:
    """Whether a file looks like what these programs print or write, whole or not.

    Parameters
    ----------
    text
        What the file has.
    """
    lines = (whole[_BEFORE.match(whole).end() :] for whole in text.splitlines())  # type: ignore[union-attr]
    return text.lstrip().startswith("{") or any(_HEADER.match(line) or _BEGINS.match(line) for line in lines)


def read_nccl_tests(path: Path, ranks: int | None = None, nodes: int | None = None) -> NcclTests:
    """The times of a file: of one program, or of several one after the other.

    Parameters
    ----------
    path
        Text as it was printed (any version, columns found by the line that names them), or JSON (version 2.17 and
        later, option ``-J``).
    ranks, nodes
        How many took part; None: as the file says, which names every rank's host.

    Raises
    ------
    ValueError
        In one line: file, line or key, what is wrong, and the remedy.
    OSError
        If it cannot be read.
    """
    try:
        text = read_text(path, MOST_BYTES)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error
    named = _PROGRAM.search(path.name)
    run = _Run(named[1] if named else "", ranks, nodes)
    found = _of_json(decoded(text, str(path)), str(path), run) if text.lstrip().startswith("{") else None
    device, timings = _of_text(text, str(path), run) if found is None else found
    if not timings:
        raise ValueError(f"{path}: has no times of nccl-tests; {_REMEDY}")
    several: dict[tuple[str, float, int, int], list[float]] = {}
    for one in timings:
        several.setdefault((one.operation, one.nbytes, one.ranks, one.nodes), []).append(one.seconds)
    return NcclTests(device, tuple(Timing(*what, statistics.median(some)) for what, some in several.items()))


# -- text
def _of_text(text: str, file: str, begun: _Run) -> tuple[str, list[Timing]]:
    run, device = begun, ""
    columns: list[str] = []
    found: list[Timing] = []
    for number, whole in enumerate(text.splitlines(), 1):
        line = whole[_BEFORE.match(whole).end() :]  # type: ignore[union-attr]  # it may be empty
        where = f"{file}: line {number}"
        if _HEADER.match(line):
            columns = _columns(line, where)
        elif _BEGINS.match(line):  # of the next run: its devices come, its name has been said
            run, columns = _Run(run.operation, begun.ranks, begun.nodes), []
        elif rank := _DEVICE.match(line):
            run.hosts[int(rank[1])], run.device = rank[2], rank[3].strip()
            device = device or run.device
        elif program := _PROGRAM.search(line):
            run.operation = program[1]
        elif columns:
            found += _timed(line.split(), columns, run, where)
    return device, found


def _columns(line: str, where: str) -> list[str]:
    columns = line.lstrip("# ").split()
    if _CPU_TIME in columns:
        raise ValueError(
            f"{where}: has the time in which operations were issued, not what they took; run it without -C"
        )
    if _TIME not in columns:
        raise ValueError(f"{where}: names no column {_TIME}; {_REMEDY}")
    return columns


def _timed(cells: Sequence[str], columns: Sequence[str], run: _Run, where: str) -> Iterator[Timing]:
    """The time of a line of the table; nothing of another, such as one that the library has printed in between."""
    if len(cells) < len(columns) or not (cells[0].isdecimal() and cells[1].isdecimal()):
        return
    row = dict(zip(reversed(columns), reversed(cells[: len(columns)]), strict=True))  # of equal names the first
    if cells[0] == "0":
        return
    wrong = row.get("#wrong", "0")
    yield _timing(run, _number(cells[0], where), _number(row[_TIME], where), _ratio(row, where), wrong, where)


def _ratio(row: Mapping[str, str], where: str) -> float:
    """Bus bandwidth over that of the algorithm; 0 where they are too small to tell."""
    algorithm, bus = (_number(row.get(name, "0"), where) for name in ("algbw", "busbw"))
    return bus / algorithm if algorithm > 1.0 else 0.0


def _number(text: str, where: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise ValueError(f"{where}: expected a number, got {text[:40]!r}; {_REMEDY}") from None


# -- JSON
def _of_json(found: Any, file: str, run: _Run) -> tuple[str, list[Timing]] | None:
    """What option ``-J`` writes; None where it is something else."""
    whole = Entry(found, file)
    if whole.known("results") is None:
        raise ValueError(f"{file}: has no results; {_REMEDY}")
    arguments = whole.known("args")
    if isinstance(arguments, list) and arguments and isinstance(arguments[0], str):
        program = _PROGRAM.search(arguments[0])
        run.operation = program[1] if program else run.operation
    config = whole.known("config")
    holder = Entry(config, f"{file}: config") if config is not None else whole
    if holder.known("devices") is not None:
        for rank in holder.entries("devices", "device"):
            number = rank.known("rank")
            if not isinstance(number, int):
                rank.refuse("rank", "the number of a rank")
            run.hosts[number] = rank.text("hostname")
            run.device = run.device or str(rank.known("device_info") or "")
    return run.device, [*_results(whole, run)]


def _results(whole: Entry, run: _Run) -> Iterator[Timing]:
    for result in whole.entries("results", "result"):
        key = "out_of_place" if result.known("out_of_place") is not None else "in_place"
        placed = Entry(result.known(key), f"{result.where}: {key}")
        if result.known("size") == 0:
            continue
        if placed.known("cpu_time") is not None:
            placed.refuse("cpu_time", "time, which a run without -C has")
        algorithm, bus = placed.known("alg_bw"), placed.known("bus_bw")
        ratio = bus / algorithm if is_number(algorithm) and is_number(bus) and algorithm > 1.0 else 0.0
        wrong = placed.known("nwrong")
        said = "0" if wrong is None else str(wrong)
        yield _timing(run, result.number("size"), placed.number("time"), ratio, said, placed.where)


# -- both
def _timing(run: _Run, nbytes: float, microseconds: float, ratio: float, wrong: str, where: str) -> Timing:
    if wrong != "N/A" and _number(wrong, where) > 0.0:
        raise ValueError(f"{where}: #wrong: {wrong} results are wrong, whose time says nothing; run it again")
    if not is_number(nbytes) or not is_number(microseconds):
        raise ValueError(
            f"{where}: expected bytes and a time above 0, got {nbytes:g} B in {microseconds:g} us; {_REMEDY}"
        )
    if run.shape is None:
        raise ValueError(f"{where}: no line names the devices of ranks; say how many ranks and nodes there were")
    ranks, nodes = run.shape
    if ranks % nodes:
        raise ValueError(f"{where}: {ranks} ranks are not equally many on each of {nodes} nodes; run it on all of them")
    return Timing(run.operation or _told_by(ratio, ranks, where), nbytes, ranks, nodes, microseconds * 1e-6)


def _told_by(ratio: float, ranks: int, where: str) -> str:
    """The operation, by how often it sends a byte: the bus bandwidth is that of the algorithm times as much."""
    share = (ranks - 1) / ranks
    if share > 0.0 and abs(ratio / (2.0 * share) - 1.0) < 0.02:
        return "all_reduce"
    raise ValueError(
        f"{where}: nothing says which operation it is; name the file as its program, such as all_gather_perf.txt"
    )
