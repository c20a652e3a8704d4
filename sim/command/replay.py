"""``paceline replay CASE...``: flow cases through the network engine, compared with the completions they carry."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.arguments import Arguments, refused
from sim.fabric.flow_case import FORMAT, FlowCase, read_flow_case
from sim.fabric.replay import largest_error, replay
from sim.given_path import given_path
from sim.printable import printable


def main(arguments: list[str]) -> int:
    """Print a line per case.

    Parameters
    ----------
    arguments
        What follows ``paceline replay`` on the command line.

    Returns
    -------
    int
        Exit status: 0; 1 if a flow misses the bar; 2 after one line on standard error that says what the user can put
        right, and nothing has been replayed.
    """
    try:
        options = _parser().parse_intermixed_args(arguments)
        cases = [read_flow_case(path) for named in options.cases for path in _files(named)]
    except (ValueError, OSError) as error:
        return refused("replay", error)
    errors = [_replay_one(case, options.json) for case in cases]
    return int(any(error is not None and not error <= 1.0 for error in errors))


def _replay_one(case: FlowCase, as_json: bool) -> float | None:
    completion = replay(case)
    worst = largest_error(case, completion)
    print(_json(case, completion, worst) if as_json else _text(case, completion, worst))
    return worst


def _json(case: FlowCase, completion: NDArray[np.float64], error: float | None) -> str:
    return json.dumps({"name": case.name, "completion": completion.tolist(), "max_error": error})


def _text(case: FlowCase, completion: NDArray[np.float64], error: float | None) -> str:
    verdict = "no completions to compare with"
    if error is not None:
        verdict = f"largest error {error:.2g} of the bar" + ("" if error <= 1.0 else ": MISSED")
    return (
        f"{printable(case.name):<32} {len(completion):>7} flows  end {completion.max(initial=0.0):>16.9f} s  {verdict}"
    )


def _files(named: Path) -> list[Path]:
    """The file itself, or the cases in a directory."""
    if not named.is_dir():
        return [named]
    found = sorted(named.glob("*.json"))
    if not found:
        raise ValueError(f"{named}: there is no .json file in this directory; give {FORMAT} files")
    return found


def _parser() -> argparse.ArgumentParser:
    parser = Arguments(
        prog="paceline replay",
        description="Run flow cases through the network engine: when does each flow complete, and how far is that from "
        "the completions that the file carries? The bar is 1e-9 of the flow's duration and 1e-11 s.",
    )
    parser.add_argument(
        "cases",
        nargs="+",
        type=given_path,
        metavar="CASE",
        help=f"a {FORMAT} file, or a directory of such files (*.json)",
    )
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object per case: name, completion (s), max_error (bars)"
    )
    return parser
