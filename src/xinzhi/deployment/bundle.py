"""A bundle: the folder of safetensors and JSON that a fitted model answers from."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

from xinzhi.errors import StoreError, XinzhiError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

FORMAT = 1
MANIFEST = "bundle.json"


class BrokenBundle(StoreError):  # noqa: N818 - reads as the user meets it
    """A bundle that cannot be opened.

    Args:
        folder: the bundle.
        what: what must hold and what came.
        mend: the step that mends it.
    """

    def __init__(self, folder: Path, what: str, *, mend: str | None = None) -> None:
        again = "train again, or restore the folder from a copy of the store"
        super().__init__(f"{folder}: a bundle {what}", mend=mend or again)


@runtime_checkable
class Inference(Protocol):
    """What a task's `inference` offers: raw records in, answers out.

    Where the columns are no texts, `example()` gives a record or a few, as a table. Where an input
    column was made of others in training, `sources` may name them: `{"text": ("subject", "body")}`.
    It may say more of itself: `table` (records come with a file's own types; of its columns only
    those of `required` must be there, if it names such), `whole` (a file is
    read as a whole, and its answers need not be a row for each), `images` (records are image files,
    named in `path`). The DataFrame of `predict` may say in `attrs["unread"]` how many cells it
    could not read as in training: what → rows.

    Attributes:
        columns: names of the input columns.
        classes: names of the classes, in the order of the model's outputs.
    """

    columns: tuple[str, ...]
    classes: tuple[str, ...]

    def predict(self, records: "pd.DataFrame | list[str]") -> "pd.DataFrame":
        """One row per record: `label`, `probability` and `p:<class>` of each class."""

    def embed(self, records: "pd.DataFrame | list[str]") -> "np.ndarray[Any, Any]":
        """The model's vector of each record, float32, shape: (N, D)."""


def open_bundle(folder: Path | str) -> Inference:
    """The inference of a bundle, loaded from safetensors and JSON only.

    No Python is read from the folder: the manifest names a class that must be on the allow-list of
    installed code.

    Args:
        folder: what a task's `bundle()` wrote.

    Returns:
        The object that answers.

    Raises:
        BrokenBundle: files are missing, cut or damaged, or of another format.
        XinzhiError: the class is not on the allow-list, or as it says itself.
    """
    from xinzhi.config.targets import load_class

    folder = Path(folder)
    manifest = read_manifest(folder)
    for weights in sorted(folder.rglob("*.safetensors")):
        _check_weights(weights)
    loaded = cast("Any", load_class(manifest["inference"]))
    try:
        return cast("Inference", loaded.load(folder))
    except XinzhiError:
        raise
    except (OSError, ValueError, LookupError, RuntimeError) as error:  # as torch and JSON say it
        what = f"{type(error).__name__}: {str(error)[:300]}"
        raise BrokenBundle(
            folder, f"must hold all files of its model, loading said {what}"
        ) from error


def read_manifest(folder: Path) -> dict[str, Any]:
    """The checked content of `bundle.json`.

    Args:
        folder: the bundle.

    Returns:
        The manifest, with at least `format` and `inference`.

    Raises:
        BrokenBundle: it is missing, unreadable or of another format.
    """
    path = folder / MANIFEST
    if not path.is_file():
        there = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
        found = ", ".join(there[:8]) or ("nothing" if folder.is_dir() else "no such folder")
        raise BrokenBundle(folder, f"must hold {MANIFEST}, there was {found}")
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise BrokenBundle(
            folder, f"must hold a {MANIFEST} that is JSON, was cut or damaged"
        ) from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("inference"), str):
        raise BrokenBundle(folder, f"must hold a {MANIFEST} that names its `inference`")
    if manifest.get("format") != FORMAT:
        raise BrokenBundle(
            folder,
            f"must be of format {FORMAT} for this version of xinzhi, "
            f"was {manifest.get('format')!r}",
            mend="install the version of xinzhi that wrote the model (its run lists the packages)",
        )
    return manifest


def _check_weights(path: Path) -> None:
    """Compare the header of a safetensors file with the file's size.

    Raises:
        BrokenBundle: they disagree.
    """
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="np"):
            pass
    except (SafetensorError, OSError) as error:
        size = path.stat().st_size
        raise BrokenBundle(
            path.parent,
            f"must hold whole safetensors files, {path.name} ({size:,} bytes) is not: {error}",
        ) from error
