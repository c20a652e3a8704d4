"""The executor of what a cluster learns."""

from __future__ import annotations

import os

from sim.cluster.blueprint import Blueprint
from sim.cluster.lesson import Lesson
from sim.streams import draw_key, key, stream
from sim.tape.player import Player
from sim.tape.unions import UNION

#: More threads than this would wait for what one records.
MOST_THREADS = 4


def player_of(blueprint: Blueprint, seed: int, lesson: Lesson, slots: int) -> Player:
    """Make the executor for a seed.

    Parameters
    ----------
    blueprint
        Of the cluster.
    seed
        Number of the seed that it runs with.
    lesson
        What it learns.
    slots
        Number of parameter rows to begin with.
    """
    experiment, portions = blueprint.experiment, blueprint.portions
    player = Player(
        lesson.task,
        lesson.local_data,
        key(seed, "batch"),
        replacement=experiment.partition.replacement and not portions,
        batch=largest_batch(blueprint),
        union=UNION,
        slots=slots,
        regions=blueprint.regions,
        threads=min(MOST_THREADS, len(os.sched_getaffinity(0))),
    )
    player.direction = draw_key(stream(seed, "curvature"))
    return player


def largest_batch(blueprint: Blueprint) -> int:
    """Samples of the largest gradient."""
    return max([blueprint.experiment.samples_per_gradient, *blueprint.portions])
