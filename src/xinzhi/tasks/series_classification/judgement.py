"""What scores of windows are worth, and what the answers to whole series made of them are worth.

Shapes: W windows, S series, K classes.
"""

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from xinzhi.evaluation.judgement import Judgement

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def mean_by_series(probabilities: Tensor, series: Tensor, *, count: int) -> Tensor:
    """Averages the probabilities of each series' windows, shape (S, K).

    Args:
        probabilities: of windows, shape (W, K).
        series: of each window, shape (W,).
        count: S.
    """
    total = probabilities.new_zeros(count, probabilities.shape[1])
    total.index_add_(0, series, probabilities)
    windows = torch.bincount(series, minlength=count).clamp_min(1)
    return total / windows[:, None]


class SeriesJudgement(NamedTuple):
    """Windows and series of a split, each beside the truth."""

    windows: Judgement
    series: Judgement

    def metrics(self) -> dict[str, float]:
        """Gives the numbers of windows by their names, and those of series with `series_`.

        What can be answered without a person is told of series alone: they are what is answered.
        """
        of_series = self.series.metrics()
        values = {k: v for k, v in self.windows.metrics().items() if not k.startswith("answered")}
        values |= {k: v for k, v in of_series.items() if k.startswith("answered")}
        for name in ("accuracy", "f1_macro", "auroc"):
            values[f"series_{name}"] = of_series[name]
        return values

    def report(self) -> str:
        """Gives the table of classes over windows, then what whole series come to."""
        values = self.series.metrics()
        table = self.windows.report().partition("\nanswered alone")[0]
        answered = self.series.report().partition("\nanswered alone")
        return (
            f"{len(self.windows.rows):,} windows:\n{table}\n"
            f"{len(self.series.rows):,} series, the mean of their windows: accuracy "
            f"{values['accuracy']:.3f}, macro-F1 {values['f1_macro']:.3f}{''.join(answered[1:])}"
        )

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures of the windows, and of the series what was confused."""
        figures = {k: v for k, v in self.windows.figures().items() if k != "coverage"}
        of_series = self.series.figures()
        figures |= {k: of_series[k] for k in ("coverage",) if k in of_series}
        return figures | {
            f"series_{k}": of_series[k] for k in ("confusion_matrix",) if k in of_series
        }


def judged(
    windows: Judgement, series: Tensor, *, validation: SeriesJudgement | None
) -> SeriesJudgement:
    """Makes answers to series of scores of windows.

    Args:
        windows: their scores.
        series: of each window, shape (W,).
        validation: whose threshold for answering alone is kept; None chooses one.
    """
    numbers, place = torch.unique(series, return_inverse=True)
    count = len(numbers)
    mean = mean_by_series(windows.scores.double().softmax(1), place, count=count)
    targets = windows.targets.new_zeros(count).index_copy_(0, place, windows.targets)
    loss = mean_by_series(windows.losses.double()[:, None], place, count=count)[:, 0]
    of_series = Judgement(
        classes=windows.classes,
        rows=numbers,
        scores=mean.clamp_min(1e-12).log(),
        targets=targets,
        losses=loss,
        accept=windows.accept,
        validation=None if validation is None else validation.series,
        noun="series",
    )
    return SeriesJudgement(windows, of_series)
