"""What a planner says that would change nothing: it is refused, so that nobody believes it has been heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sim.efficiency.batch_law import Entry
from sim.experiment import Experiment
from sim.lr_schedules.constant import Constant
from sim.option_name import option_name
from sim.partitions.shared import Shared
from sim.planning.asked import Asked
from sim.planning.engine import has_servers
from sim.planning.family import Family
from sim.planning.given import key_of
from sim.planning.knowledge import kind_of
from sim.planning.penalty import is_penalised
from sim.problems.none import NoProblem
from sim.truth.table import Transport
from sim.workloads.native import Native


def check_effects(asked: Asked, found: Sequence[Family], table: Sequence[Entry] | None) -> None:
    """Refuse words without an effect on any candidate.

    Parameters
    ----------
    asked
        The question.
    found
        The families of its candidates.
    table
        Samples to the goal by batch; None: none is given.

    Raises
    ------
    ValueError
        In one line: key, value and remedy.
    """
    if table is not None and asked.goal.accuracy is None:
        raise ValueError("--table: says how many samples an accuracy takes, and none is asked; give goal.accuracy")
    if asked.flows is not None:
        _check_flows(asked, found)
    _check_failures(asked, found)
    _check_words(asked, found)
    _check_alike(asked, found)


def _check_flows(asked: Asked, found: Sequence[Family]) -> None:
    flows = asked.flows
    if max(asked.counts) == 1:
        raise ValueError(
            f"flows: {flows} flows of a card that one machine does not use; leave it out, or give count=1..8"
        )
    used = [family.experiment.transport for family in found]
    tcp = [transport for transport in used if kind_of(transport) is Transport.tcp]
    if not tcp:
        names = ", ".join(dict.fromkeys(option_name(transport) for transport in used))
        raise ValueError(
            f"flows: {flows} flows share a card with transport=tcp or ena, and not with {names}; leave it out"
        )
    usual = [type(transport)() for transport in tcp]
    if all(
        (one.nic_cap_gbps, one.flow_cap_gbps) != (other.nic_cap_gbps, other.flow_cap_gbps)
        for one, other in zip(tcp, usual, strict=True)
    ):
        raise ValueError(
            f"flows: {flows} flows of a card whose rate transport.nic_cap_gbps or flow_cap_gbps says; give one of them"
        )


def _check_failures(asked: Asked, found: Sequence[Family]) -> None:
    if asked.spot_price is not None and not any(family.faults.elastic.active for family in found):
        raise ValueError(
            f"plan.spot_price: {asked.spot_price:g} of no spot worker; give faults.elastic.rate_per_hour, how often "
            "one is taken back"
        )
    if any(family.faults.active or family.checkpoint.active for family in found):
        return
    for word in asked.words:
        if key_of(word).partition(".")[0] in ("faults", "checkpoint") and word.partition("=")[2] != "none":
            raise ValueError(f"{key_of(word)}: is of failures, and there are none; give faults.crash.rate_per_hour")


def _check_words(asked: Asked, found: Sequence[Family]) -> None:
    """Refuse words of what no candidate has, or of what is learned where no proxy is raced."""
    raced = asked.goal.learns and any(is_penalised(family.experiment) for family in found)
    tabulated = not any(isinstance(family.experiment.workload, Native) for family in found)
    served = any(has_servers(family) for family in found)
    formula = all(family.beyond_formula is None for family in found)
    for word in asked.words:
        key, value = key_of(word), word.partition("=")[2]
        root = key.partition(".")[0]
        why = ""
        if root == "problem" and tabulated:
            why = "is learned with workload=native, and this one has gradients of its own"
        elif not raced and (key == "optimizer.lr" or root in ("lr_schedule", "partition")):
            why = "decides what is learned, and nothing that is asked depends on that"
        elif root == "server" and not served:
            why = "is of parameter servers, and no protocol that is tried has any"
        elif root == "start" and formula:
            why = "is of workers that do not begin a step together, and these do"
        if why:
            raise ValueError(f"{key}: {value[:40] or 'nothing'} {why}; leave it out")


def _check_alike(asked: Asked, found: Sequence[Family]) -> None:
    """Of what is swept each value is another candidate."""
    seen: dict[tuple[str, str], Family] = {}
    for family in found:
        run = _decisive(family, asked)
        other = seen.setdefault((family.machine.name, repr(run)), family)
        if other is family or _decisive(other, asked) != run:
            continue
        differ = [word for word in family.varied if word not in other.varied]
        if not differ:
            raise ValueError(f"{' '.join(family.varied) or family.machine.name}: is there twice; give each value once")
        raise ValueError(
            f"{key_of(differ[0])}: {differ[0].partition('=')[2]} makes the same candidate as "
            f"{' '.join(word for word in other.varied if word not in family.varied) or 'its default'}; give one value"
        )


def _decisive(family: Family, asked: Asked) -> Experiment:
    """A run on one machine without what decides what is learned, where nothing asks for that."""
    run = family.failing(1)
    if asked.goal.learns and is_penalised(run):
        return run
    problem = run.problem if isinstance(run.workload, Native) else NoProblem()
    return replace(run, problem=problem, partition=Shared(), lr_schedule=Constant())
