"""What the tags of one split are worth. Shapes: N tokens, C tags, K types of entities."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.metrics.spans import (
    EntityScores,
    Ints,
    Spans,
    bio_names,
    bio_spans,
    entity_scores,
    found_of,
)
from xinzhi.metrics.tag_report import TagReport, tag_report
from xinzhi.tasks.token_classification.tables import scores_table

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from xinzhi.evaluation.keys import Keys

_AVERAGES = {"": "micro", "_macro": "macro", "_weighted": "weighted"}


@dataclass(frozen=True, kw_only=True)
class TagJudgement:
    """Answered tags of a split beside the right ones.

    Args:
        kinds: types of entities, those that training never saw behind the others.
        known: how many of them training saw.
        gold: number of each token's right tag, shape (N,).
        predicted: number of the answered one, shape (N,).
        offsets: where sentences begin, shape (sentences + 1,).
        loss: mean over tokens.
    """

    kinds: Sequence[str]
    known: int
    gold: Ints
    predicted: Ints
    offsets: Ints
    loss: float

    @cached_property
    def truth(self) -> Spans:
        """The entities there are."""
        return bio_spans(self.gold, self.offsets)

    @cached_property
    def answers(self) -> Spans:
        """The answered entities."""
        return bio_spans(self.predicted, self.offsets)

    @cached_property
    def entities(self) -> EntityScores:
        """Scores of entities by CoNLL's rules."""
        return entity_scores(self.truth, self.answers, self.kinds)

    @cached_property
    def tags(self) -> TagReport:
        """Scores of tags, token by token."""
        return tag_report(self.gold, self.predicted, bio_names(self.kinds))

    def metrics(self) -> dict[str, float]:
        """Gives every number by its name."""
        micro = self.entities.averages["micro"]
        values = {
            "loss": self.loss,
            "entity_f1": micro.f1,
            "entity_precision": micro.precision,
            "entity_recall": micro.recall,
            "entity_f1_macro": self.entities.averages["macro"].f1,
            "entity_f1_weighted": self.entities.averages["weighted"].f1,
            "token_accuracy": float(np.mean(self.gold == self.predicted)) if len(self.gold) else 0,
            "tag_f1_macro": self.tags.averages["macro"].f1,
            "tag_f1_macro_without_o": self.tags.averages["macro without O"].f1,
        }
        values |= {f"entity_f1_{_plain(row.name)}": row.f1 for row in self.entities.rows}
        if unseen := int((self.truth.types >= self.known).sum()):
            values["entities_of_unseen_types"] = float(unseen)
        return values

    def outcomes(self, keys: "Keys") -> Outcomes:
        """Counts the entities of each sentence by type; sentences that were not judged are left.

        Args:
            keys: of all sentences of the split.
        """
        judged = np.flatnonzero(np.diff(self.offsets))
        right = _matching(self.answers, self.truth)
        columns = {
            "truth": self._counted(self.truth)[judged],
            "answered": self._counted(self.answers)[judged],
            "right": self._counted(Spans(*(part[right] for part in self.answers)))[judged],
        }
        here = keys.at(judged)
        return Outcomes(
            kind="spans",
            rows=here.rows,
            units=here.units,
            columns=columns,
            classes=tuple(self.kinds),
        )

    def _counted(self, found: Spans) -> Ints:
        """Counts entities by sentence and type, shape (sentences, K)."""
        counts = np.zeros((len(self.offsets) - 1, len(self.kinds)), np.int32)
        home = np.searchsorted(self.offsets, found.starts, "right") - 1
        np.add.at(counts, (home, found.types), 1)
        return counts

    def mistakes(self) -> dict[str, int]:
        """Counts what is wrong: each answered or missed entity is counted once.

        An answered one is wrong by its type (the right tokens), by its borders (it overlaps one of
        the right type), by both, or it is invented; a missed one overlaps no answer.
        """
        truth, answers = self.truth, self.answers
        right = np.isin(np.arange(len(answers.starts)), _matching(answers, truth))
        counts = dict.fromkeys(("wrong type", "wrong borders", "wrong in both", "invented"), 0)
        at = np.searchsorted(truth.ends, answers.starts, "right")  # the first that may overlap
        for answer in np.flatnonzero(~right):
            start, end, kind = (column[answer] for column in answers)
            stop = int(np.searchsorted(truth.starts, end))
            over = range(int(at[answer]), stop)
            if any(truth.starts[o] == start and truth.ends[o] == end for o in over):
                counts["wrong type"] += 1
            elif any(truth.types[o] == kind for o in over):
                counts["wrong borders"] += 1
            else:
                counts["wrong in both" if over else "invented"] += 1
        before = np.searchsorted(answers.ends, truth.starts, "right")
        behind = np.searchsorted(answers.starts, truth.ends)
        return counts | {"missed": int((before == behind).sum())}

    def report(self) -> str:
        """Gives the tables of entities and of tags, and what kinds of mistakes there are."""
        told = [
            "entities, by the rules of CoNLL",
            scores_table("type", self.entities.rows, self.entities.averages),
            "",
            "wrong answers: " + ", ".join(f"{n:,} {kind}" for kind, n in self.mistakes().items()),
        ]
        if self.known < len(self.kinds):
            told.append(f"training never saw {', '.join(self.kinds[self.known :])}")
        tags = scores_table("tag", self.tags.rows, self.tags.averages)
        return "\n".join([*told, "", "tags, token by token", tags])

    def figures(self) -> "dict[str, Figure]":
        """Gives the figures by name."""
        from xinzhi.tasks.token_classification.figures import tag_figures

        lengths = self.truth.ends - self.truth.starts
        return tag_figures(
            entities=self.entities,
            tags=self.tags,
            lengths=lengths,
            found=found_of(self.truth, self.answers),
            mistakes=self.mistakes(),
        )


def faultless(types: Sequence[str]) -> TagJudgement:
    """Gives the judgement of a model without fault, whose metrics have the names of all others."""
    numbers = np.arange(1 + 2 * len(types))
    return TagJudgement(
        kinds=types,
        known=len(types),
        gold=numbers,
        predicted=numbers,
        offsets=np.array([0, len(numbers)]),
        loss=0.0,
    )


def _matching(answers: Spans, truth: Spans) -> Ints:
    """Gives the answers that are right."""
    return np.flatnonzero(found_of(answers, truth))


def _plain(kind: str) -> str:
    """Gives a type's name as a metric's name may hold it."""
    return "".join(one if one.isalnum() or one in "_-." else "_" for one in kind)
