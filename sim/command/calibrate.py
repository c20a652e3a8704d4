"""``paceline calibrate FILE ...``: what measurements of one's own say of a cluster, and files to simulate it with."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import NamedTuple

from sim.arguments import Arguments, count, refused
from sim.calibration.collective_law import TURNS
from sim.calibration.collectives import LearnedCollectives
from sim.calibration.layout import GBPS
from sim.calibration.machines import TOLD as COLLECTIVES_TOLD
from sim.calibration.machines import machines_with
from sim.calibration.own import TOLD, Residual, learn
from sim.calibration.points import Job, Measured, complete, read_measured
from sim.calibration.simulated import experiment_of
from sim.calibration.tensors import gradient_of, known_workload
from sim.calibration.written import option, whole
from sim.evidence.range import Range
from sim.experiment import Experiment
from sim.given_path import given_path
from sim.printable import printable
from sim.simulate import simulate
from sim.transports import Transport as Option
from sim.transports.ena import ENA
from sim.transports.grpc import GRPC
from sim.transports.rdma import RDMA
from sim.transports.tcp import TCP
from sim.truth.scaling import digest
from sim.truth.table import Table, Transport
from sim.truth.timing import Timing
from sim.until import Until


class Kind(NamedTuple):
    """What ``--transport`` names.

    Attributes
    ----------
    transport
        Whose published tables are learned from.
    elastic
        Whether it is the adapter of AWS.
    method
        How gradients are added up.
    option
        The option of transport that it is.
    """

    transport: Transport
    elastic: bool
    method: str
    option: type[Option]


#: Of the first column of what is printed (characters).
WIDTH = 66
#: From which factor between a measurement and the model on nobody should believe both.
CONTRADICTED = 1.5
#: After how many updates a simulated step begins and ends.
STEPS = (1, 3)
#: What an all-reduce is taken to be, and what is simulated.
RING = "ring all-reduce"
#: By the name of the option of transport.
KINDS = {
    "rdma": Kind(Transport.rdma, False, RING, RDMA),
    "tcp": Kind(Transport.tcp, False, RING, TCP),
    "ena": Kind(Transport.tcp, True, RING, ENA),
    "grpc": Kind(Transport.grpc_ps, False, "parameter server", GRPC),
}


def main(arguments: list[str]) -> int:
    """Print what was believed, what is now, and how far each point is from that; write an option where asked.

    Parameters
    ----------
    arguments
        What follows ``paceline calibrate`` on the command line.

    Returns
    -------
    int
        Exit status: 0; 2 after one line on standard error that says what the user can put right.
    """
    try:
        options = _parser().parse_args(arguments)
        paths = _paths(options.out)
        files = [read_measured(file, Job(options.batch or 1, options.devices_per_node or 1)) for file in options.files]
        if options.transport == "grpc" and any(file.collectives for file in files):
            raise ValueError("--transport: grpc has servers, and no collectives; leave out what measures these")
        told, texts = (_trained if any(file.points for file in files) else _collectives)(files, options)
        for line in (*told, *_left_out(files)):
            print(printable(line))
        for path, text in zip(paths, texts, strict=False):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text("".join(f"{printable(line)}\n" for line in text))
            print(printable(f"written: {path}"))
    except (ValueError, OSError) as error:
        return refused("calibrate", error)
    return 0


def _paths(out: Path | None) -> tuple[Path, ...]:
    """The option of transport, and the experiment beside it."""
    if out is None:
        return ()
    if out.parent.name != "transport" or out.suffix != ".yaml":
        raise ValueError(f"--out: {out} is no option of transport; give for example mine/transport/ours.yaml")
    paths = out, out.parent.parent / "experiment" / out.name
    for path in paths:
        if path.exists():
            raise ValueError(f"--out: {path} is there already; give another name, or remove it")
    return paths


#: What is told, and the files that are written where asked.
Said = tuple[Iterator[str], Sequence[Iterator[str]]]


def _trained(files: Sequence[Measured], options: argparse.Namespace) -> Said:
    """Throughputs and steps, and whatever else there is, by one model of a step."""
    for flag in ("model", "batch", "line_gbps"):
        if getattr(options, flag) is None:
            raise ValueError(f"--{flag.replace('_', '-')}: is needed beside throughputs and steps; see --help")
    complete(files)
    learned = learn(_table(options), files, digest().tables)
    doubts = _doubts(learned.residuals, learned.after["card"], options.line_gbps / (options.nics or 1))
    told = chain(_told(TOLD, learned.before, learned.after, learned.residuals), doubts)
    if options.out is None:
        return told, ()
    experiment, origin = experiment_of(learned, KINDS[options.transport].option(), _step_seconds), _origin(files)
    folder = str(options.out.parent.parent)
    named = option(experiment.transport, learned.after, origin)
    return told, (named, whole(experiment, learned, options.out.stem, folder, origin))


def _step_seconds(experiment: Experiment) -> float:
    """What a simulated step takes, without the first, which begins with a pull of the model (s)."""
    ends = [simulate(replace(experiment, until=Until(updates=each))).summary.virtual_seconds for each in STEPS]
    return (float(ends[1] or 0.0) - float(ends[0] or 0.0)) / (STEPS[1] - STEPS[0])


def _collectives(files: Sequence[Measured], options: argparse.Namespace) -> Said:
    """Collectives alone, by what rings take."""
    for flag in ("model", "batch", "line_gbps", "devices_per_node", "horovod"):
        if getattr(options, flag):
            raise ValueError(
                f"--{flag.replace('_', '-')}: is of throughputs and steps, and there are none; leave it out"
            )
    timings = [each for file in files for each in _with_law(file)]
    if not timings:
        raise ValueError(f"{_origin(files)}: has none of the operations {', '.join(TURNS)} of several ranks; give one")
    machines = machines_with(next((file.device for file in files if file.device), ""), options.nics)
    learned = LearnedCollectives(timings, machines)
    ranges = learned.ranges
    card = Range(*(rate / GBPS for rate in ranges["card"]))
    transport = replace(
        KINDS[options.transport].option(),
        efficiency=1.0,
        flow_cap_gbps=None,
        nic_cap_gbps=card.middle,
        overhead_seconds=ranges["outer"].middle,
    )
    written = option(transport, {"card": card, "latency": ranges["outer"]}, _origin(files))
    before = LearnedCollectives((), machines).ranges
    residuals = [Residual(str(each.timing), each.timing.seconds, each.seconds) for each in learned.residuals]
    own = {_origin(files): residuals}
    return chain(_told(COLLECTIVES_TOLD, before, ranges, own), _doubts(own, card, None)), [written]


def _with_law(file: Measured) -> Sequence[Timing]:
    return [each for each in file.collectives if each.operation in TURNS and each.ranks > 1]


def _left_out(files: Sequence[Measured]) -> Iterator[str]:
    """What of the files nothing is learned from: collectives beside throughputs are evidence on cards alone."""
    trained = any(file.points for file in files)
    why = "inside a machine, or of no ring" if trained else "of an operation without a law, or of one rank"
    for file in files:
        used = file.across if trained else _with_law(file)
        first, *others = [str(each) for each in file.collectives if each not in used] or [""]
        if first:
            yield f"{file.file}: left out, {why}: {first}{f', and {len(others)} more' if others else ''}"


def _origin(files: Sequence[Measured]) -> str:
    return ", ".join(file.file for file in files)


def _table(options: argparse.Namespace) -> Table:
    kind = KINDS[options.transport]
    return Table(
        id="yours",
        cluster="yours",
        device="yours",
        transport=kind.transport,
        elastic=kind.elastic,
        method=f"{kind.method} (Horovod)" if options.horovod else kind.method,
        model=options.model,
        gradient_bytes=gradient_of(options.model),
        largest_bytes=None,
        line_gbps=options.line_gbps,
        nics=options.nics or 1,
        units=options.batch,
        points=(),
        source="yours",
    )


def _told(
    told: Mapping[str, tuple[str, str]],
    before: Mapping[str, Range],
    after: Mapping[str, Range],
    residuals: Mapping[str, Sequence[Residual]],
) -> Iterator[str]:
    """What was believed of each unknown, what is now, and how far the model is from each measurement."""
    yield f"{'':{WIDTH}}{'believed, 80 %':>24}{'now, 80 %':>24}{'middle':>10}"
    for name, (what, unit) in told.items():
        said = f"{name}: {what}{f' ({unit})' if unit else ''}"
        yield f"{said:{WIDTH}}{_between(before[name]):>24}{_between(after[name]):>24}{after[name].middle:10.3g}"
    for file, some in residuals.items():
        if some:
            yield ""
            yield f"{file:{WIDTH}}{'measured':>14}{'model':>14}{'off':>10}"
        for each in some:
            off = each.model / each.measured - 1.0
            yield f"{each.what:{WIDTH}}{each.measured:14.6g}{each.model:14.6g}{off:>+10.1%}"


def _doubts(residuals: Mapping[str, Sequence[Residual]], card: Range, line_gbps: float | None) -> Iterator[str]:
    """What nobody should believe: files that contradict what else is known, and cards that beat their wire."""
    for file, some in residuals.items():
        if any(not 1.0 / CONTRADICTED < each.model / each.measured < CONTRADICTED for each in some):
            yield (
                f"note: {file} is contradicted by the other files, or by what is known of such clusters: the ranges "
                "above do not hold for it. Is it of the same machines, devices a machine and transport?"
            )
    if line_gbps is not None and card.low > line_gbps:
        yield (
            f"note: a card carries {card.middle:.3g} Gb/s, {card.low:.3g} at the least, and by --line-gbps no more "
            f"than {line_gbps:g}. Are line rate, cards and devices of a machine those of the files?"
        )


def _between(range_: Range) -> str:
    return f"{range_.low:.3g} to {range_.high:.3g}"


def _model(text: str) -> str:
    try:
        return known_workload(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0.0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"expected a number of Gb/s above 0, got {text[:40]!r}")
    return value


def _parser() -> argparse.ArgumentParser:
    parser = Arguments(
        prog="paceline calibrate",
        description="Learn what a cluster's network does from steps on one machine and on several.",
    )
    parser.add_argument(
        "files",
        type=given_path,
        nargs="+",
        metavar="FILE",
        help="CSV of devices and throughput (samples/s), of devices and step_seconds (a step a line), or of operation, "
        "bytes, ranks, nodes and seconds (collectives by themselves); or what nccl-tests print, or write by -J",
    )
    parser.add_argument("--model", type=_model, help='what was trained: resnet50, "GPT-2 small", ...')
    parser.add_argument("--batch", type=count, metavar="N", help="samples of a device's mini-batch")
    parser.add_argument("--transport", choices=list(KINDS), required=True, help="what gradients travel by")
    parser.add_argument("--line-gbps", type=_rate, metavar="X", help="line rate of a machine's cards together (Gb/s)")
    parser.add_argument("--devices-per-node", type=count, metavar="N", help="devices of a machine (1)")
    parser.add_argument(
        "--nics", type=count, metavar="N", help="network cards of a machine (1; collectives alone: one a rank)"
    )
    parser.add_argument("--horovod", action="store_true", help="buckets go by Horovod's cycle, not by DDP's 25 MB")
    parser.add_argument(
        "--out",
        type=given_path,
        metavar="FILE",
        help="an option to write, mine/transport/ours.yaml, and with it mine/experiment/ours.yaml",
    )
    return parser
