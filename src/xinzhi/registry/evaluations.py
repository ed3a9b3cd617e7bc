"""What a run or a version answers on a split, read from the store or computed and kept there."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.config.ranks import say
from xinzhi.config.written import read_back
from xinzhi.data.snapshot import Snapshot
from xinzhi.errors import UnknownReference
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.registry import judged_rows
from xinzhi.registry.files import artifact, load_folder
from xinzhi.registry.judged_records import record
from xinzhi.registry.versions import Resolved, resolve
from xinzhi.tracking.artifact_names import DATA, OUTCOMES
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    import pyarrow as pa

Build = Callable[..., Any]


@dataclass(frozen=True, kw_only=True)
class Evaluated:
    """What a model answered to each example of a split.

    Attributes:
        resolved: the run, and the version where one was named.
        outcomes: the answers beside the truth.
        snapshot: whose rows they are; its files may be gone, its digest is not.
        split: train, val or test.
        config: of the run, plain.
        computed: whether the model had to answer; else the answers were kept.
        notes: what a person should know of the rows.
    """

    resolved: Resolved
    outcomes: Outcomes
    snapshot: Snapshot
    split: str
    config: Mapping[str, Any]
    computed: bool = False
    notes: tuple[str, ...] = ()

    @property
    def objective(self) -> str:
        """The measure that chose the weights, such as `f1_macro`."""
        return str(self.config["objective"]).partition("/")[2]

    @property
    def maximise(self) -> bool:
        """Whether more of it is better."""
        return bool(self.config.get("mode", "max") == "max")

    @cached_property
    def record(self) -> "pa.Table | None":
        """The row of each example, columns called as in the source; None where they are gone."""
        return record(self.outcomes, self.snapshot, self.split)


def evaluated(
    store: Store,
    reference: str,
    *,
    build: Build,
    data: str | None = None,
    split: str = "test",
    offline: bool = False,
    with_rows: bool = False,
    beside: Sequence[str] = (),
) -> Evaluated:
    """Gives what a model answers, kept with its run so that it answers once.

    Args:
        store: where the model is.
        reference: a run or a version.
        build: makes an object of a node of the run's config.
        data: a file, or a snapshot; the run's own snapshot by default.
        split: of the run's own snapshot, or of the named one; a file is judged whole.
        offline: open no outward socket.
        with_rows: whether the rows are wanted too, prepared again if need be and can be.
        beside: columns of a file that the rows are to have, though the model never saw them.

    Raises:
        UnknownReference: the reference names nothing, or what kept no config and no model.
        DataError: the rows cannot be judged.
    """
    resolved = resolve(store, reference)
    run = run_of(store, resolved)
    rows = judged_rows.find(run, data, split=split, build=build, offline=offline, beside=beside)
    for name in (split, f"{split}-{rows.snapshot.digest[:12]}")[0 if rows.own else 1 :]:
        kept = artifact(store, resolved.run_id, f"{OUTCOMES}/{name}.parquet")
        if kept is not None:
            rows = rows.readable_or_noted(build, offline=offline) if with_rows else rows
            return _told(resolved, Outcomes.load(kept), rows, split, run.config)
    folder = _bundle(store, resolved, split)
    rows = rows.readable(build, offline=offline)
    say(f"{resolved.label} answers {rows.snapshot.counts[split]:,} rows of {rows.snapshot.name}")
    from xinzhi.deployment.bundle import open_bundle  # torch, which takes seconds
    from xinzhi.deployment.judging import answered

    outcomes = answered(
        open_bundle(folder), rows.snapshot, split, config=run.config, own=rows.learned_from()
    )
    keep(store, resolved.run_id, outcomes, f"{split}-{rows.snapshot.digest[:12]}")
    return _told(resolved, outcomes, rows, split, run.config, computed=True)


def _bundle(store: Store, resolved: Resolved, split: str) -> Path:
    """Gives the model's bundle.

    Raises:
        UnknownReference: the run kept none.
    """
    if resolved.model_id is None and split != "val":
        kept = artifact(store, resolved.run_id, f"{OUTCOMES}/val.parquet")
        if kept is not None:
            raise UnknownReference(
                f"{resolved.label} must have a model to answer {split} rows, as a job of a sweep it"
                " kept its validation answers alone",
                mend="split=val, or name the sweep's best run",
            )
    return load_folder(store, resolved)


def keep(store: Store, run_id: str, outcomes: Outcomes, name: str) -> None:
    """Keeps outcomes with a run.

    Args:
        store: where it is.
        run_id: the run.
        outcomes: that were computed.
        name: of the split, with the beginning of the digest.
    """
    import tempfile

    with tempfile.TemporaryDirectory() as scratch, store.explaining():
        path = Path(scratch) / f"{name}.parquet"
        outcomes.save(path)
        store.client.log_artifact(run_id, str(path), OUTCOMES)


def run_of(store: Store, resolved: Resolved) -> judged_rows.JudgedRun:
    """Gives what a run tells of its rows.

    Args:
        store: where it is.
        resolved: the run.

    Raises:
        UnknownReference: there is no run behind it, or it is none of ours.
    """
    if not resolved.run_id:
        raise UnknownReference(
            f"{resolved.label} must have a run behind it, it was registered without one",
            mend="name a run, or a version that `xinzhi train` made",
        )
    with store.explaining():
        run = store.client.get_run(resolved.run_id)
        path = artifact(store, resolved.run_id, "config.yaml")
        told = artifact(store, resolved.run_id, DATA)
    if path is None:
        raise UnknownReference(
            f"{resolved.label} must have kept its config.yaml, which is not there",
            mend="name a run that `xinzhi train` made",
        )
    inputs = run.inputs.dataset_inputs if run.inputs else []
    data = inputs[0].dataset if inputs else None
    return judged_rows.JudgedRun(
        label=resolved.label,
        config=read_back(path.read_text(encoding="utf-8")),
        data_name=data.name if data else None,
        data_digest=data.digest if data else None,
        manifest=json.loads(told.read_text(encoding="utf-8")) if told else {},
    )


def _told(
    resolved: Resolved,
    outcomes: Outcomes,
    rows: judged_rows.JudgedRows,
    split: str,
    config: Mapping[str, Any],
    *,
    computed: bool = False,
) -> Evaluated:
    return Evaluated(
        resolved=resolved,
        outcomes=outcomes,
        snapshot=rows.snapshot,
        split=split,
        config=config,
        computed=computed,
        notes=rows.notes,
    )
