"""A bundle as MLflow's LoggedModel: linked to its run, loadable by pyfunc without pickle."""

import tempfile
from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

import xinzhi

if TYPE_CHECKING:
    from mlflow import MlflowClient
    from mlflow.models import ModelSignature
    from pandas import DataFrame

BUNDLE = "bundle"  # name under which the pyfunc finds its folder
_NEEDED = ("xinzhi", "torch", "transformers", "tokenizers", "safetensors", "numpy",
           "pandas", "mlflow")  # fmt: skip


def log_model(
    client: "MlflowClient",
    *,
    run_id: str,
    name: str,
    bundle: Path,
    signature: "ModelSignature",
    input_example: "DataFrame",
    step: int = 0,
    code: Path | None = None,
) -> str:
    """Make a LoggedModel of a bundle folder, the output of a run; returns its id.

    Args:
        client: of the store.
        run_id: the run that trained it.
        name: as shown in the UI.
        bundle: the folder that `deployment.open_bundle` opens.
        signature: columns in and out.
        input_example: a few records as a caller would send them.
        step: training step of the weights.
        code: file that makes the pyfunc; the generic one of `deployment` by default.
    """
    from mlflow.entities import LoggedModelOutput

    run = client.get_run(run_id)
    model = client.create_logged_model(
        run.info.experiment_id,
        name=name,
        source_run_id=run_id,
        params=dict(run.data.params),
        model_type=run.data.tags.get("task"),
    )
    try:
        _store_files(client, model, bundle, signature, input_example, code or generic_code())
    except BaseException:
        client.finalize_logged_model(model.model_id, "FAILED")
        raise
    client.finalize_logged_model(model.model_id, "READY")
    client.log_outputs(run_id, [LoggedModelOutput(model.model_id, step)])
    return str(model.model_id)


def local_path(uri: str) -> Path | None:
    """The path that an artifact address names on this machine; None for any other.

    Args:
        uri: an absolute path or any MLflow address.
    """
    if uri.startswith("file://"):
        return Path(unquote(urlsplit(uri).path))
    return Path(uri) if uri.startswith("/") else None


def generic_code() -> Path:
    """The models-from-code file that serves every bundle."""
    return Path(xinzhi.__file__).parent / "deployment" / "pyfunc.py"


def requirements() -> list[str]:
    """Pinned packages that a bundle needs to answer; given, so that MLflow need not infer them."""
    return [f"{name}=={metadata.version(name)}" for name in _NEEDED]


def _store_files(
    client: "MlflowClient",
    model: Any,  # noqa: ANN401 - mlflow's LoggedModel
    bundle: Path,
    signature: "ModelSignature",
    input_example: "DataFrame",
    code: Path,
) -> None:
    saved: Mapping[str, Any] = {
        "python_model": str(code),
        "artifacts": {BUNDLE: str(bundle)},
        "signature": signature,
        "input_example": input_example,
        "pip_requirements": requirements(),
    }
    place = local_path(model.artifact_location)
    if place is not None:
        _save(place, model.model_id, saved)  # at once where it belongs: weights are copied once
        return
    with tempfile.TemporaryDirectory() as scratch:
        _save(Path(scratch) / "model", model.model_id, saved)
        client.log_model_artifacts(model.model_id, str(Path(scratch) / "model"))


def _save(place: Path, model_id: str, saved: Mapping[str, Any]) -> None:
    from mlflow import pyfunc
    from mlflow.models import Model
    from mlflow.utils import environment

    place.parent.mkdir(parents=True, exist_ok=True)
    # the requirements are what is installed: to compare them with that would cost a second
    with patch.object(environment, "warn_dependency_requirement_mismatches"):
        pyfunc.save_model(str(place), mlflow_model=Model(model_id=model_id), **saved)
