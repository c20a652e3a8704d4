"""Keys of runs that a plan refuses, since something else says the same, or nothing asks for them."""

from __future__ import annotations

from collections.abc import Mapping

from sim.catalogue.machine import Machine
from sim.experiment import Experiment
from sim.planning.asked import Asked
from topologies.networks.gpu_pod import GPUPod

#: What says a key's value in its place.
FOLLOWS = {
    "workers": "follows from machines and count",
    "network.hosts": "follows from count",
    "network.machines": "follows from count",
}
#: Groups and keys of a run that a plan does not make, and why.
WITHOUT_EFFECT = {
    "until": "ends a run, and a plan goes on to its goal",
    "record": "is of a run's files, and a plan has its own",
    "seed": "is of a run, and a plan draws its possibilities from streams of its own",
    "replicas": "is of a run, and a plan has --draws",
    "sweep": "is of the files of a sweep, and a plan has plan.folder",
    "hydra": "is of the files of a run, and a plan has plan.folder",
}
#: What to do about a word that contradicts a machine.
_REMEDY = "leave it out, or leave out machines and describe one by its keys"


def key_of(word: str) -> str:
    """The key of a word: ``batch`` of ``+batch=32``."""
    return word.lstrip("+~").partition("=")[0]


def check_given(given: Mapping[str, str], asked: Asked) -> None:
    """Refuse keys that a plan has no use for, and ask for what it needs.

    Parameters
    ----------
    given
        Values of the run's words by key, as they were typed.
    asked
        The question.

    Raises
    ------
    ValueError
        In one line: key, value and remedy.
    """
    for key, value in given.items():
        root = key.replace("/", ".").partition(".")[0]
        why = FOLLOWS.get(key) or WITHOUT_EFFECT.get(root)
        if why is not None:
            raise ValueError(f"{key}: {value[:40] or 'nothing'} {why}; leave it out")
    if not given.get("workload"):
        raise ValueError("workload: what is to be trained? give workload=resnet50, or workload=file and its path")
    if "," in given["workload"]:
        raise ValueError(
            f"workload: {given['workload'][:60]} are several, and a plan is of one; give one, and ask again for others"
        )
    if not asked.machines and "device" not in given:
        raise ValueError(
            "machines: which may it be? give for example machines=p4d,p3 (paceline list machine has all), or say with "
            "device= and network= what one is"
        )


def check_machine(kind: Machine, given: Mapping[str, str]) -> None:
    """Refuse words that say of a machine what it is not.

    Parameters
    ----------
    kind
        The machine.
    given
        As in `check_given`.

    Raises
    ------
    ValueError
        In one line: key, value and remedy.
    """
    said = given.get("device", kind.device)
    if said != kind.device and not kind.device_file:
        raise ValueError(f"device: {said[:40]} contradicts machines={kind.name}, which has {kind.device}; {_REMEDY}")


def check_pod(kind: Machine, run: Experiment) -> None:
    """Refuse a network whose machines have another number of devices.

    Parameters
    ----------
    kind
        The machine.
    run
        A run on one of them.

    Raises
    ------
    ValueError
        In one line: key, value and remedy.
    """
    network = run.network
    if isinstance(network, GPUPod) and network.gpus_per_machine != kind.devices:
        raise ValueError(
            f"network.gpus_per_machine: {network.gpus_per_machine} contradicts machines={kind.name}, which has "
            f"{kind.devices}; {_REMEDY}"
        )
