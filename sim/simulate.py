"""The library's front door: one experiment in, one result out."""

from __future__ import annotations

import time

from kernels.declared import Declared
from sim.cluster.blueprint import Blueprint
from sim.cluster.clockwork import clockwork
from sim.cluster.cluster import Cluster
from sim.cluster.mortal import MortalCluster
from sim.cluster.outcome import outcome_of
from sim.cluster.recording import Recordings
from sim.cluster.rerun import recording_of, run_again
from sim.experiment import Experiment
from sim.garbage import seldom_collected
from sim.measuring.recorder import Progress
from sim.results.notices import notices
from sim.results.replication import Replication
from sim.results.result import Result
from sim.results.summarise import summarise


def simulate(
    experiment: Experiment | Blueprint, progress: Progress | None = None, recordings: Recordings | None = None
) -> Result:
    """Simulate a cluster that learns.

    Parameters
    ----------
    experiment
        Everything that the run is determined by.
    progress
        Called now and then with the virtual seconds and the share of the run that are done.
    recordings
        Runs that are kept, of which one on the same clock is used where there is one, and to which this one is added;
        the result is the same. None: this run is by itself.

    Returns
    -------
    Result
        Of one seed; with several replicas the mean summary and everybody's evaluations.

    Raises
    ------
    ValueError
        Before anything is simulated, where parts of the experiment do not fit together: a network with too few hosts,
        a target that the problem does not measure, more models than the memory holds.

    Examples
    --------
    >>> from sim.experiment import Experiment
    >>> from sim.simulate import simulate
    >>> from sim.until import Until
    >>> result = simulate(Experiment(workers=4, until=Until(updates=200)))
    >>> result.summary.updates
    200
    """
    blueprint = experiment if isinstance(experiment, Blueprint) else Blueprint(experiment)
    experiment = blueprint.experiment
    replication = Replication(experiment)
    told = None if progress is None else _of_all(replication, progress)
    while replication.goes_on():
        replication.add(_simulate_seed(blueprint, replication.seed, told, recordings))
    result = replication.result()
    result.notices = [*notices(blueprint, result), *replication.notices()]
    return result


def _of_all(replication: Replication, progress: Progress) -> Progress:
    """Tell of all replicas what is done of one."""

    def told(seconds: float, share: float) -> None:
        progress(seconds, replication.share(share))

    return told


def _simulate_seed(blueprint: Blueprint, seed: int, progress: Progress | None, recordings: Recordings | None) -> Result:
    began = _seconds_of_running()
    with seldom_collected():
        outcome = None if recordings is None or blueprint.mortal else run_again(blueprint, seed, recordings, progress)
        if outcome is not None:
            return summarise(outcome, wall_seconds=_seconds_of_running() - began)
        if blueprint.mortal:
            cluster: Cluster = MortalCluster(blueprint, seed, progress)
        else:
            cluster = Cluster(blueprint, seed, progress, keep=recordings is not None)
        cluster.run()
    outcome = outcome_of(cluster)
    if recordings is not None and not blueprint.mortal:
        recording = recording_of(cluster, outcome.clock)
        if recording is not None:
            recordings.keep(clockwork(blueprint, seed), recording)
    result = summarise(outcome, wall_seconds=_seconds_of_running() - began)
    cluster.tape.release()  # a cluster is full of cycles: who knows when Python looks for it
    return result


def _seconds_of_running() -> float:
    """A clock that stands still while kernels are compiled or loaded."""
    return time.perf_counter() - Declared.seconds
