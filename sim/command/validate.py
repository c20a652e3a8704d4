"""``paceline validate WHAT``: predictions beside what has been measured."""

from __future__ import annotations

import argparse
import json
from collections.abc import Mapping
from concurrent.futures import ProcessPoolExecutor, as_completed

from sim.arguments import Arguments, count, refused
from sim.given_path import given_path
from sim.printable import printable
from sim.sweep.progress import counting_bar
from sim.validation.check import Asked, Found
from sim.validation.checks import CHECKS
from sim.validation.picture import FORMATS, draw
from sim.validation.told import EXPLAINED, as_json, as_lines

ALL = "all"


def main(arguments: list[str]) -> int:
    """Print predictions beside what has been measured, or one JSON object; draw them where asked.

    Parameters
    ----------
    arguments
        What follows ``paceline validate`` on the command line.

    Returns
    -------
    int
        Exit status: 0; 2 after one line on standard error that says what the user can put right.
    """
    try:
        options = _parser().parse_args(arguments)
        found = _found(options)
        if options.picture is not None:
            options.picture.parent.mkdir(parents=True, exist_ok=True)
            options.picture.write_bytes(draw(found, options.picture.suffix[1:]))
    except (ValueError, OSError) as error:
        return refused("validate", error)
    if options.json:
        told = [as_json(CHECKS[name], some) for name, some in found.items()]
        print(json.dumps(told[0] if options.what != ALL else {"what": ALL, "checks": told}))
        return 0
    for name, some in found.items():
        for line in as_lines(CHECKS[name], some, options.rows):
            print(printable(line))
        print()
    print(EXPLAINED)
    if options.picture is not None:
        print(printable(f"written: {options.picture}"))
    return 0


def _found(options: argparse.Namespace) -> Mapping[str, Found]:
    asked = Asked(options.on, options.calibrate_on, options.given_up_to)
    if options.picture is not None and options.picture.suffix[1:] not in FORMATS:
        raise ValueError(f"--picture: {options.picture} is none of {', '.join(FORMATS)}; give predicted.svg")
    if options.what != ALL:
        return {options.what: CHECKS[options.what].judge(asked)}
    if asked != Asked():
        raise ValueError(f"--on, --calibrate-on, --given-up-to: are of one check; name one of {', '.join(CHECKS)}")
    with counting_bar("checking", alike=False) as progress, ProcessPoolExecutor() as workers:  # each check is by itself
        judged = {name: workers.submit(_judge, name) for name in CHECKS}
        for done, _ in enumerate(as_completed(judged.values()), 1):
            if progress is not None:
                progress(done, len(judged))
        return {name: each.result() for name, each in judged.items()}


def _judge(name: str) -> Found:
    return CHECKS[name].judge(Asked())


def _parser() -> argparse.ArgumentParser:
    parser = Arguments(
        prog="paceline validate",
        description="Predict what has been measured elsewhere from what a planner would know, and say how far that is "
        "off, beside what anybody would predict without a model.",
        epilog="\n".join(f"{name}: {check.what}" for name, check in CHECKS.items()),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", choices=[*CHECKS, ALL], nargs="?", default=ALL, help="which measurements (all)")
    parser.add_argument(
        "--on", type=given_path, metavar="FILE", help="measurements to predict, in place of the own digest"
    )
    parser.add_argument(
        "--calibrate-on", type=given_path, metavar="FILE", help="measurements to learn from, in place of the own digest"
    )
    parser.add_argument("--given-up-to", type=count, metavar="N", help="measurements of up to this size are known, too")
    parser.add_argument("--rows", action="store_true", help="print every measurement, too")
    parser.add_argument("--json", action="store_true", help="print one JSON object: what, rows, summary")
    parser.add_argument(
        "--picture", type=given_path, metavar="FILE", help="draw predicted against measured: .svg, .pdf or .png"
    )
    return parser
