"""The vocabulary that models are written in: layers, each of which adds its tensors to a table."""

from __future__ import annotations

from typing import NamedTuple

from sim.workloads.table import Activations, Row, Table

#: A multiply-add is two (FLOP).
MULTIPLY_ADD = 2.0


class Maps(NamedTuple):
    """What images are between two layers.

    Attributes
    ----------
    channels
        Number of feature maps, >= 1.
    height
        Of each (pixels).
    width
        Of each (pixels).
    """

    channels: int
    height: int
    width: int

    @property
    def size(self) -> int:
        """Number of elements of all maps: the inputs of a layer that takes them as a vector."""
        return self.channels * self.height * self.width


def pooled(x: Maps, kernel: int, stride: int, padding: int = 0) -> Maps:
    """The maps behind a layer of pooling, which has no tensors.

    Parameters
    ----------
    x
        The maps before it.
    kernel, stride, padding
        Side of a window, step to the next one, and width of the border (pixels).
    """
    return Maps(x.channels, _extent(x.height, kernel, stride, padding), _extent(x.width, kernel, stride, padding))


def joined(*branches: Maps) -> Maps:
    """The maps of several branches, of one size, one after the other."""
    return Maps(sum(x.channels for x in branches), branches[0].height, branches[0].width)


def _extent(extent: int, kernel: int, stride: int, padding: int) -> int:
    return (extent + 2 * padding - kernel) // stride + 1


class Net:
    """A model under construction, from its first layer to its last.

    Examples
    --------
    >>> net = Net()
    >>> x = net.conv("conv", Maps(3, 8, 8), 16, 3)
    >>> net.linear("fc", x.size, 10)
    >>> net.table().parameters == 3 * 16 * 9 + 2 * 16 + 16 * 64 * 10 + 10
    True
    """

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._kept: Activations | None = None
        self._seen: list[Maps] = []

    def table(self) -> Table:
        """All tensors so far."""
        return Table(tuple(self._rows), activations=self._kept)

    def keep(self, elements: float, plain: float = 0.0) -> None:
        """Add what a sample keeps for the backward pass (number of elements, and B); see `Activations`."""
        before = self._kept or Activations(0.0)
        self._kept = Activations(before.elements + elements, before.plain + plain)

    def keep_block(self, tokens: int, width: int, heads: int) -> None:
        """Add what a sample keeps of a layer of a transformer with dropout.

        Of s tokens with h features and a heads: ``s h (34 + 5 a s / h)`` bytes in half precision, of which
        ``s h (2 + a s / h)`` are masks [1]_. Scores of all pairs are kept: attention that makes them anew keeps
        ``34 s h``.

        Parameters
        ----------
        tokens, width, heads
            Number of tokens, of their features and of heads.

        References
        ----------
        .. [1] V. Korthikanti et al., "Reducing activation recomputation in large transformer models", MLSys 2023,
           equation 2.
        """
        each, pairs = tokens * width, heads * tokens * tokens
        self.keep(16.0 * each + 2.0 * pairs, plain=2.0 * each + pairs)

    def tensor(self, name: str, *shape: int, multiply_adds: float = 0.0) -> None:
        """Add a tensor of the given shape, with the multiply-adds of one sample that it takes part in (count)."""
        self._rows.append(Row(name, shape, MULTIPLY_ADD * multiply_adds))

    def work(self, multiply_adds: float) -> None:
        """Add arithmetic without a tensor of its own (multiply-adds of one sample, count).

        It belongs to the last tensor: the backward pass comes back through it before that one's gradient is complete.
        """
        last = self._rows[-1]
        self._rows[-1] = last._replace(flops=last.flops + MULTIPLY_ADD * multiply_adds)

    def conv(
        self,
        name: str,
        x: Maps,
        channels: int,
        kernel: int | tuple[int, int],
        *,
        stride: int = 1,
        padding: int | None = None,
        norm: bool = True,
    ) -> Maps:
        """Add a convolution, with a batch norm behind it or else with a bias.

        Parameters
        ----------
        name
            Of the layer.
        x
            The maps before it.
        channels
            Number of maps behind it, >= 1.
        kernel
            Side of a window, or its height and width (pixels).
        stride, padding
            Step from one window to the next, and width of the border (pixels); without `padding` the border is half a
            window wide, so that maps keep their size where the stride is 1.
        norm
            Whether a batch norm follows.

        Returns
        -------
        Maps
            The maps behind it.
        """
        high, wide = kernel if isinstance(kernel, tuple) else (kernel, kernel)
        up, left = (high // 2, wide // 2) if padding is None else (padding, padding)
        y = Maps(channels, _extent(x.height, high, stride, up), _extent(x.width, wide, stride, left))
        self._keep_maps(x, y, norm=norm)
        shape = (channels, x.channels, high, wide)
        self.tensor(f"{name}.weight", *shape, multiply_adds=x.channels * high * wide * y.size)
        if norm:
            self.norm(f"{name}.norm", channels)
        else:
            self.tensor(f"{name}.bias", channels)
        return y

    def _keep_maps(self, x: Maps, y: Maps, *, norm: bool) -> None:
        """What a convolution keeps: maps that no other has kept, and what is behind it, before and after a norm."""
        if not any(x is other for other in self._seen):
            self.keep(x.size)
        self.keep((1.0 + norm) * y.size)  # behind a norm there is another activation, in place
        self._seen += (x, y)

    def norm(self, name: str, width: int, *, bias: bool = True) -> None:
        """Add a normalisation (of a batch, a layer or a root mean square) of so many channels or features (count)."""
        self.tensor(f"{name}.weight", width)
        if bias:
            self.tensor(f"{name}.bias", width)

    def linear(self, name: str, inputs: int, outputs: int, *, times: int = 1, bias: bool = True) -> None:
        """Add a linear layer.

        Parameters
        ----------
        name
            Of the layer.
        inputs, outputs
            Number of features before and behind it, >= 1.
        times
            How many vectors of a sample go through it: its tokens, or 1, which is kept.
        bias
            Whether it has one.
        """
        self.tensor(f"{name}.weight", outputs, inputs, multiply_adds=times * inputs * outputs)
        if times == 1:  # what the tokens of a transformer keep is known of its layers
            self.keep(inputs)
        if bias:
            self.tensor(f"{name}.bias", outputs)

    def embedding(self, name: str, words: int, width: int) -> None:
        """Add a vector of so many features (count) for each of so many words (count), which is looked up."""
        self.tensor(f"{name}.weight", words, width)

    def attend(self, tokens: int, width: int, seen: int | None = None) -> None:
        """Add the work of attention, which has no tensors: scores of all pairs of tokens, and the weighted sums.

        Half of the pairs are masked in a causal model; they are counted, because they are computed.

        Parameters
        ----------
        tokens
            Number of tokens that attend.
        width
            Number of features of all heads.
        seen
            Number of tokens that are attended to; None: the same.
        """
        self.work(2 * tokens * (tokens if seen is None else seen) * width)
