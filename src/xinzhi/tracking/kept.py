"""Files that a run has kept, read back from wherever they lie."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from xinzhi.tracking.models import local_path
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run


def text_of(store: Store, run: "Run", path: str) -> str | None:
    """A text that a run kept; None where it kept none of that name.

    Args:
        store: where the run is.
        run: it.
        path: among its artifacts.
    """
    folder = local_path(run.info.artifact_uri)
    if folder is not None:
        file = folder / path
        return file.read_text(encoding="utf-8", errors="replace") if file.is_file() else None
    return _fetched(store, run.info.run_id, path)


def _fetched(store: Store, run_id: str, path: str) -> str | None:
    beside = path.rpartition("/")[0] or None
    with store.explaining(), tempfile.TemporaryDirectory() as scratch:
        there = {one.path for one in store.client.list_artifacts(run_id, beside)}
        if path not in there:
            return None
        file = Path(store.client.download_artifacts(run_id, path, scratch))
        return file.read_text(encoding="utf-8", errors="replace")
