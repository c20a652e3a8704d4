"""A small language model."""

from __future__ import annotations

from dataclasses import dataclass

from sim.workloads.layers import Net
from sim.workloads.table import Table
from sim.workloads.tabulated import Tabulated
from topologies.ranges import check

LAYERS, WIDTH, INNER, WORDS = 6, 256, 768, 50_257


@dataclass
class GPTSmall(Tabulated):
    """A language model of 30.8 M parameters, six layers of Llama's kind with GPT-2's vocabulary.

    It is torchtitan's debugmodel of Llama 3 for 50 257 words; the head has weights of its own.

    Parameters
    ----------
    tokens
        Number of tokens of a sample, 1 to 2048.
    """

    source = "torchtitan, Llama 3 debugmodel; total of github:Adnan082, 30m-realvocab.toml @709108e7"

    tokens: int = 512

    def __post_init__(self) -> None:
        super().__post_init__()
        check("tokens", self.tokens, at_least=1, at_most=2048)

    def layers(self) -> Table:
        net, tokens = Net(), self.tokens
        net.embedding("tok_embeddings", WORDS, WIDTH)
        for number in range(LAYERS):
            name = f"layers.{number}"
            net.norm(f"{name}.attention_norm", WIDTH, bias=False)
            for part in ("wq", "wk", "wv"):
                net.linear(f"{name}.attention.{part}", WIDTH, WIDTH, times=tokens, bias=False)
            net.attend(tokens, WIDTH)
            net.linear(f"{name}.attention.wo", WIDTH, WIDTH, times=tokens, bias=False)
            net.norm(f"{name}.ffn_norm", WIDTH, bias=False)
            net.linear(f"{name}.feed_forward.w1", WIDTH, INNER, times=tokens, bias=False)
            net.linear(f"{name}.feed_forward.w3", WIDTH, INNER, times=tokens, bias=False)
            net.linear(f"{name}.feed_forward.w2", INNER, WIDTH, times=tokens, bias=False)
        net.norm("norm", WIDTH, bias=False)
        net.linear("output", WIDTH, WORDS, times=tokens, bias=False)
        return net.table()
