"""The answer of `xinzhi prepare`: what became of the rows, where they are, what to run next."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xinzhi.data import html
from xinzhi.data.age import created, in_words
from xinzhi.errors import DataError

if TYPE_CHECKING:
    from xinzhi.data.declaration import Declaration
    from xinzhi.data.snapshot import Snapshot


@dataclass(frozen=True)
class Prepared:
    """A snapshot that is ready to be trained on.

    Attributes:
        name: of the data set.
        data_digest: of its content.
        folder: of the snapshot.
        page: the report to be read in a browser.
        age: since when it has been there.
        reused: whether the same inputs had been prepared before.
        counts: rows per split.
        classes: how many there are.
        steps: what became of the rows, one entry per split and step.
        warnings: what a person should know before trusting a number on these rows.
        leakage: the verdict on rows that splits share, where it was looked for.
        next_commands: what to run now.
        wall_s: how long it took.
    """

    name: str
    data_digest: str
    folder: str
    page: str
    age: str
    reused: bool
    counts: dict[str, int]
    classes: int
    steps: list[dict[str, Any]]
    warnings: list[str]
    leakage: dict[str, Any] | None
    next_commands: list[str]
    wall_s: float
    _report: str = ""

    def table(self) -> str:
        """Give the report, where things are, and the next commands."""
        how = "frozen already" if self.reused else f"frozen in {self.wall_s:.1f} s"
        lines = [self._report, f"snapshot  {self.folder}  ({how})", f"page      {self.page}"]
        return "\n".join([*lines, *(f"next      {command}" for command in self.next_commands)])


def prepared(
    declaration: "Declaration | None",
    *,
    offline: bool,
    refresh: bool,
    overrides: Sequence[str],
    experiment: str | None,
    needs_name: bool,
) -> Prepared:
    """Prepare what is declared, unless it is there already, and say what came of it.

    Args:
        declaration: of the data; nothing where a config has none.
        offline: open no outward socket.
        refresh: read databases again.
        overrides: as typed, for the command that trains on this.
        experiment: that was chosen.
        needs_name: whether a training must be given a name.

    Raises:
        DataError: nothing is declared.
    """
    if declaration is None:
        raise DataError("there is nothing to prepare: data= must choose a declaration",
                        mend="xinzhi prepare --help")  # fmt: skip
    begun, begun_at = time.monotonic(), time.time()
    snapshot = declaration.prepare(offline=offline, refresh=refresh)
    page = html.write(snapshot)
    manifest = snapshot.manifest
    return Prepared(
        name=snapshot.name,
        data_digest=snapshot.digest,
        folder=str(snapshot.folder),
        page=str(page),
        age=in_words(created(snapshot.folder, manifest)),
        reused=(snapshot.folder / "manifest.json").stat().st_mtime < begun_at,
        counts=snapshot.counts,
        classes=len(snapshot.classes),
        steps=list(manifest["steps"]),
        warnings=list(manifest["warnings"]),
        leakage=manifest.get("leakage"),
        next_commands=_next(snapshot, overrides, experiment, needs_name=needs_name),
        wall_s=time.monotonic() - begun,
        _report=snapshot.report(),
    )


_TASKS = {
    ("text", "label"): "text_classification",
    ("tokens", "tags"): "token_classification",
    ("sha256", "label"): "image_classification",
    ("head", "relation", "tail"): "link_prediction",
}

_FORMS = {
    f"data={form}"
    for form in ("files", "table", "sentences", "images", "series", "triples", "steps")
}


def _next(
    snapshot: "Snapshot", overrides: Sequence[str], experiment: str | None, *, needs_name: bool
) -> list[str]:
    from xinzhi.config.identity import command_line

    words = [o for o in overrides if o.lstrip("+").partition("=")[0] not in {"report", "refresh"}]
    chosen = [word for word in words if word.startswith("experiment=")]
    rest = [word for word in words if word not in chosen]
    task = _task(snapshot.manifest)
    if experiment is None and task:
        chosen = [f"experiment={task}"]
        rest = [word for word in rest if word not in _FORMS]  # the experiment chooses it
    if needs_name:
        name = re.sub(r"[^\w-]+", "_", snapshot.name).strip("_")
        chosen.append(f"name={name or 'tickets'}")
    shown = command_line("data", ["show", snapshot.folder.name])
    return [command_line("train", [*chosen, *rest]), shown] if task else [shown]


def _task(manifest: Mapping[str, Any]) -> str | None:
    """Name the experiment for data of this form; none where there is nothing to be foretold."""
    columns, declared = manifest["columns"], manifest["declaration"]
    for needed, task in _TASKS.items():
        if set(needed) <= set(columns):
            return task
    if declared.get("split") == "time" and declared.get("duplicates") == "keep":
        return "series_forecasting"
    if "label" not in columns:
        return None
    if any(kind.startswith("list<element: double") for kind in columns.values()):
        return "series_classification"
    return "tabular_regression" if columns["label"] == "double" else "tabular_classification"
