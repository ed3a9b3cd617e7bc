"""What a model answers to the rows of a snapshot, beside the truth."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xinzhi.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

    from xinzhi.data.snapshot import Snapshot
    from xinzhi.deployment.bundle import Inference
    from xinzhi.evaluation.outcomes import Outcomes

_CLASS = "p:"
_NOT_WRITTEN = {"task": ("cost", "loss"), "datamodule": ("season", "stride")}


def answered(
    inference: "Inference",
    snapshot: "Snapshot",
    split: str,
    *,
    config: Mapping[str, Any],
    own: "Snapshot | None" = None,
) -> "Outcomes":
    """Lets a model answer the rows of a split.

    A task's inference knows how, in `outcomes(snapshot, split)`; any other that answers with
    `p:<class>` or with `prediction` is asked as a person would ask it.

    Args:
        inference: answers.
        snapshot: the rows.
        split: train, val or test.
        config: of the run that made the model.
        own: the snapshot that it was trained on, where that is another one and is there; a model
            that has `known` is told of it.

    Raises:
        DataError: the rows are of another form than the model takes, or there are none.
    """
    if not snapshot.counts[split]:
        raise DataError(
            f"there must be {split} rows to judge a model on, {snapshot.name} has none",
            mend="split=val, or data.test=FILE",
        )
    ask: Any = getattr(inference, "outcomes", None)
    _remind(inference, config)
    if own is not None and hasattr(inference, "known"):
        inference.known = own
    try:
        found: Outcomes = (
            _asked(inference, snapshot, split) if ask is None else ask(snapshot, split)
        )
    except DataError as error:
        error.mend = error.mend or "name rows of the same form as those that the model learned from"
        raise
    if found.kind == "classes" and (found.columns["truth"] < 0).all():
        raise DataError(
            f"the rows of {snapshot.name} must have labels that the model knows, none of them does",
            candidates=found.classes[:8],
        )
    return found


def _remind(inference: "Inference", config: Mapping[str, Any]) -> None:
    """Tells a model of an earlier version what it did not write down of its training."""
    known: Any = getattr(inference, "settings", None)
    for node, names in _NOT_WRITTEN.items() if isinstance(known, dict) else ():
        for name in names:
            if (told := (config.get(node) or {}).get(name)) not in (None, "auto"):
                known.setdefault(name, told)


def _asked(inference: "Inference", snapshot: "Snapshot", split: str) -> "Outcomes":
    """Asks with the columns of the source, and reads the answers' columns.

    Raises:
        DataError: the answers are neither classes nor numbers.
    """
    from xinzhi.data.sourced import sourced
    from xinzhi.evaluation.answers import class_outcomes, number_outcomes

    rows = snapshot.table(split)
    if "label" not in rows.column_names:
        raise DataError(f"the rows of {snapshot.name} must have a label to judge a model on")
    answers = inference.predict(sourced(snapshot, split).to_pandas())
    classes = [str(name)[len(_CLASS) :] for name in answers.columns if str(name).startswith(_CLASS)]
    if len(answers) != len(rows) or not (classes or "prediction" in answers.columns):
        raise DataError(
            "a model must answer each row with `p:<class>` of each class, or with `prediction`, to "
            f"be judged; its columns: {', '.join(map(str, answers.columns))}",
            mend="give its inference a method outcomes(snapshot, split)",
        )
    if not classes:
        return number_outcomes(rows, *_numbers(answers), level=None)
    probabilities = answers[[f"{_CLASS}{name}" for name in classes]].to_numpy()
    return class_outcomes(
        probabilities, rows, classes, multilabel=snapshot.multilabel, decisions={}
    )


def _numbers(answers: "pd.DataFrame") -> list[Any]:
    names = ("prediction", "lower", "upper")
    return [answers[name].to_numpy(float) if name in answers else None for name in names]
