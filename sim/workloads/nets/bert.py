"""BERT's encoder."""

from __future__ import annotations

from sim.workloads.layers import Net
from sim.workloads.table import Table

#: Of the uncased models: words of the vocabulary, positions, and segments that a token may be in.
WORDS, POSITIONS, SEGMENTS = 30_522, 512, 2


def bert(layers: int, width: int, heads: int, tokens: int) -> Table:
    """A bidirectional encoder with its pooler (Devlin et al. 2019, section 3).

    The heads of pre-training are left out, as in the published number of parameters: predicting 15 % of the tokens
    adds about 4 % to the arithmetic.

    Parameters
    ----------
    layers
        Number of encoder layers, L.
    width
        Number of features of a token, H.
    heads
        Number of attention heads, A.
    tokens
        Number of tokens of a sample.
    """
    net = Net()
    net.embedding("embeddings.word", WORDS, width)
    net.embedding("embeddings.position", POSITIONS, width)
    net.embedding("embeddings.segment", SEGMENTS, width)
    net.norm("embeddings.norm", width)
    for number in range(layers):
        name = f"layer.{number}"
        for part in ("query", "key", "value"):
            net.linear(f"{name}.{part}", width, width, times=tokens)
        net.attend(tokens, width)
        net.keep_block(tokens, width, heads)
        net.linear(f"{name}.attention", width, width, times=tokens)
        net.norm(f"{name}.attention.norm", width)
        net.linear(f"{name}.intermediate", width, 4 * width, times=tokens)
        net.linear(f"{name}.output", 4 * width, width, times=tokens)
        net.norm(f"{name}.output.norm", width)
    net.linear("pooler", width, width)
    return net.table()
