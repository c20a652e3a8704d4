"""Which faults an experiment can be simulated with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.connections.batches.connect import Batches
from sim.connections.centres.connect import Centres
from sim.connections.group.connect import Collectives
from sim.connections.server.connect import ParameterServer
from sim.option_name import option_name
from sim.server import Arrangement
from topologies.field_error import FieldError, of_group

if TYPE_CHECKING:
    from sim.cluster.blueprint import Blueprint


def check_faults(blueprint: Blueprint) -> None:
    """Refuse faults that concern nobody, and what they are not simulated with.

    Raises
    ------
    FieldError
        Which names the full key.
    """
    experiment, faults = blueprint.experiment, blueprint.experiment.faults
    with of_group("faults"):
        faults.check(blueprint.fleet(experiment.seed))
    server = blueprint.connection(ParameterServer)
    config = experiment.server
    if server is not None and (config.arrangement is not Arrangement.flat or config.local_sum):
        key = "server.local_sum" if config.local_sum else "server.arrangement"
        raise FieldError(
            key,
            "puts aggregators between workers and server, and what they do when somebody fails is not simulated; use "
            "a flat server without local sums, or faults=none",
            full=True,
        )
    if isinstance(server, Batches | Centres) and (faults.server_crash.active or experiment.checkpoint.active):
        key = "faults.server_crash.rate_per_hour" if faults.server_crash.active else "checkpoint"
        raise FieldError(
            key,
            f"is not simulated of the server of protocol={option_name(experiment.protocol)}; leave it away, or use "
            "another protocol",
            full=True,
        )
    if faults.server_crash.active and server is None:
        raise FieldError(
            "faults.server_crash.rate_per_hour",
            f"is of shards of a server, and protocol={option_name(experiment.protocol)} has none; give 0",
            full=True,
        )
    if experiment.checkpoint.active and server is None and blueprint.connection(Collectives) is None:
        raise FieldError(
            "checkpoint",
            f"is of a server's model or of one that all workers have; with protocol={option_name(experiment.protocol)} "
            "who comes back is given the model of another worker: set neither checkpoint.every_seconds nor "
            "checkpoint.every_updates",
            full=True,
        )
