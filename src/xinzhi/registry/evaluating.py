"""What `xinzhi evaluate` says of a model, and what it keeps with the model's run."""

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.config.identity import program
from xinzhi.errors import DataError
from xinzhi.registry.evaluations import Evaluated, evaluated
from xinzhi.registry.files import artifact
from xinzhi.tracking.artifact_names import EVALUATION
from xinzhi.tracking.models import local_path
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from xinzhi.evaluation.page import PageContent


@dataclass(frozen=True, kw_only=True)
class Evaluation:
    """What a model is worth on some rows.

    Attributes:
        model: as it is called.
        run_id: of the run behind it.
        data: name of the rows.
        data_digest: of the snapshot.
        split: train, val or test.
        computed: whether the model had to answer; else its answers were kept.
        page: the HTML page, where it is on this machine.
        artifacts: what is kept of it with the run.
        evaluation: measures with intervals, slices, mistakes and all else of the page.
    """

    model: str
    run_id: str
    data: str
    data_digest: str
    split: str
    computed: bool
    page: str | None
    artifacts: tuple[str, ...]
    evaluation: Mapping[str, Any]
    _table: str = ""

    def table(self) -> str:
        """Draws what matters most, and says where the page is."""
        where = self.page or f"{self.artifacts[0]} of run {self.run_id}"
        return f"{self._table}\n\npage  {where}\nnext: {program()} ui"


def evaluate(  # noqa: PLR0913 - what a person may choose
    store: Store,
    reference: str,
    *,
    build: Callable[..., Any],
    data: str | None = None,
    split: str = "test",
    slices: Mapping[str, Any] | None = None,
    sensitive: Sequence[str] = (),
    output: str | None = None,
    offline: bool = False,
) -> Evaluation:
    """Judges a model on a split, and keeps a page of it with the model's run.

    Args:
        store: where the model is.
        reference: a run or a version.
        build: makes an object of a node of the run's config.
        data: a file, or a snapshot; the run's own snapshot by default.
        split: of the snapshot.
        slices: declared parts of the rows; those of the run's config by default.
        sensitive: columns that should make no difference.
        output: a file that the page is written to, too.
        offline: open no outward socket.
    """
    from xinzhi.evaluation import slicing

    found = evaluated(
        store,
        reference,
        build=build,
        data=data,
        split=split,
        offline=offline,
        with_rows=True,
        beside=[*sensitive, *slicing.columns(slices or {})],
    )
    _refuse_unseen(found, sensitive, slices or {})
    from xinzhi.evaluation import page

    content = page.content(
        found.outcomes,
        found.record,
        title=f"{found.resolved.label} on {found.snapshot.name}, {split}",
        facts=_facts(found),
        objective=found.objective,
        slices=slices or found.config.get("slices"),
        sensitive=sensitive,
        folder=found.snapshot.folder,
    )
    if output is not None:
        page.write(content, Path(output).expanduser())
    name = f"{split}-{found.snapshot.digest[:12]}"
    kept = _keep(store, found, content, name)
    return Evaluation(
        model=found.resolved.label,
        run_id=found.resolved.run_id,
        data=found.snapshot.name,
        data_digest=found.snapshot.digest,
        split=split,
        computed=found.computed,
        page=output or _place(store, found.resolved.run_id, kept[0]),
        artifacts=kept,
        evaluation=content.as_json(),
        _table=content.table(),
    )


def _refuse_unseen(found: Evaluated, sensitive: Sequence[str], slices: Mapping[str, Any]) -> None:
    """Says why a column cannot be asked for that the model was trained without.

    Raises:
        DataError: it was left out of the rows when they were frozen.
    """
    from xinzhi.evaluation import slicing

    ignored = (found.config.get("data") or {}).get("ignore") or ()
    there = () if found.record is None else found.record.column_names
    for key, names in (("sensitive", sensitive), ("slices", slicing.columns(slices))):
        for name in names:
            if name in ignored and name not in there:
                raise DataError(
                    f"{key} must name columns of the judged rows; {name} was left out of"
                    f" {found.snapshot.folder.name} by data.ignore",
                    mend=f"judge rows of a file that has it, the model will not see it: xinzhi"
                    f" evaluate {found.resolved.label.split()[0]} data.test=FILE …",
                )


def _facts(found: Evaluated) -> dict[str, Any]:
    task = (found.config.get("task") or {}).get("_target_", "")
    return {
        "model": found.resolved.label,
        "run": found.resolved.run_id,
        "task": str(task).split(".")[2] if str(task).startswith("xinzhi.tasks.") else str(task),
        "data": f"{found.snapshot.name} ({found.snapshot.digest[:12]})",
        "split": found.split,
        "trained for": found.objective,
        "warnings": [*found.notes, *found.snapshot.manifest.get("warnings", ())],
    }


def _keep(store: Store, found: Evaluated, content: "PageContent", name: str) -> tuple[str, ...]:
    """Keeps the page and its JSON with the run; an earlier one of the same rows makes room."""
    from xinzhi.evaluation import page

    run_id = found.resolved.run_id
    with tempfile.TemporaryDirectory() as scratch, store.explaining():
        drawn, told = (Path(scratch) / f"{name}.{ending}" for ending in ("html", "json"))
        page.write(content, drawn)
        told.write_text(json.dumps(content.as_json(), ensure_ascii=False), encoding="utf-8")
        for path in (drawn, told):
            store.client.log_artifact(run_id, str(path), EVALUATION)
    return tuple(f"{EVALUATION}/{path.name}" for path in (drawn, told))


def _place(store: Store, run_id: str, path: str) -> str | None:
    """Gives the local file of an artifact, where artifacts lie on this machine."""
    if local_path(store.client.get_run(run_id).info.artifact_uri) is None:
        return None
    found = artifact(store, run_id, path)
    return None if found is None else str(found)
