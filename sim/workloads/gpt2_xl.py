"""GPT-2 XL."""

from __future__ import annotations

from dataclasses import dataclass

from sim.workloads.nets.gpt2 import POSITIONS, gpt2
from sim.workloads.table import Table
from sim.workloads.tabulated import Tabulated
from topologies.ranges import check


@dataclass
class GPT2XL(Tabulated):
    """GPT-2 XL, 48 layers (Radford et al. 2019), whose head shares the weights of the embedding.

    Parameters
    ----------
    tokens
        Number of tokens of a sample, 1 to 1024.
    """

    source = "Radford et al. 2019, Table 2; total of gpt2-xl in Hugging Face transformers"

    tokens: int = POSITIONS

    def __post_init__(self) -> None:
        super().__post_init__()
        check("tokens", self.tokens, at_least=1, at_most=POSITIONS)

    def layers(self) -> Table:
        return gpt2(48, 1600, 25, self.tokens)
