"""The names of options."""

from __future__ import annotations


def option_name(option: object) -> str:
    """The name of an option as the user writes it: the module that its class is in.

    Examples
    --------
    >>> from sim.optimizers.sgd import SGD
    >>> option_name(SGD())
    'sgd'
    """
    return type(option).__module__.rpartition(".")[2]
