"""What is known of machines and transports before anything is bought."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

from sim.calibration.evidence import Evidence
from sim.calibration.fit import Calibration
from sim.calibration.own import evidence_of
from sim.calibration.step import simulated_step
from sim.calibration.tensors import workload_named
from sim.option_name import option_name
from sim.planning.computing import OWN, Computing, computing_of
from sim.planning.evidence import CALIBRATED, CLASS_PRIOR, GIVEN, MEASURED
from sim.planning.family import Family
from sim.planning.own import Own
from sim.transports import Transport as Option
from sim.transports.ena import ENA
from sim.transports.grpc import GRPC
from sim.transports.ideal import Ideal
from sim.transports.tcp import TCP
from sim.truth.scaling import digest
from sim.truth.table import Point, Table, Transport

#: How far gradients may be apart that are the same, and computing that is in one precision (ratios): a table does not
#: say in which it was.
_ALIKE, _ONE_PRECISION = 0.01, 1.4


class Job(NamedTuple):
    """What a family trains, as a table that its points are predicted for.

    Attributes
    ----------
    table
        The table; its anchor is what computing is known from.
    computing
        How well that is known.
    network
        The grade of what is known of the network.
    seen
        Ids of the public tables of such machines.
    """

    table: Table
    computing: Computing
    network: str
    seen: tuple[str, ...]


class Knowledge:
    """Posteriors of transports, and the tables that candidates are predicted from.

    Parameters
    ----------
    measured
        What a planner has measured, of one family of each machine.
    seed
        Of the samples, >= 0.
    """

    def __init__(self, measured: Sequence[Own] = (), seed: int = 0) -> None:
        self._measured = {each.family.machine.name: each for each in measured}
        self._seed = seed
        self._calibrations: dict[tuple[Transport, str], Calibration] = {}
        self._own: dict[str, Sequence[Table]] = {}
        self._jobs: dict[Family, Job] = {}

    @cached_property
    def _published(self) -> Sequence[Table]:
        return digest().tables

    def calibration(self, family: Family) -> Calibration:
        """What is possible of the transport of a family, after all measurements that are of it."""
        kind = kind_of(family.experiment.transport)
        key = kind, family.machine.name if self._is_measured(family, kind) else ""
        if key not in self._calibrations:
            published = [table for table in self._published if table.transport is kind]
            evidence = Evidence(kind, tuple((table, table.beyond()) for table in published))
            if key[1]:
                own = self._measured[key[1]]
                self._own[key[1]], evidence = evidence_of(table_of(own.family), own.files, published)
            self._calibrations[key] = Calibration(evidence, self._seed, simulated_step)
        return self._calibrations[key]

    def job(self, family: Family) -> Job:
        """What a family trains, from what is nearest to it: own measurements, public ones of such machines, figures."""
        if family not in self._jobs:
            self._jobs[family] = self._job(family)
        return self._jobs[family]

    def _job(self, family: Family) -> Job:
        calibration, kind = self.calibration(family), kind_of(family.experiment.transport)
        table, computing = table_of(family), computing_of(family.experiment)
        seen = self._seen(family, kind)
        grade = GIVEN if isinstance(family.experiment.transport, Ideal) else CLASS_PRIOR
        if self._is_measured(family, kind):
            grade = CALIBRATED
            own = max(self._own[family.machine.name], key=lambda one: len(one.points))
            table = replace(table, cluster=own.cluster, device=own.device)
            if any(point.nodes == 1 for file in self._measured[family.machine.name].files for point in file.points):
                computing = self._scaled(family, own)
                table = own if self._same(table, own) else _with_seconds(table, computing.seconds)
        elif seen:
            nearest = max(seen, key=lambda one: (self._same(table, one), len(one.points)))
            table = replace(table, cluster=nearest.cluster, device=nearest.device)
            if self._same(table, nearest):
                said = f"{nearest.id}: {nearest.anchor} ({nearest.source})" if nearest.anchor else nearest.id
                table, computing = nearest, computing._replace(seconds=nearest.seconds, said=said)
        assert table.site in calibration.sites or grade != CALIBRATED, "own measurements are learned from"
        return Job(table, computing, grade, tuple(one.id for one in seen))

    def grade(self, family: Family, count: int) -> str:
        """What the throughput of so many machines stands on."""
        devices, own = count * family.machine.devices, self._measured.get(family.machine.name)
        if own is not None and own.family is family:
            points = [point for file in own.files for point in file.points]
            if any((point.devices, point.nodes) == (devices, count) for point in points):
                return MEASURED
        return self.job(family).network

    def said(self) -> Iterator[str]:
        """Of which of several families measurements have been taken to be, in words."""
        for own in self._measured.values():
            if own.several:
                run, name = own.family.experiment, own.family.machine.name
                files = ", ".join(file.file for file in own.files)
                yield (
                    f"{files} is taken to be of {name} with batch={run.batch} and "
                    f"workload.precision={getattr(run.workload, 'precision', '')}, whose figures are the nearest; give "
                    "these two where it is of others"
                )

    def _is_measured(self, family: Family, kind: Transport) -> bool:
        own = self._measured.get(family.machine.name)
        return own is not None and kind_of(own.family.experiment.transport) is kind

    def _scaled(self, family: Family, own: Table) -> Computing:
        """Computing as it was measured; of another batch or precision by the ratio that figures have."""
        first = self._measured[family.machine.name].family
        own_seconds, usual, other = own.seconds, computing_of(first.experiment), computing_of(family.experiment)
        ratio = other.seconds / usual.seconds
        spread = OWN if math.isclose(ratio, 1.0) else math.hypot(OWN, min(other.spread, usual.spread))
        grade = MEASURED if math.isclose(ratio, 1.0) else CALIBRATED
        return Computing(own_seconds * ratio, spread, grade, f"measured on one machine ({own.id})")

    def _seen(self, family: Family, kind: Transport) -> list[Table]:
        """Public tables of such machines."""
        name, elastic = _plain(family.machine.name), isinstance(family.experiment.transport, ENA)
        return [
            table
            for table in self._published
            if table.transport is kind and table.elastic == elastic and name in _plain(table.device)
        ]

    @staticmethod
    def _same(table: Table, other: Table) -> bool:
        """Whether two tables are of one job."""
        return (
            workload_named(table.model) == workload_named(other.model)
            and abs(table.gradient_bytes / other.gradient_bytes - 1.0) < _ALIKE
            and 1.0 / _ONE_PRECISION < table.seconds / other.seconds < _ONE_PRECISION
            and (table.units, table.nics, table.tensors) == (other.units, other.nics, None)
            and math.isclose(table.line_gbps or math.inf, other.line_gbps or math.inf)
        )


def kind_of(transport: Option) -> Transport:
    """The class of published tables that a transport is of."""
    if isinstance(transport, GRPC):
        return Transport.grpc_ps
    return Transport.tcp if isinstance(transport, TCP) else Transport.rdma


def table_of(family: Family) -> Table:
    """What a family trains, its anchor by the figures of the device alone."""
    run, (cards, rate) = family.experiment, family.cards
    tensors = tuple(run.workload.message_tensors(run.problem))
    seconds = computing_of(run).seconds
    named = workload_named(option_name(run.workload))
    return Table(
        id=family.machine.name,
        cluster="yours",
        device=family.machine.name,
        transport=kind_of(run.transport),
        elastic=isinstance(run.transport, ENA),
        method="all-reduce",
        model=option_name(run.workload),
        gradient_bytes=math.fsum(tensor.nbytes for tensor in tensors),
        largest_bytes=None,
        line_gbps=None if math.isinf(rate) else cards * rate * 8e-9,
        nics=family.nics,
        units=run.batch,
        points=(Point(1, 1, run.batch / seconds, None, 1),),
        source="",
        tensors=None if named else tensors,
    )


def _with_seconds(table: Table, seconds: float) -> Table:
    return replace(table, points=(Point(1, 1, table.units / seconds, None, 1),))


def _plain(name: str) -> str:
    return "".join(filter(str.isalnum, name.lower()))
