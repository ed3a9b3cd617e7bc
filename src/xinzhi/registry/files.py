"""The files of a model that a reference names: where they lie, or a copy of them."""

import tempfile
from pathlib import Path

from xinzhi.errors import StoreError, UnknownReference
from xinzhi.registry.versions import Resolved
from xinzhi.tracking.models import BUNDLE, local_path
from xinzhi.tracking.store import Store


def load_folder(store: Store, resolved: Resolved) -> Path:
    """The local folder of the bundle that `resolved` names, downloaded if it lies elsewhere.

    Args:
        store: where it is kept.
        resolved: as `resolve` gives it.

    Raises:
        UnknownReference: the run kept no model.
        StoreError: the model's files are gone.
    """
    if resolved.model_id is None:
        raise UnknownReference(
            f"{resolved.label} must have a model, it kept none",
            mend="name a run that finished, or a registered model (NAME, NAME@champion)",
        )
    with store.explaining():
        model = store.client.get_logged_model(resolved.model_id)
        place = local_path(model.artifact_location)
        folder = place or _downloaded(store, resolved.model_id, model.artifact_location)
    bundle = folder / "artifacts" / BUNDLE
    if not (bundle / "bundle.json").is_file():
        inside = sorted(folder.glob("artifacts/*/bundle.json"))
        if not inside:
            raise StoreError(
                f"the files of {resolved.label} must lie in {folder}, they are gone",
                mend="xinzhi store relocate (if the folder was moved), or train again",
            )
        bundle = inside[0].parent
    return bundle


def artifact(store: Store, run_id: str, path: str) -> Path | None:
    """The local file of an artifact of a run, downloaded if it lies elsewhere; None without one.

    Args:
        store: where it is kept.
        run_id: the run.
        path: among its artifacts.
    """
    with store.explaining():
        place = local_path(store.client.get_run(run_id).info.artifact_uri)
        if place is not None:
            return place / path if (place / path).is_file() else None
        folder = path.rpartition("/")[0]
        if not any(one.path == path for one in store.client.list_artifacts(run_id, folder or None)):
            return None
        from xinzhi.config.project import cache_folder

        cache = cache_folder() / "artifacts" / run_id
        cache.mkdir(parents=True, exist_ok=True)
        return Path(store.client.download_artifacts(run_id, path, str(cache)))


def _downloaded(store: Store, model_id: str, uri: str) -> Path:
    """A copy in the cache: whole, or not there."""
    from mlflow.artifacts import download_artifacts

    from xinzhi.config.project import cache_folder

    folder = cache_folder() / "models" / model_id
    if not folder.exists():
        folder.parent.mkdir(parents=True, exist_ok=True)
        # one of its own, since several processes may fetch the same model at once
        with tempfile.TemporaryDirectory(prefix=".partial-", dir=folder.parent) as partial:
            download_artifacts(artifact_uri=uri, dst_path=partial, tracking_uri=store.uri)
            _put(next(Path(partial).rglob("MLmodel")).parent, folder)
    return folder


def _put(got: Path, folder: Path) -> None:
    try:
        got.replace(folder)
    except OSError:
        if not folder.exists():  # else another process was first, with the same files
            raise
