"""What a person asked of a model, and the answers as a person or a program reads them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.deployment.predict import Form, Predicted, check_paths, predict_file
from xinzhi.errors import ConfigError, DataError

if TYPE_CHECKING:
    from xinzhi.deployment.bundle import Inference

_SHOWN = 10  # probabilities of one answer


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One text's answer.

    Attributes:
        text: what was asked.
        label: the answer.
        probability: of the label.
        probabilities: of each class, the largest first.
        accepted: whether it needs no person, where the model has a threshold for that.
    """

    text: str
    label: str
    probability: float
    probabilities: dict[str, float]
    accepted: bool | None = None

    def lines(self) -> list[str]:
        """The answer and its largest probabilities as a bar chart of text."""
        hand = {None: "", True: "  (sure enough to stand alone)", False: "  (hand to a person)"}
        shown = list(self.probabilities.items())[:_SHOWN]
        width = max((len(name) for name, _ in shown), default=0)
        bars = [
            f"  {name:<{width}}  {value:6.4f}  {'█' * round(30 * value)}" for name, value in shown
        ]
        left = len(self.probabilities) - len(shown)
        return [
            f"{self.label}  {self.probability:.4f}{hand[self.accepted]}",
            *(line.rstrip() for line in bars),
            *([f"  … and {left} further classes"] if left else []),
        ]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers to some texts, in their order, and what answered."""

    version: str
    answers: list[Answer]

    def table(self) -> str:
        """Every answer with its largest probabilities, then the version."""
        several = len(self.answers) > 1
        parts = [
            "\n".join([*([f"“{answer.text}”"] if several else []), *answer.lines()])
            for answer in self.answers
        ]
        return "\n\n".join([*parts, f"answered by {self.version}"])


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be answered: texts, or a file with the columns that hold its text."""

    texts: tuple[str, ...]
    source: Path | None
    output: Path | None
    form: Form
    chunk_rows: int


def asked(settings: Mapping[str, Any]) -> Asked:
    """Judge the keys of conf/predict.yaml before a model is looked for.

    Args:
        settings: `text`, `input`, `output`, `form`, `chunk_rows`.

    Returns:
        What is to be done.

    Raises:
        ConfigError: keys are missing or contradict each other.
    """
    given, output = settings["input"], settings["output"]
    if (given is None) != (output is None):
        missing = "output=answers.csv" if output is None else "input=new.csv"
        raise ConfigError("input= and output= must be given together", mend=f"add  {missing}")
    if given is None and settings["text"] is None:
        raise ConfigError(
            "text= or input= and output= must say what to answer",
            mend=f"xinzhi predict {settings['reference']} text='works like a charm'",
        )
    if given is None and settings["form"] == "embeddings":
        raise ConfigError(
            "form=embeddings must have input= and output=, had text=",
            mend=f"xinzhi predict {settings['reference']} form=embeddings input=new.csv "
            "output=vectors.parquet",
        )
    if not isinstance(settings["chunk_rows"], int) or settings["chunk_rows"] < 1:
        raise ConfigError(f"chunk_rows must be 1 or more, was {settings['chunk_rows']}")
    source = Path(str(given)).expanduser() if given is not None else None
    target = Path(str(output)).expanduser() if output is not None else None
    if source is not None and target is not None:
        check_paths(source, target, form=settings["form"])
    return Asked(
        texts=_texts(settings["text"]),
        source=source,
        output=target,
        form=settings["form"],
        chunk_rows=settings["chunk_rows"],
    )


def answer(inference: "Inference", what: Asked, *, version: str) -> Answers | Predicted:
    """Answer what was asked.

    Args:
        inference: answers.
        what: texts or a file.
        version: of the model.

    Returns:
        The answers, or a summary of the file.

    Raises:
        DataError: a text was given to a model of several input columns.
    """
    if len(inference.columns) > 1 and what.texts:
        raise DataError(
            f"{version} must be given its columns {', '.join(inference.columns)}, had text=",
            mend="input=new.csv output=answers.csv, with these columns in the file",
        )
    if what.source is None or what.output is None:
        return _answers(inference, what.texts, version)
    return predict_file(
        inference,
        what.source,
        what.output,
        version=version,
        form=what.form,
        columns={inference.columns[0]: what.texts} if what.texts else None,
        chunk_rows=what.chunk_rows,
    )


def _answers(inference: "Inference", texts: tuple[str, ...], version: str) -> Answers:
    rows = inference.predict(list(texts)).to_dict(orient="records")
    return Answers(
        version=version,
        answers=[_answer(text, row) for text, row in zip(texts, rows, strict=True)],
    )


def _answer(text: str, row: Mapping[Any, Any]) -> Answer:
    scores = {name[2:]: float(value) for name, value in row.items() if name.startswith("p:")}
    largest_first = sorted(scores.items(), key=lambda item: -item[1])
    return Answer(
        text=text,
        label=str(row["label"]),
        probability=float(row["probability"]),
        probabilities=dict(largest_first),
        accepted=bool(row["accepted"]) if "accepted" in row else None,
    )


def _texts(value: object) -> tuple[str, ...]:
    """Texts as they were typed: the config's language takes `text=5` for a number."""
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(one for part in value for one in _texts(part))
    return (str(value).lower() if isinstance(value, bool) else str(value),)
