"""GPT-2 XL."""

from __future__ import annotations

from dataclasses import dataclass

from sim.workloads.layers import Net
from sim.workloads.table import Table
from sim.workloads.tabulated import Tabulated
from topologies.ranges import check

LAYERS, WIDTH, HEADS, WORDS, POSITIONS = 48, 1600, 25, 50_257, 1024


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
        net, tokens = Net(), self.tokens
        net.embedding("wte", WORDS, WIDTH)
        net.embedding("wpe", POSITIONS, WIDTH)
        for number in range(LAYERS):
            name = f"h.{number}"
            net.norm(f"{name}.ln_1", WIDTH)
            net.linear(f"{name}.attn.c_attn", WIDTH, 3 * WIDTH, times=tokens)
            net.attend(tokens, WIDTH)
            net.keep_block(tokens, WIDTH, HEADS)
            net.linear(f"{name}.attn.c_proj", WIDTH, WIDTH, times=tokens)
            net.norm(f"{name}.ln_2", WIDTH)
            net.linear(f"{name}.mlp.c_fc", WIDTH, 4 * WIDTH, times=tokens)
            net.linear(f"{name}.mlp.c_proj", 4 * WIDTH, WIDTH, times=tokens)
        net.norm("ln_f", WIDTH)
        net.work(tokens * WIDTH * WORDS)
        # A mask of the embedding, inputs of the last norm and of the head, and logits in single precision (Korthikanti
        # et al. 2023, section 4.3).
        net.keep(2.0 * tokens * WIDTH, plain=tokens * (WIDTH + 4.0 * WORDS))
        return net.table()
