"""BERT-base."""

from __future__ import annotations

from dataclasses import dataclass

from sim.workloads.nets.bert import POSITIONS, bert
from sim.workloads.table import Table
from sim.workloads.tabulated import Tabulated
from topologies.ranges import check


@dataclass
class BERTBase(Tabulated):
    """BERT-base, uncased: the encoder with its pooler (Devlin et al. 2019).

    Parameters
    ----------
    tokens
        Number of tokens of a sample, 1 to 512.
    """

    source = "Devlin et al. 2019, section 3; total of BertModel in Hugging Face transformers"

    tokens: int = 128

    def __post_init__(self) -> None:
        super().__post_init__()
        check("tokens", self.tokens, at_least=1, at_most=POSITIONS)

    def layers(self) -> Table:
        return bert(12, 768, 12, self.tokens)
