"""Samples of a distribution of which only the density is known, up to a factor."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.calibration.numbers import Numbers

#: How often a chain jumps by the whole distance between two others, from one mode to another.
WHOLE_JUMPS = 0.1
#: Size of the small scatter about a proposal, as a share of the chains' own.
SCATTER = 1e-3


def differential_evolution(
    log_density: Callable[[Numbers], Numbers], begin: Numbers, steps: int, generator: np.random.Generator
) -> Numbers:
    """Let chains walk until they are samples: differential evolution Markov chains [1]_.

    A chain proposes to move by a multiple of the difference between two others, so that steps have the distribution's
    own shape, whatever it is: tails on one side, ridges, bounds. No covariance has to be given, and none is at a
    maximum. Chains are moved in halves, each by the other's differences, so that all of a half move at once and
    detailed balance holds (as in Foreman-Mackey et al. 2013, section 3).

    Parameters
    ----------
    log_density
        Of vectors (shape (vectors, unknowns)), up to a constant, as a logarithm (shape (vectors,)).
    begin
        Where the chains begin, apart from each other (shape (chains, unknowns)), an even number of at least 8.
    steps
        How often each is moved, >= 1; the first half of that is forgotten.
    generator
        Of all draws.

    Returns
    -------
    NDArray
        What the chains have been through in the second half (shape (samples, unknowns)), every tenth of it.

    References
    ----------
    .. [1] C. J. F. ter Braak, "A Markov chain Monte Carlo version of the genetic algorithm differential evolution",
       Statistics and Computing 16 (2006), algorithm 1.
    """
    chains, unknowns = begin.shape
    here, half, kept = begin.copy(), chains // 2, []
    density = log_density(here)
    usual = 2.38 / np.sqrt(2.0 * unknowns)
    for step in range(steps):
        for low, others in ((0, here[half:]), (half, here[:half])):
            mine = slice(low, low + half)
            some, shift = generator.integers(0, half, half), generator.integers(1, half, half)
            difference = others[some] - others[(some + shift) % half]
            jump = np.where(generator.random(half) < WHOLE_JUMPS, 1.0, usual)[:, None]
            scatter = SCATTER * others.std(axis=0) * generator.standard_normal((half, unknowns))
            there = here[mine] + jump * difference + scatter
            density_there = log_density(there)
            moves = np.log(generator.random(half)) < density_there - density[mine]
            here[mine][moves] = there[moves]
            density[mine][moves] = density_there[moves]
        if step >= steps // 2 and step % 10 == 0:
            kept.append(here.copy())
    return np.concatenate(kept)
