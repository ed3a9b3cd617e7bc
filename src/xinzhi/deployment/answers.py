"""What a person asked of a model, and the answers as a person or a program reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.data.records import require_columns
from xinzhi.deployment.columns import required
from xinzhi.deployment.pictures import open_images, shows_images
from xinzhi.deployment.predict import Form, Predicted, check_paths, predict_file
from xinzhi.errors import ConfigError, DataError

if TYPE_CHECKING:
    import pandas as pd

    from xinzhi.deployment.bundle import Inference

_SHOWN = 10  # probabilities of one answer


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One record's answer.

    Attributes:
        text: what was asked: a text, an image's path, or a record as it was typed.
        label: the answer, where it is a class.
        probability: of the label.
        probabilities: of each class, the largest first.
        accepted: whether it needs no person, where the model has a threshold for that.
        told: what a model answers beside or instead of that.
    """

    text: str
    label: str | None = None
    probability: float | None = None
    probabilities: dict[str, float] = field(default_factory=dict)
    accepted: bool | None = None
    told: dict[str, Any] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """The answer and its largest probabilities as a bar chart of text."""
        if self.label is None:
            return _facts(self.told)
        hand = {None: "", True: "  (sure enough to stand alone)", False: "  (hand to a person)"}
        shown = list(self.probabilities.items())[:_SHOWN]
        width = max((len(name) for name, _ in shown), default=0)
        bars = [
            f"  {name:<{width}}  {value:6.4f}  {'█' * round(30 * value)}" for name, value in shown
        ]
        left = len(self.probabilities) - len(shown)
        sure = "" if self.probability is None else f"  {self.probability:.4f}"
        return [
            f"{self.label}{sure}{hand[self.accepted]}",
            *(line.rstrip() for line in bars),
            *([f"  … and {left} further classes"] if left else []),
            *_facts(self.told),
        ]


