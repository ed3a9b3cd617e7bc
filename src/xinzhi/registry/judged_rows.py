"""Which rows a model is judged on: those of its own run, those of a snapshot, those of a file."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, NamedTuple

from xinzhi.config.files import is_source, like
from xinzhi.data import snapshot as snapshots
from xinzhi.data.snapshot import SPLITS, Snapshot
from xinzhi.errors import DataError, UnknownReference, XinzhiError
from xinzhi.registry.judged_files import of_file, trained_on

Build = Callable[..., Any]


class JudgedRun(NamedTuple):
    """What a run tells of its rows.

    Attributes:
        label: what to call it.
        config: plain.
        data_name: of the snapshot that it was trained on; None where it had none.
        data_digest: of it.
        manifest: of it, as far as the run keeps it.
    """

    label: str
    config: Mapping[str, Any]
    data_name: str | None
    data_digest: str | None
    manifest: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, kw_only=True)
class JudgedRows:
    """Rows that a model is judged on.

    Attributes:
        run: the model's.
        snapshot: theirs.
        own: whether it is the one that the model was trained on.
        notes: what a person should know of them.
    """

    run: JudgedRun
    snapshot: Snapshot
    own: bool
    notes: tuple[str, ...] = ()

    def learned_from(self) -> Snapshot | None:
        """Gives the rows that the model was trained on, where these are others and are there."""
        if self.own or self.run.data_digest is None:
            return None
        found = frozen(self.run.data_name or "", self.run.data_digest)
        return found if (found.folder / "manifest.json").is_file() else None

    def readable(self, build: Build, *, offline: bool) -> "JudgedRows":
        """Gives the same with files that are there: prepared again, where they are gone.

        Args:
            build: makes the declaration of its node.
            offline: open no outward socket.

        Raises:
            DataError: they cannot be prepared again.
        """
        if (self.snapshot.folder / "manifest.json").is_file():
            return self
        made: Snapshot = build(self.run.config["data"]).prepare(offline=offline)
        if made.digest != self.snapshot.digest:
            raise DataError(
                f"the rows that {self.run.label} was judged on ({self.snapshot.folder.name}) must "
                f"be there, their files are gone and the sources give others now ({made.digest})",
                mend="xinzhi evaluate … data.test=FILE, or bring the folder of snapshots back",
            )
        return replace(self, snapshot=made)

    def readable_or_noted(self, build: Build, *, offline: bool) -> "JudgedRows":
        """Gives the same with files that are there, or with a note that they are not.

        Args:
            build: makes the declaration of its node.
            offline: open no outward socket.
        """
        try:
            return self.readable(build, offline=offline)
        except XinzhiError as error:
            gone = (
                f"the rows are not there, their slices and mistakes are not told: {error.message}"
            )
            return replace(self, notes=(*self.notes, gone))


def find(
    run: JudgedRun,
    data: str | None,
    *,
    split: str,
    build: Build,
    offline: bool,
    beside: Sequence[str] = (),
) -> JudgedRows:
    """Finds the rows.

    Args:
        run: the model's.
        data: a file, or a snapshot; the run's own snapshot by default.
        split: train, val or test.
        build: makes the declaration of its node.
        offline: open no outward socket.
        beside: columns of a file that the rows are to have, though the model never saw them.

    Raises:
        UnknownReference: the run was trained on no snapshot.
        DataError: there is no such split, file or snapshot.
    """
    if split not in SPLITS:
        raise DataError(f"split must be one of {', '.join(SPLITS)}, was {split!r}")
    if data is not None and not is_source(data):
        named = _named(data)
        same = named.digest == run.data_digest
        known = frozen(run.data_name or "", run.data_digest or "")
        notes = () if same else trained_on(known, named, split)
        return JudgedRows(run=run, snapshot=named, own=same, notes=notes)
    if run.data_digest is None or not run.config.get("data"):
        raise UnknownReference(
            f"{run.label} must have been trained on a snapshot, its data module reads its own rows",
            mend="choose a model that was trained with data=",
        )
    own = frozen(run.data_name or "", run.data_digest)
    if data is None:
        return JudgedRows(run=run, snapshot=own, own=True)
    if split != "test":
        raise DataError(
            f"a file is judged whole, split must be test then, was {split!r}", mend="split=test"
        )
    made = of_file(
        build(run.config["data"]),
        data,
        own.manifest or run.manifest,
        model=run.label.split()[0],
        offline=offline,
        beside=beside,
    )
    return JudgedRows(run=run, snapshot=made, own=False, notes=trained_on(own, made, split))


def _named(data: str) -> Snapshot:
    """Gives a snapshot by its name.

    Raises:
        DataError: there is none.
    """
    from xinzhi.data.references import resolve

    try:
        return resolve(data)
    except DataError as error:
        if error.message.startswith("there is no"):
            raise DataError(
                f"data.test={data} must be a file or a snapshot, it is neither",
                candidates=[*like(data), *error.candidates],
                mend="xinzhi data list",
            ) from error
        raise


def frozen(name: str, digest: str) -> Snapshot:
    """Gives a snapshot by its digest; one whose files are gone has an empty manifest.

    Args:
        name: of the data set.
        digest: of the rows.
    """
    import json

    for path in snapshots.snapshots_folder().glob(f"*-{digest[:12]}/manifest.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        if manifest["digest"] == digest:
            return Snapshot(path.parent, manifest["name"], digest, manifest)
    return Snapshot(snapshots.snapshots_folder() / f"{name}-{digest[:12]}", name, digest, {})
