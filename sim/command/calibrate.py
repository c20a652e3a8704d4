"""``paceline calibrate FILE``: what measurements of one's own say of a cluster, and an option to simulate it with."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from typing import NamedTuple

from sim.arguments import Arguments, count, refused
from sim.calibration.own import TOLD, Learned, Range, learn
from sim.calibration.points import read_points
from sim.calibration.tensors import gradient_of, workloads
from sim.given_path import given_path
from sim.printable import printable
from sim.truth.read import digest
from sim.truth.table import Table, Transport


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
    """

    transport: Transport
    elastic: bool
    method: str


#: Of the first column of what is printed (characters).
WIDTH = 66
#: By the name of the option of transport.
KINDS = {
    "rdma": Kind(Transport.rdma, False, "all-reduce"),
    "tcp": Kind(Transport.tcp, False, "all-reduce"),
    "ena": Kind(Transport.tcp, True, "all-reduce"),
    "grpc": Kind(Transport.grpc_ps, False, "parameter server"),
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
        if options.out is not None and options.out.exists():
            raise ValueError(f"--out: {options.out} is there already; give another name, or remove it")
        learned = learn(_table(options), digest().tables)
        for line in _lines(learned):
            print(printable(line))
        if options.out is not None:
            options.out.parent.mkdir(parents=True, exist_ok=True)
            options.out.write_text("".join(f"{line}\n" for line in _option(learned, options)))
            print(printable(f"written: {options.out}"))
    except (ValueError, OSError) as error:
        return refused("calibrate", error)
    return 0


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
        nics=options.nics,
        units=options.batch,
        points=read_points(options.file, options.devices_per_node),
        source=str(options.file),
    )


def _lines(learned: Learned) -> Iterator[str]:
    yield f"{'':{WIDTH}}{'believed, 80 %':>24}{'now, 80 %':>24}{'median':>10}"
    for name, (what, unit) in TOLD.items():
        before, after = learned.before[name], learned.after[name]
        said = f"{name}: {what}{f' ({unit})' if unit else ''}"
        yield f"{said:{WIDTH}}{_between(before):>24}{_between(after):>24}{after.middle:10.3g}"
    yield ""
    yield f"{'devices':>8}{'machines':>10}{'measured':>12}{'model':>12}{'off':>8}"
    for point, predicted in zip(learned.points, learned.predicted, strict=True):
        off = predicted / point.throughput - 1.0
        yield f"{point.devices:8}{point.nodes:10}{point.throughput:12.6g}{predicted:12.6g}{off:+8.1%}"


def _between(range_: Range) -> str:
    return f"{range_.low:.3g} to {range_.high:.3g}"


def _option(learned: Learned, options: argparse.Namespace) -> Iterator[str]:
    """An option of transport, as YAML."""

    def said(name: str) -> str:
        return f"80 %: {_between(learned.after[name])}"

    now = learned.after
    yield f"# {options.transport}, as measured: {options.file.name}, by paceline calibrate"
    yield "defaults:"
    yield f"  - /schema/transport/{options.transport}@_here_"
    yield ""
    yield "efficiency: 1.0  # in nic_cap_gbps"
    yield "flow_cap_gbps: null  # in nic_cap_gbps"
    yield f"nic_cap_gbps: {now['card'].middle:.4g}  # {said('card')}"
    yield f"overhead_seconds: {now['latency'].middle:.3e}  # {said('latency')}"
    yield f"interference: {now['interference'].middle:.3g}  # {said('interference')}"
    yield "overlap: true"


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
        description="Learn what a cluster's network does from throughputs on one machine and on several.",
    )
    parser.add_argument("file", type=given_path, metavar="FILE", help="CSV of devices, throughput (samples/s)")
    parser.add_argument("--model", choices=workloads(), required=True, help="the workload that was trained")
    parser.add_argument("--batch", type=count, required=True, metavar="N", help="samples of a device's mini-batch")
    parser.add_argument("--transport", choices=list(KINDS), required=True, help="what gradients travel by")
    parser.add_argument(
        "--line-gbps", type=_rate, required=True, metavar="X", help="line rate of a machine's cards together (Gb/s)"
    )
    parser.add_argument("--devices-per-node", type=count, default=1, metavar="N", help="devices of a machine (1)")
    parser.add_argument("--nics", type=count, default=1, metavar="N", help="network cards of a machine (1)")
    parser.add_argument("--horovod", action="store_true", help="buckets go by Horovod's cycle, not by DDP's 25 MB")
    parser.add_argument("--out", type=given_path, metavar="FILE", help="an option to write: mine/transport/ours.yaml")
    return parser
