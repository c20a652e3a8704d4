"""GPT-2 of any size."""

from __future__ import annotations

from sim.workloads.layers import Net
from sim.workloads.table import Table

WORDS, POSITIONS = 50_257, 1024


def gpt2(layers: int, width: int, heads: int, tokens: int) -> Table:
    """GPT-2, whose head shares the weights of the embedding (Radford et al. 2019).

    Parameters
    ----------
    layers
        Number of blocks, >= 1.
    width
        Of each, >= 1.
    heads
        Attention heads of each, >= 1.
    tokens
        Number of tokens of a sample, 1 to 1024.
    """
    net = Net()
    net.embedding("wte", WORDS, width)
    net.embedding("wpe", POSITIONS, width)
    for number in range(layers):
        name = f"h.{number}"
        net.norm(f"{name}.ln_1", width)
        net.linear(f"{name}.attn.c_attn", width, 3 * width, times=tokens)
        net.attend(tokens, width)
        net.keep_block(tokens, width, heads)
        net.linear(f"{name}.attn.c_proj", width, width, times=tokens)
        net.norm(f"{name}.ln_2", width)
        net.linear(f"{name}.mlp.c_fc", width, 4 * width, times=tokens)
        net.linear(f"{name}.mlp.c_proj", 4 * width, width, times=tokens)
    net.norm("ln_f", width)
    net.work(tokens * width * WORDS)
    # A mask of the embedding, inputs of the last norm and of the head, and logits in single precision (Korthikanti et
    # al. 2023, section 4.3).
    net.keep(2.0 * tokens * width, plain=tokens * (width + 4.0 * WORDS))
    return net.table()
