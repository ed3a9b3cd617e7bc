"""Registered versions: how they are named and made."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from xinzhi.config.identity import redact
from xinzhi.errors import UnknownReference
from xinzhi.tracking.references import match_run, refuse
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

CHAMPION, CHALLENGER = "champion", "challenger"
_NAMED = re.compile(r"(?P<name>[^@/]+)(?:@(?P<alias>[^@/]+)|/(?P<version>\d+))?\Z")
_MODEL_URI = "models:/"


@dataclass(frozen=True)
class Resolved:
    """What a reference names.

    Args:
        run_id: the run behind it; empty where a version has none.
        model_id: the LoggedModel, if there is one.
        name: of the registered model, if a version was named.
        version: of the registered model, if a version was named.
        label: what to call it in output.
    """

    run_id: str
    model_id: str | None
    name: str | None
    version: int | None
    label: str


def resolve(store: Store, reference: str) -> Resolved:
    """The run, model and version that `reference` names.

    `NAME` alone is the champion, or the latest version while there is none.

    Args:
        store: where to look.
        reference: run id, unique prefix, run name, `NAME`, `NAME@alias`, `NAME/3`, `last`,
            `last~1`.

    Raises:
        UnknownReference: it names nothing, or several things; the message lists the candidates.
    """
    if reference.startswith("sweep:"):
        raise UnknownReference(
            f"{reference!r} names a sweep, this command takes one run or version",
            mend="name the sweep's best run or the version made of it",
        )
    with store.explaining():
        version = _version(store, reference)
        if version is not None:
            return _of_version(version, reference)
        run = match_run(store, reference) or refuse(store, reference, model_names(store))
        return Resolved(run.run_id, _model_of(store, run.run_id), None, None, str(run))


def register(
    store: Store,
    *,
    model_id: str,
    run_id: str,
    name: str,
    alias: str = CHALLENGER,
    tags: Mapping[str, str] | None = None,
    description: str | None = None,
) -> int:
    """Make a LoggedModel the next version of `name` and point `alias` at it.

    A model that is a version of `name` already stays that one: whoever is not sure whether an
    earlier attempt came to its end may ask again.

    Args:
        store: where it is kept.
        model_id: the LoggedModel.
        run_id: the run that made it.
        name: of the registered model, made if need be.
        alias: moved to the new version.
        tags: of the version; a password in them is hidden, as in the description.
        description: of the version.

    Returns:
        The version's number.
    """
    client = store.client
    with store.explaining(), store.as_global():
        _ensure_model(store, name)
        before = _made_before(store, name, run_id=run_id, model_id=model_id)
        if before is not None:
            if aliases(store, name).get(alias, 0) < before:
                client.set_registered_model_alias(name, alias, str(before))
            return before
        made = client.create_model_version(
            name,
            f"{_MODEL_URI}{model_id}",
            run_id=run_id,
            tags={key: redact(value) for key, value in (tags or {}).items()},
            description=None if description is None else redact(description),
            model_id=model_id,
        )
        client.set_registered_model_alias(name, alias, str(made.version))
    return int(made.version)


def model_names(store: Store) -> list[str]:
    """Names of the registered models.

    Args:
        store: where to look.
    """
    return [model.name for model in store.client.search_registered_models(max_results=1000)]


def aliases(store: Store, name: str) -> dict[str, int]:
    """Aliases of a registered model and the versions they point at.

    Args:
        store: where to look.
        name: of the registered model.
    """
    found = store.client.get_registered_model(name).aliases
    return {alias: int(version) for alias, version in found.items()}


def _version(store: Store, reference: str) -> "ModelVersion | None":
    """The version that `reference` names; None where it names no registered model.

    Raises:
        UnknownReference: the model has no such version or alias.
    """
    named = _NAMED.match(reference)
    if named is None or not _is_model(store, named["name"]):
        return None
    name, pointed = named["name"], aliases(store, named["name"])
    numbers = sorted(int(v.version) for v in store.client.search_model_versions(f"name='{name}'"))
    wanted = int(named["version"]) if named["version"] else None
    if named["alias"]:
        wanted = pointed.get(named["alias"])
    elif wanted is None:
        wanted = pointed.get(CHAMPION, numbers[-1] if numbers else None)
    if wanted not in numbers:
        raise UnknownReference(
            f"{reference!r} must name a version of {name}, and names none",
            candidates=[f"{name}@{alias}" for alias in pointed] + [f"{name}/{n}" for n in numbers],
        )
    return store.client.get_model_version(name, str(wanted))


def _made_before(store: Store, name: str, *, run_id: str, model_id: str) -> int | None:
    found = store.client.search_model_versions(f"name='{name}' and run_id='{run_id}'")
    same = [int(one.version) for one in found if _of_version(one, name).model_id == model_id]
    return min(same, default=None)


def _is_model(store: Store, name: str) -> bool:
    from mlflow.exceptions import MlflowException

    try:
        return bool(store.client.get_registered_model(name))
    except MlflowException as error:
        if error.error_code in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            return False
        raise


def _of_version(version: "ModelVersion", reference: str) -> Resolved:
    source = str(version.source or "")
    model_id = version.model_id or None
    if model_id is None and source.startswith(f"{_MODEL_URI}m-"):
        model_id = source.removeprefix(_MODEL_URI)
    number = int(version.version)
    label = f"{version.name}/{number}"
    if "@" in reference:
        label += f" ({reference})"
    return Resolved(version.run_id or "", model_id, version.name, number, label)


def _model_of(store: Store, run_id: str) -> str | None:
    outputs = store.client.get_run(run_id).outputs
    made = outputs.model_outputs if outputs is not None else []
    return str(max(made, key=lambda output: output.step).model_id) if made else None


def _ensure_model(store: Store, name: str) -> None:
    from mlflow.exceptions import MlflowException

    if _is_model(store, name):
        return
    try:
        store.client.create_registered_model(name)
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":  # another process was first
            raise