@dataclass(frozen=True, kw_only=True)
class Answers:
    """The answers to some records, in their order, what answered, what it could not read."""

    version: str
    answers: list[Answer]
    notes: list[str] = field(default_factory=list)

    def table(self) -> str:
        """Every answer with its largest probabilities, then the version."""
        several = len(self.answers) > 1
        parts = [
            "\n".join([*([f"“{answer.text}”"] if several else []), *answer.lines()])
            for answer in self.answers
        ]
        notes = "".join(f"note: {note}\n" for note in self.notes)
        return "\n\n".join([*parts, f"{notes}answered by {self.version}"])


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What is to be answered.

    Attributes:
        texts: to be answered, or beside a file the columns that hold its text.
        record: a table's row: column → cell.
        source: a file, or an image.
        output: where the file's answers go.
        form: labels or vectors.
        chunk_rows: rows held in memory at a time.
    """

    texts: tuple[str, ...]
    record: Mapping[str, Any]
    source: Path | None
    output: Path | None
    form: Form
    chunk_rows: int


def asked(settings: Mapping[str, Any]) -> Asked:
    """Judge the keys of conf/predict.yaml before a model is looked for.

    Args:
        settings: `text`, `record`, `input`, `output`, `form`, `chunk_rows`.

    Returns:
        What is to be done.

    Raises:
        ConfigError: keys are missing or contradict each other.
    """
    given, output, reference = settings["input"], settings["output"], settings["reference"]
    source = Path(str(given)).expanduser() if given is not None else None
    target = Path(str(output)).expanduser() if output is not None else None
    if (source is None) != (target is None) and not (source and _one_image(source)):
        missing = "output=answers.csv" if output is None else "input=new.csv"
        raise ConfigError("input= and output= must be given together", mend=f"add  {missing}")
    if given is None and settings["text"] is None and not settings["record"]:
        raise ConfigError(
            "text=, record= or input= and output= must say what to answer",
            mend=f"xinzhi predict {reference} text='works like a charm'",
        )
    if target is None and settings["form"] == "embeddings":
        raise ConfigError(
            "form=embeddings must have input= and output=, had neither",
            mend=f"xinzhi predict {reference} form=embeddings input=new.csv output=vectors.parquet",
        )
    if not isinstance(settings["chunk_rows"], int) or settings["chunk_rows"] < 1:
        raise ConfigError(f"chunk_rows must be 1 or more, was {settings['chunk_rows']}")
    if source is not None and target is not None:
        check_paths(source, target, form=settings["form"])
    return Asked(
        texts=_texts(settings["text"]),
        record=settings["record"] or {},
        source=source,
        output=target,
        form=settings["form"],
        chunk_rows=settings["chunk_rows"],
    )


def answer(inference: "Inference", what: Asked, *, version: str) -> Answers | Predicted:
    """Answer what was asked.

    Args:
        inference: answers.
        what: texts, a record, an image or a file.
        version: of the model.

    Returns:
        The answers, or a summary of the file.
    """
    if what.source is not None and what.output is not None:
        return predict_file(
            inference,
            what.source,
            what.output,
            version=version,
            form=what.form,
            columns={inference.columns[0]: what.texts} if what.texts else None,
            chunk_rows=what.chunk_rows,
        )
    names, records = _records(inference, what, version)
    found = inference.predict(records)
    rows = found.to_dict(orient="records")
    return Answers(
        notes=[said.rstrip(",") for said in found.attrs.get("unread", ())],
        version=version,
        answers=[_answer(name, row) for name, row in zip(names, rows, strict=True)],
    )


def _records(
    inference: "Inference", what: Asked, version: str
) -> "tuple[list[str], pd.DataFrame | list[str]]":
    """What was asked, as a person reads it and as the model takes it.

    Raises:
        DataError: it is asked in another way than this model can be.
    """
    import pandas as pd

    if what.source is not None:
        if not getattr(inference, "images", False):
            raise DataError(f"{version} answers no images, input= was {what.source.name}")
        paths = next(open_images(what.source, chunk_rows=1).chunks()).table.to_pandas()
        return [what.source.name], paths
    if what.record:
        require_columns(list(what.record), required(inference), "record=")
        shown = ", ".join(f"{name}: {value}" for name, value in what.record.items())
        return [shown], pd.DataFrame([dict(what.record)])
    if getattr(inference, "images", False):
        raise DataError(f"{version} must be given images, had text=", mend="input=photo.png")
    if len(inference.columns) > 1 or getattr(inference, "table", False):
        raise DataError(
            f"{version} must be given its columns {', '.join(inference.columns)}, had text=",
            mend="record='{column: value, …}', or input=new.csv output=answers.csv",
        )
    return list(what.texts), list(what.texts)


def _answer(text: str, row: Mapping[Any, Any]) -> Answer:
    scores = {name[2:]: float(value) for name, value in row.items() if name.startswith("p:")}
    largest_first = sorted(scores.items(), key=lambda item: -item[1])
    known = ("label", "probability", "accepted")
    return Answer(
        text=text,
        label=str(row["label"]) if "label" in row else None,
        probability=float(row["probability"]) if "probability" in row else None,
        probabilities=dict(largest_first),
        accepted=bool(row["accepted"]) if "accepted" in row else None,
        told={k: _plain(v) for k, v in row.items() if k not in known and not k.startswith("p:")},
    )


def _plain(value: Any) -> Any:  # noqa: ANN401 - a cell: JSON knows no NumPy
    return value.tolist() if hasattr(value, "tolist") else value


def _facts(told: Mapping[str, Any]) -> list[str]:
    """Lines of what is told; a list of records is a table; what is empty is left out."""
    told = {name: value for name, value in told.items() if value not in (None, "", [])}
    lines, width = [], max(map(len, told), default=0)
    for name, value in told.items():
        if isinstance(value, list) and isinstance(value[0], dict):
            lines += ["", *_columns(value)]
        else:
            lines.append(f"{name:<{width}}  {_shown(value)}")
    return lines


def _columns(records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Draw records under the names of their keys."""
    names = list(dict.fromkeys(name for record in records for name in record))
    cells = [names, *([_shown(record.get(name, "")) for name in names] for record in records)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    rows = (zip(row, widths, strict=True) for row in cells)
    return ["  ".join(f"{cell:<{width}}" for cell, width in row).rstrip() for row in rows]


def _shown(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _one_image(path: Path) -> bool:
    return not path.is_dir() and shows_images(path)


def _texts(value: object) -> tuple[str, ...]:
    """Texts as they were typed: the config's language takes `text=5` for a number."""
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(one for part in value for one in _texts(part))
    return (str(value).lower() if isinstance(value, bool) else str(value),)
