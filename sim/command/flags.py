"""The flags of ``paceline key=value ...``: most are Hydra's, and mean what they mean there.

Left out are those that would take the place of paceline's own config (``--config-path``) or read a pickle
(``--experimental-rerun``, which would run what is in it: a run is repeated from its own folder, see docs/sweeps.md).
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NoReturn

from sim.given_path import given_path

#: What Hydra can tell of how a config is composed.
INFO = ("all", "config", "defaults", "defaults-tree", "plugins", "searchpath")

#: Flags that print something instead of simulating.
SHOWING = ("cfg", "info", "hydra_help", "shell_completion")


class FlagError(ValueError):
    """A flag that there is not, or without what it needs."""


class _Flags(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise FlagError(message)


def flags() -> argparse.ArgumentParser:
    """The parser of the flags.

    Its errors are `FlagError`.
    """
    parser = _Flags(prog="paceline", add_help=False, allow_abbrev=False)
    parser.add_argument("overrides", nargs="*", help="any key=value, and group=option")
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--multirun", "-m", action="store_true", help="sweep over every key=a,b,c")
    parser.add_argument("--resume", action="store_true", help="with -m: go on with the newest sweep that asks the same")
    parser.add_argument(
        "--config-dir", "-cd", metavar="DIR", help="take options and experiments from a folder of your own, too"
    )
    parser.add_argument(
        "--config-name", "-cn", metavar="NAME", help="begin with NAME.yaml of that folder; of RUN/.hydra: config"
    )
    mode.add_argument(
        "--cfg",
        "-c",
        choices=["job", "hydra", "all"],
        metavar="job|hydra|all",
        help="print the composed config; nothing is simulated",
    )
    parser.add_argument("--resolve", action="store_true", help="with -c: values in place of references to them")
    parser.add_argument("--package", "-p", metavar="KEY", help="with -c: only what is below a key")
    mode.add_argument(
        "--info", "-i", nargs="?", const="all", choices=INFO, metavar="|".join(INFO), help="how a config is composed"
    )
    mode.add_argument(
        "--shell-completion",
        "-sc",
        action="store_true",
        help='complete words with Tab: eval "$(paceline -sc install=bash)"; zsh and fish: docs/sweeps.md',
    )
    mode.add_argument("--hydra-help", action="store_true", help="what the keys hydra.* are for")
    parser.add_argument("--version", action="store_true", help="print the version")
    parser.add_argument("--help", "-h", action="store_true", help="print groups, keys and flags")
    return parser


def tuning() -> argparse.ArgumentParser:
    """The parser of the flags that only ``paceline tune`` has; its errors are `FlagError`."""
    parser = _Flags(
        prog="paceline tune",
        usage="paceline tune [key=a,b ...] --over key=a,b,c [--over ...] [flags]",
        description="Choose settings on seeds set apart, of as many candidates for every combination of what is swept, "
        "and judge the best of each on fresh seeds. Flags of paceline itself (paceline --help) may be given, too.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--over", action="append", metavar="KEY=A,B,C", help="what is tuned, and its values; may be given again"
    )
    parser.add_argument(
        "--seeds", type=_count, default=3, metavar="N", help="seeds that choose, from seed + 1000000 on (default: 3)"
    )
    parser.add_argument(
        "--judge", type=_count, default=10, metavar="N", help="seeds that judge, from seed on (default: 10)"
    )
    parser.add_argument(
        "--trials",
        type=_count,
        metavar="N",
        help="have Optuna try N candidates for each combination, also of interval(low,high); without it all are tried",
    )
    return parser


def weighing() -> argparse.ArgumentParser:
    """The parser of the flags that only ``paceline efficiency`` has; its errors are `FlagError`."""
    parser = _Flags(
        prog="paceline efficiency",
        usage="paceline efficiency [key=a,b ...] [flags]",
        description="Say what a second of a cluster is worth: hardware efficiency x statistical efficiency x protocol. "
        "Flags of paceline itself that choose configs (paceline --help) may be given, too.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--table", type=given_path, metavar="FILE", help="CSV of samples to the target by global batch: batch,samples"
    )
    parser.add_argument(
        "--noise-scale", type=_samples, metavar="N", help="critical batch (samples); without either it is measured"
    )
    parser.add_argument("--seeds", type=_count, default=8, metavar="N", help="seeds that are raced on (default: 8)")
    parser.add_argument(
        "--tuning",
        type=_none_or_more,
        default=2,
        metavar="N",
        help="seeds that choose learning rates, from seed + 1000000 on (default: 2); 0: optimizer.lr as it is",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object: what, rows")
    return parser


def planning() -> argparse.ArgumentParser:
    """The parser of the flags that only ``paceline plan`` has; its errors are `FlagError`."""
    parser = _Flags(
        prog="paceline plan",
        usage="paceline plan workload=NAME goal.accuracy=A goal.minutes=M machines=p4d,p3 count=1..32 [key=a,b ...] "
        "[flags]",
        description="Say which machines to take, and why: time, cost and energy to a goal with intervals, what "
        "doubling each part would buy, and what would settle the rest. Keys of a plan: goal.accuracy, goal.samples, "
        "goal.minutes, goal.cost, goal.utilisation, goal.confidence, machines, count, sites, link.gbps, "
        "link.latency_ms, flows, input.samples_per_second, storage.samples_per_second, plan.folder, plan.spot_price; "
        "all keys of a run may be given, too, and several values of each.",
        allow_abbrev=False,
    )
    parser.add_argument(
        "--on",
        action="append",
        metavar="[MACHINE=]FILE",
        help="measurements of a cluster of your own, as for paceline calibrate; may be given again",
    )
    parser.add_argument(
        "--table", type=given_path, metavar="FILE", help="CSV of samples to the goal by global batch: batch,samples"
    )
    parser.add_argument(
        "--draws", type=_draws, default=500, metavar="N", help="possibilities of each candidate (default: 500)"
    )
    parser.add_argument(
        "--trials",
        type=_count,
        metavar="N",
        help="have Optuna choose N of the candidates, also of interval(low,high); without it all are looked at",
    )
    parser.add_argument("--json", action="store_true", help="print plan.json, and nothing else")
    return parser


def studying() -> argparse.ArgumentParser:
    """The parser of the flags that only ``paceline study`` has; its errors are `FlagError`."""
    parser = _Flags(
        prog="paceline study",
        usage="paceline study [NAME] [--quick] [--problem NAME] [study.folder=FOLDER] [hydra...]",
        description="Have the runs of a study done, which are fixed beforehand, judge its source's claims by them, "
        "and write verdict.json, figures, study.html and study.md; without a name, list the studies. Started again, it "
        "goes on. Of keys, study.folder, those of Hydra (such as hydra/launcher=cores) and problem.* may be given.",
        allow_abbrev=False,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="which study")
    parser.add_argument(
        "--quick", action="store_true", help="a tenth of the runs: a look at the machinery, no evidence"
    )
    parser.add_argument("--problem", metavar="NAME", help="learn this problem in place of the study's own")
    return parser


def lab() -> argparse.ArgumentParser:
    """The parser of ``paceline lab``, which has keys of its own and no flags."""
    return _Flags(
        prog="paceline lab",
        usage="paceline lab [key=value ...] [lab.folder=FOLDER] [lab.seeds=N] [lab.allreduce=ring|gloo]",
        description="Run one experiment as real processes with real TCP over an emulated network of the same shape "
        "(network namespaces of Linux), beside its prediction, which is written before: lab/lab.html, lab.json. Keys "
        "of a lab: lab.folder (default: lab, which a later lab replaces), lab.seeds (how many, from seed on; default: "
        "1), lab.allreduce (the lab's own ring, or gloo of PyTorch: pip install 'paceline[lab]').",
        allow_abbrev=False,
    )


def _samples(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 1e-3 <= value <= 1e15:
        raise argparse.ArgumentTypeError(f"must be a number of samples, above 0, got {text}; give for example 4096")
    return value


def _none_or_more(text: str) -> int:
    return 0 if text == "0" else _count(text)


def _draws(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 10 <= int(text[:12]) <= 100_000):
        raise argparse.ArgumentTypeError(f"must be a whole number from 10 to 100000, got {text}; give for example 500")
    return int(text)


def _count(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 1_000_000:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to 1000000, got {text}; give for example 10")
    return int(text)


def told() -> Iterator[tuple[str, str]]:
    """Each flag as it is written, with what it does."""
    for action in flags()._actions:
        if action.option_strings:
            names = ", ".join(sorted(action.option_strings, key=len))
            yield f"{names} {action.metavar}" if action.metavar else names, str(action.help)


#: The parsers of commands that have flags of their own beside those of paceline.
OWN_FLAGS = {"efficiency": weighing, "lab": lab, "plan": planning, "study": studying, "tune": tuning}
