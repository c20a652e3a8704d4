"""The mixing of every round of a run: the same each time, periodic, or drawn anew."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from topologies.mixing import Mixing, Stochastic, spectral_gap

#: The most ranks of which matrices are written out in full: singular values and eigenvalues take tenths of a second.
DENSE = 256
#: The most ranks, and restarts, of the Lanczos method, which then takes seconds at the most.
MANY, RESTARTS = 20_000, 100
#: How exact it is: far above rounding, far below any difference that matters.
EXACT = 1e-10


class Rounds(ABC):
    """Who mixes what with whom in round 0, 1, 2, ...

    Attributes
    ----------
    stochastic : Stochastic
        ``doubly`` where every round's matrix is.
    """

    stochastic: Stochastic

    @abstractmethod
    def at(self, number: int) -> Mixing:
        """The mixing of one round, for which every rank asks once."""

    @abstractmethod
    def spectral_gap(self) -> float | None:
        """How fast the models come together, 0 to 1, no unit; None where that would take too long to compute."""


class Periodic(Rounds):
    """Rounds that repeat; those of a graph that never changes have the period 1.

    Parameters
    ----------
    period
        The mixing of every round until they begin again.
    """

    def __init__(self, period: Sequence[Mixing]) -> None:
        self._period = period
        balanced = all(mixing.stochastic is Stochastic.doubly for mixing in period)
        self.stochastic = Stochastic.doubly if balanced else Stochastic.column

    def at(self, number: int) -> Mixing:
        return self._period[number % len(self._period)]

    def spectral_gap(self) -> float | None:
        """The gap of the product of the mixing matrices of one period.

        Of doubly stochastic ones 1 minus the largest singular value of the product less ``J``: one period multiplies
        the distance of all models to their mean by at most ``1 - gap`` (see `topologies.mixing.spectral_gap`). Of
        others 1 minus the second largest eigenvalue modulus, with which push-sum converges in the end.

        Circulant matrices (ring, complete and exponential graphs) have it by a Fourier transform, whatever their size.
        Others are written out up to `DENSE` ranks; of more, up to `MANY`, it is found by the Lanczos method, if that
        converges and the matrices are doubly stochastic.
        """
        circulants = [mixing.eigenvalues_of_circulant() for mixing in self._period]
        eigenvalues = [each for each in circulants if each is not None]
        if len(eigenvalues) == len(circulants):
            product: NDArray[np.complex128] = np.prod(eigenvalues, axis=0)
            return float(1.0 - np.abs(product[1:]).max(initial=0.0))
        ranks = len(self._period[0].columns)
        if ranks > DENSE:
            found = ranks <= MANY and self.stochastic is Stochastic.doubly
            return _lanczos_gap(self._period) if found else None
        matrix = reduce(lambda before, mixing: mixing.matrix() @ before, self._period[1:], self._period[0].matrix())
        if self.stochastic is Stochastic.doubly:
            return spectral_gap(matrix)
        return float(1.0 - np.sort(np.abs(np.linalg.eigvals(matrix)))[-2])


class ExactAverage(Periodic):
    """Rounds that repeat, and whose product is the exact average by construction.

    Parameters
    ----------
    period
        The mixing of every round until they begin again.
    """

    def spectral_gap(self) -> float:
        """1: one period brings all models together, whatever rounding makes of their product."""
        return 1.0


def _lanczos_gap(period: Sequence[Mixing]) -> float | None:
    """1 minus the largest singular value of ``B = W_T ... W_1 - J``, the root of the largest eigenvalue of ``B^T B``.

    None where the Lanczos method does not find it in reasonable time: eigenvalues may be too close to each other.
    """
    from scipy.sparse import csc_array  # neither is needed but here
    from scipy.sparse.linalg import ArpackNoConvergence, LinearOperator, eigsh

    ranks = len(period[0].columns)
    matrices = []
    for mixing in period:
        ends = np.cumsum([0, *map(len, mixing.columns)])
        rows = [rank for column in mixing.columns for rank in column]
        shares = [share for column in mixing.columns for share in column.values()]
        matrices.append(csc_array((shares, rows, ends), shape=(ranks, ranks)))

    def there_and_back(x: NDArray[np.float64]) -> NDArray[np.float64]:
        x = x.ravel() - x.mean()  # J commutes with each of them
        for matrix in [*matrices, *(matrix.T for matrix in reversed(matrices))]:
            x = matrix @ x
        centred: NDArray[np.float64] = x - x.mean()
        return centred

    try:
        operator = LinearOperator((ranks, ranks), there_and_back, dtype=np.float64)
        start = np.sin(np.arange(1.0, ranks + 1.0) ** 2)  # any that no pattern of a graph is orthogonal to
        square = eigsh(operator, 1, which="LA", v0=start, maxiter=RESTARTS, tol=EXACT, return_eigenvectors=False)
    except ArpackNoConvergence:
        return None
    return float(1.0 - np.sqrt(max(0.0, square[0])))
