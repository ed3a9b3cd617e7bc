"""Models of a table's rows. Shapes: B rows, N numbers, K members, C outputs."""

from collections.abc import Sequence

from torch import Tensor

from xinzhi.nn.tabular import TabularLinear, TabularNetwork

OUTPUTS = 3  # the prediction, and the lower and the upper quantile around it


class Network(TabularNetwork):
    """A fully connected network of K members that share most weights, a head each.

    TabM (Gorishniy et al. 2025) over piecewise-linear numbers (2022) and embedded categories.

    Args:
        numbers: N.
        cardinalities: how many codes each category has.
        members: K; None takes the more, the fewer training rows there are.
        hidden: features of a layer.
        layers: how many.
        dropout: after each layer.
        bins: that a number is cut into; 0 takes it as it is.
        embedding: features of a number.
        training_numbers: the training rows, shape (rows, N); None where weights are loaded.
    """

    def __init__(  # noqa: PLR0913 - keyword-only settings
        self,
        *,
        numbers: int,
        cardinalities: Sequence[int],
        members: int | None = None,
        hidden: int = 128,
        layers: int = 2,
        dropout: float = 0.1,
        bins: int = 32,
        embedding: int = 16,
        training_numbers: Tensor | None = None,
    ) -> None:
        super().__init__(
            numbers=numbers,
            cardinalities=cardinalities,
            outputs=OUTPUTS,
            members=members,
            hidden=hidden,
            layers=layers,
            dropout=dropout,
            bins=bins,
            embedding=embedding,
            training_numbers=training_numbers,
        )


class Linear(TabularLinear):
    """Linear regression over numbers and one-hot categories.

    Args:
        numbers: N.
        cardinalities: how many codes each category has.
    """

    def __init__(self, *, numbers: int, cardinalities: Sequence[int]) -> None:
        super().__init__(numbers=numbers, cardinalities=cardinalities, outputs=OUTPUTS)
