"""Candidates that Optuna chooses, when it knows what came of those before."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from sim.config.error import ConfigError
from sim.config.space import Span, Values
from sim.streams import key
from sim.tune.plan import Candidate


class Study:
    """A search, which asks the same of anybody who answers the same.

    Parameters
    ----------
    spaces
        What each key has to choose from.
    seed
        Of the streams of randomness, >= 0.
    name
        Of this study, which sets its stream apart.
    figures
        How many a candidate is judged by, >= 1; of several, those that no other candidate is better in are wanted, and
        keys are seen together: that finds them sooner, and asks for their hypervolume once and not for every key.

    Raises
    ------
    ConfigError
        Where Optuna is not installed.
    """

    def __init__(self, spaces: Sequence[Values | Span], seed: int, name: str, figures: int = 1) -> None:
        try:
            import optuna  # type: ignore[import-not-found, unused-ignore]
        except ModuleNotFoundError as error:
            raise ConfigError(
                "--trials: optuna is not installed; pip install 'paceline[optuna]', or leave it out to try all values"
            ) from error
        optuna.logging.set_verbosity(optuna.logging.WARNING)
        number = int(key(seed, f"tune {name}")) % 2**32
        with warnings.catch_warnings():
            # Optuna calls keys that are seen together an experiment, in all versions of the extra
            warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            together = {"multivariate": True, "group": True} if figures > 1 else {}
            self._sampler: Any = optuna.samplers.TPESampler(seed=number, **together)
        self._blind: Any = optuna.samplers.RandomSampler(seed=number)
        self._study: Any = optuna.create_study(sampler=self._sampler, directions=["minimize"] * figures)
        self._spaces = spaces
        self._asked: Any = None

    def ask(self) -> Candidate:
        """The next candidate."""
        self._asked = self._study.ask()
        return tuple(self.beside(each) for each in self._spaces)

    def tell(self, *cost: float) -> None:
        """Say what the last candidate came to: finite numbers, of which less is better."""
        self._study.tell(self._asked, cost if len(cost) > 1 else cost[0])
        self._study.sampler = self._sampler

    def refuse(self) -> None:
        """Say that the last candidate has been asked before: the next is drawn blindly."""
        import optuna

        self._study.tell(self._asked, state=optuna.trial.TrialState.FAIL)
        self._study.sampler = self._blind

    def beside(self, space: Values | Span) -> str:
        """What the last candidate has of a key that only some have."""
        if isinstance(space, Values):
            return str(self._asked.suggest_categorical(space.key, list(space.words)))
        if space.whole:
            return space.word(self._asked.suggest_int(space.key, int(space.low), int(space.high), log=space.log))
        return space.word(self._asked.suggest_float(space.key, space.low, space.high, log=space.log))
