"""Transformer-XL."""

from __future__ import annotations

from dataclasses import dataclass

from sim.workloads.layers import Net
from sim.workloads.table import Table
from sim.workloads.tabulated import Tabulated
from topologies.ranges import check

LAYERS, WIDTH, INNER = 18, 1024, 4096
#: Words of each cluster of the vocabulary of WikiText-103, the most frequent first, and the features of their vectors.
CLUSTERS = ((20_000, 1024), (20_000, 256), (160_000, 64), (67_735, 16))


@dataclass
class TransformerXL(Tabulated):
    """Transformer-XL large, of WikiText-103 (Dai et al. 2019), with a memory as long as the segment.

    These hyperparameters, the embedding's weights shared by the softmax and its projections but for the first, make
    285.2 M parameters, of which 246 M are in the layers; the paper says 257 M. Queries, keys and values are computed of
    the memory, too. Not counted is what depends on the words (the softmax of rare ones) or is done once for all samples
    of a batch (relative positions).

    Parameters
    ----------
    tokens
        Number of tokens of a sample, and of the memory before it, 1 to 4096.
    """

    source = "Dai et al. 2019, section 4.1; github:NVIDIA/DeepLearningExamples, Transformer-XL large"

    tokens: int = 384

    def __post_init__(self) -> None:
        super().__post_init__()
        check("tokens", self.tokens, at_least=1, at_most=4096)

    def layers(self) -> Table:
        net, tokens = Net(), self.tokens
        for number, (words, width) in enumerate(CLUSTERS):
            net.embedding(f"word_emb.{number}", words, width)
        for number, (_, width) in enumerate(CLUSTERS):
            net.linear(f"word_emb.proj.{number}", width, WIDTH, times=tokens if number == 0 else 0, bias=False)
        for number in range(LAYERS):
            _layer(net, f"layers.{number}", tokens)
        net.tensor("crit.cluster.weight", len(CLUSTERS) - 1, WIDTH)
        net.tensor("crit.cluster.bias", len(CLUSTERS) - 1)
        for number, (words, _) in enumerate(CLUSTERS):
            net.tensor(f"crit.bias.{number}", words)
        net.linear("crit.proj.0", WIDTH, WIDTH, times=tokens, bias=False)
        net.work(tokens * WIDTH * (CLUSTERS[0][0] + len(CLUSTERS) - 1))
        return net.table()


def _layer(net: Net, name: str, tokens: int) -> None:
    net.tensor(f"{name}.attn.r_w_bias", WIDTH)
    net.tensor(f"{name}.attn.r_r_bias", WIDTH)
    net.linear(f"{name}.attn.qkv", WIDTH, 3 * WIDTH, times=2 * tokens, bias=False)
    net.linear(f"{name}.attn.r", WIDTH, WIDTH, times=0, bias=False)
    net.attend(tokens, WIDTH, seen=2 * tokens)
    net.work(tokens * 2 * tokens * WIDTH)  # scores of relative positions
    net.linear(f"{name}.attn.o", WIDTH, WIDTH, times=tokens, bias=False)
    net.norm(f"{name}.attn.norm", WIDTH)
    net.linear(f"{name}.ff.1", WIDTH, INNER, times=tokens)
    net.linear(f"{name}.ff.2", INNER, WIDTH, times=tokens)
    net.norm(f"{name}.ff.norm", WIDTH)
