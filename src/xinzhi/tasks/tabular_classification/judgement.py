"""What a model's scores on one split are worth. Shapes: N rows, C classes."""

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from torch import Tensor

from xinzhi.evaluation.judgement import Judgement, finite
from xinzhi.metrics.binary import binary_scores, choose
from xinzhi.tasks.tabular_classification.calibration import Calibration, fit
from xinzhi.tasks.tabular_classification.rules import Rules

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.evaluation.keys import Keys
    from xinzhi.evaluation.outcomes import Outcomes

_SLACK = 1.0  # Breiman et al. 1984: what is within one standard error of the best is as good


@dataclass(frozen=True, kw_only=True)
class TabularJudgement:
    """Scores of a split beside the truth.

    What is fitted, calibration and threshold, is fitted to the validation rows: these are judged as
    the model leaves them, the test rows as validation says.

    Args:
        rules: how scores become decisions.
        rows: which ones, shape (N,).
        scores: before softmax, shape (N, C).
        targets: classes, shape (N,), −1 where training never saw the label.
        losses: of each row, shape (N,).
        validation: the judgement of the validation rows; None is that one itself.
    """

    rules: Rules
    rows: Tensor
    scores: Tensor
    targets: Tensor
    losses: Tensor
    validation: "TabularJudgement | None" = None

    @cached_property
    def plain(self) -> Judgement:
        """The judgement that any classification has, of the probabilities as they are used."""
        before = self.validation
        return Judgement(
            classes=self.rules.classes,
            rows=self.rows,
            scores=self.scores if before is None else before.calibration(self.scores),
            targets=self.targets,
            losses=self.losses,
            accept=self.rules.accept,
            validation=None if before is None else before.calibrated,
            noun="rows",
        )

    @cached_property
    def calibration(self) -> Calibration:
        """What makes these rows' probabilities true."""
        known = self.targets >= 0
        return fit(self.scores[known], self.targets[known], self.rules.calibration)

    @cached_property
    def calibrated(self) -> Judgement:
        """The judgement of the probabilities that are true on these rows."""
        return Judgement(
            classes=self.rules.classes,
            rows=self.rows,
            scores=self.calibration(self.scores),
            targets=self.targets,
            losses=self.losses,
            accept=self.rules.accept,
        )

    @cached_property
    def threshold(self) -> float | None:
        """The probability from which it is decided for the positive class."""
        chosen = self.plain if self.validation is None else self.validation.calibrated
        return self._threshold(chosen)

    def _threshold(self, judged: Judgement) -> float | None:
        place = self.rules.positive
        if place is None:
            return None
        probability, positive = judged.probabilities[:, place], judged.truth == place
        return choose(probability, positive, self.rules.cost, slack=_SLACK)

    def settings(self) -> dict[str, Any]:
        """Gives what these rows choose for others, as plain JSON."""
        return {
            "positive": self.rules.positive,
            "decision_threshold": self._threshold(self.calibrated),
            "calibration": self.calibration.plain(),
            "cost": None if self.rules.cost is None else self.rules.cost._asdict(),
            "threshold": finite(self.calibrated.threshold),
        }

    def metrics(self) -> dict[str, float]:
        """Gives every number by its name."""
        values, place = self.plain.metrics(), self.rules.positive
        probabilities, truth = self.plain.probabilities, self.plain.truth
        if place is not None and self.threshold is not None:
            return values | binary_scores(
                probabilities[:, place],
                truth == place,
                threshold=self.threshold,
                cost=self.rules.cost,
            )
        right = probabilities.gather(1, truth[:, None]).squeeze(1)
        # over classes: the squared distance from the truth, halved so that it is that of one class
        # where there are two
        squares = probabilities.square().sum(1) - 2 * right + 1
        return values | {"brier": float(squares.mean() / 2)}

    def outcomes(self, keys: "Keys") -> "Outcomes":
        """Gives the answer to each row, of the validation rows too as the model answers later.

        Args:
            keys: of all rows of the split.
        """
        judged = self.calibrated if self.validation is None else self.plain
        chosen = (self.validation or self).settings()
        decisions = {name: chosen[name] for name in ("positive", "cost")}
        return judged.outcomes(
            keys, decisions={"threshold": chosen["decision_threshold"], **decisions}
        )

    def report(self) -> str:
        """Gives the table of classes, the decisions and what they cost."""
        text, place, threshold = self.plain.report(), self.rules.positive, self.threshold
        if place is None or threshold is None:
            return text
        values = self.metrics()
        aim = "for the highest F1" if self.rules.cost is None else f"for {self.rules.cost.said()}"
        return (
            f"{text}\ndecided for {self.rules.classes[place]!r} from {threshold:.3f} on (chosen on "
            f"validation {aim}): F1 {values['f1']:.3f}, precision {values['precision']:.3f}, "
            f"recall {values['recall']:.3f}, cost {values['cost']:.3f} per row\n"
            f"AUROC {values['auroc']:.4f}, average precision {values['average_precision']:.4f}, "
            f"KS {values['ks']:.4f}, Brier {values['brier']:.4f}"
        )

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures by name."""
        from xinzhi.evaluation.deciding import decision_figures

        figures, place = self.plain.figures(), self.rules.positive
        if place is None or self.threshold is None:
            return figures
        return figures | decision_figures(
            self.plain.probabilities[:, place],
            self.plain.truth == place,
            name=self.rules.classes[place],
            threshold=self.threshold,
            cost=self.rules.cost,
        )
