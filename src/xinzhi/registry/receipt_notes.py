"""Receipts beside the versions they are about in MLflow: tags, descriptions, a file with the run.

All of it can be made again from the ledger. The model's tag `head` is written last, so that the
next command sees what is missing; it also tells a ledger whose end was cut off.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from xinzhi.errors import StoreError
from xinzhi.registry import receipt_page as page
from xinzhi.registry.receipt_forms import Receipt, Side
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion, RegisteredModel

LEDGER, HEAD = "ledger", "head"  # tags of the registered model


def claim(store: Store, name: str, ledger: str, place: str) -> None:
    """Notes with a registered model which ledger its decisions are kept in.

    Args:
        store: where the model is.
        name: of it.
        ledger: identity of the ledger.
        place: of the ledger, for a person.

    Raises:
        StoreError: they are kept in another one, or there is no such model.
    """
    model = _model(store, name)
    if model is None:
        raise StoreError(f"there must be a registered model {name}, there is none")
    known = model.tags.get(LEDGER)
    if known is None:
        with store.explaining():
            store.client.set_registered_model_tag(name, LEDGER, ledger)
    elif known != ledger:
        raise StoreError(
            f"the decisions on {name} are kept in the ledger {known}, the one at {place} is"
            f" {ledger}",
            mend="name the ledger that holds them: receipts=… or XINZHI_RECEIPTS. If it is lost for"
            f" good, take the tag `{LEDGER}` from the model in MLflow's pages: what was decided"
            " before then counts as moved without a receipt",
        )


def show(store: Store, receipts: Sequence[Receipt]) -> None:
    """Writes what MLflow's pages do not show yet of the receipts of a model.

    Args:
        store: where the model is.
        receipts: of one model, the oldest first.
    """
    model = _model(store, receipts[-1].name) if receipts else None
    if model is None:
        return
    shown = noted(model)
    new = [one for one in receipts if one.number > shown]
    if not new:
        return
    with store.explaining():
        for version in sorted({side.version for one in new for side in _sides(one)}):
            _show_version(store, receipts, version)
        for receipt in new:
            _keep(store, receipt)
        described = page.model_description(receipts, model.description or "")
        if described != model.description:
            store.client.update_registered_model(model.name, description=described)
        head = f"{receipts[-1].number} {receipts[-1].hash}"
        store.client.set_registered_model_tag(model.name, HEAD, head)


def noted(model: "RegisteredModel") -> int:
    """The number of the last receipt that the pages of a model show; 0 before the first.

    Args:
        model: registered.
    """
    number = str(model.tags.get(HEAD, "0")).partition(" ")[0]
    return int(number) if number.isdigit() else 0


def heads(store: Store, name: str) -> list[str]:
    """The hashes of receipts that MLflow knows of a model: a ledger must still hold them.

    Args:
        store: where the model is.
        name: of it.
    """
    model = _model(store, name)
    if model is None:
        return []
    found = [str(model.tags.get(HEAD, "")).partition(" ")[2]]
    with store.explaining():
        versions = store.client.search_model_versions(f"name='{name}'")
    found += [str(version.tags.get("receipt_hash", "")) for version in versions]
    return sorted({one for one in found if one})


def ledger_of(store: Store, name: str) -> str | None:
    """The identity of the ledger that MLflow names for a model, if it names one.

    Args:
        store: where the model is.
        name: of it.
    """
    model = _model(store, name)
    return None if model is None else model.tags.get(LEDGER)


def _sides(receipt: Receipt) -> list[Side]:
    return [side for side in (receipt.challenger, receipt.champion) if side is not None]


def _show_version(store: Store, receipts: Sequence[Receipt], version: int) -> None:
    name = receipts[-1].name
    found = _version(store, name, version)
    if found is None:  # deleted meanwhile: its receipts stay
        return
    about = [one for one in receipts if one.challenger and one.challenger.version == version]
    for key, value in page.tags(about[-1]).items() if about else ():
        store.client.set_model_version_tag(name, str(version), key, value)
    described = page.version_description(receipts, version, found.description or "")
    store.client.update_model_version(name, str(version), description=described)


def _keep(store: Store, receipt: Receipt) -> None:
    """Keeps the receipt as a file with the run that it is about, if that is still there.

    Raises:
        MlflowException: the store fails.
    """
    from mlflow.exceptions import MlflowException

    run_id = receipt.challenger.run_id if receipt.challenger else ""
    if not run_id:
        return
    try:
        path = f"receipts/{receipt.number}.json"
        store.client.log_text(run_id, page.artifact(receipt), path)
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise


def _model(store: Store, name: str) -> "RegisteredModel | None":
    from mlflow.exceptions import MlflowException

    with store.explaining():
        try:
            return store.client.get_registered_model(name)
        except MlflowException as error:
            if error.error_code != "RESOURCE_DOES_NOT_EXIST":
                raise
            return None


def _version(store: Store, name: str, version: int) -> "ModelVersion | None":
    from mlflow.exceptions import MlflowException

    try:
        return store.client.get_model_version(name, str(version))
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        return None
