"""How a parameter server and the workers are arranged."""

from __future__ import annotations

from enum import StrEnum


class Arrangement(StrEnum):
    """Rudra's server arrangements (Gupta et al. 2016, section 3): they change when things happen, not the algorithm.

    flat: every worker talks to the server (Rudra-base). tree: through aggregators, which add up gradients on their way
    to the server and pass weights on to the workers (Rudra-adv). overlapped_tree: besides, workers compute without
    waiting for a push or new weights, which are broadcast among the workers (Rudra-adv*).
    """

    flat = "flat"
    tree = "tree"
    overlapped_tree = "overlapped_tree"
