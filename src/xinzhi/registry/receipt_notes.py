"""Receipts beside the versions they are about in MLflow: tags, descriptions, a file with the run.

All of it can be made again from the ledger. The model's tag `head` is written last, so that the
next command sees what is missing; it also tells a ledger whose end was cut off.
"""

from collections.abc import Sequence

from xinzhi.errors import StoreError
from xinzhi.registry import receipt_page as page
from xinzhi.registry.receipt_forms import Receipt, Side
from xinzhi.registry.registered import Model, Registered

LEDGER, HEAD = "ledger", "head"  # tags of the registered model


def claim(registered: Registered, name: str, ledger: str, place: str) -> None:
    """Notes with a registered model which ledger its decisions are kept in.

    Args:
        registered: the models of a store.
        name: of the model.
        ledger: identity of the ledger.
        place: of the ledger, for a person.

    Raises:
        StoreError: they are kept in another one, or there is no such model.
    """
    model = registered.model(name)
    if model is None:
        raise StoreError(f"there must be a registered model {name}, there is none")
    known = model.tags.get(LEDGER)
    if known is None:
        registered.tag(name, {LEDGER: ledger})
    elif known != ledger:
        raise StoreError(
            f"the decisions on {name} are kept in the ledger {known}, the one at {place} is"
            f" {ledger}",
            mend="name the ledger that holds them: receipts=… or XINZHI_RECEIPTS. If it is lost for"
            f" good, take the tag `{LEDGER}` from the model in MLflow's pages: what was decided"
            " before then counts as moved without a receipt",
        )


def show(registered: Registered, receipts: Sequence[Receipt]) -> None:
    """Writes what MLflow's pages do not show yet of the receipts of a model.

    Args:
        registered: the models of a store.
        receipts: of one model, the oldest first.
    """
    model = registered.model(receipts[-1].name) if receipts else None
    if model is None:
        return
    new = [one for one in receipts if one.number > _noted(model)]
    if not new:
        return
    _show_versions(registered, receipts, {side.version for one in new for side in _sides(one)})
    for receipt in new:
        if receipt.challenger and receipt.challenger.run_id:
            path = f"receipts/{receipt.number}.json"
            registered.keep(receipt.challenger.run_id, page.artifact(receipt), path)
    described = page.model_description(receipts, model.description)
    if described != model.description:
        registered.describe(model.name, described)
    registered.tag(model.name, {HEAD: f"{receipts[-1].number} {receipts[-1].hash}"})


def heads(registered: Registered, name: str) -> list[str]:
    """The hashes of receipts that MLflow knows of a model: a ledger must still hold them.

    Args:
        registered: the models of a store.
        name: of the model.
    """
    model = registered.model(name)
    if model is None:
        return []
    found = [model.tags.get(HEAD, "").partition(" ")[2]]
    found += [version.tags.get("receipt_hash", "") for version in registered.versions(name)]
    return sorted({one for one in found if one})


def _noted(model: Model) -> int:
    """The number of the last receipt that the pages of a model show; 0 before the first."""
    number = model.tags.get(HEAD, "").partition(" ")[0]
    return int(number) if number.isdigit() else 0


def _sides(receipt: Receipt) -> list[Side]:
    return [side for side in (receipt.challenger, receipt.champion) if side is not None]


def _show_versions(registered: Registered, receipts: Sequence[Receipt], wanted: set[int]) -> None:
    name = receipts[-1].name
    for version in registered.versions(name):
        if version.number not in wanted:
            continue
        about = [
            one for one in receipts if one.challenger and one.challenger.version == version.number
        ]
        if about:
            registered.tag(name, page.tags(about[-1]), version.number)
        described = page.version_description(receipts, version.number, version.description)
        registered.describe(name, described, version.number)
