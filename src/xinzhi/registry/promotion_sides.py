"""Who is to become champion in whose place."""

from collections.abc import Mapping
from dataclasses import dataclass

from xinzhi.config.near import near
from xinzhi.errors import ConfigError, UnknownReference
from xinzhi.registry.versions import (
    CHALLENGER,
    CHAMPION,
    Resolved,
    aliases,
    model_names,
    register,
    resolve,
)
from xinzhi.tracking.store import Store

_TASK = "task"


@dataclass(frozen=True, kw_only=True)
class Sides:
    """A challenger and the champion in whose place it would come.

    Attributes:
        name: of the registered model.
        champion: the version; None where there is none yet.
        challenger: the version, or a run that is none yet.
    """

    name: str
    champion: Resolved | None
    challenger: Resolved


def model_of(store: Store, reference: str) -> str:
    """The registered model that is meant, which may not be there yet.

    Args:
        store: where to look.
        reference: as `sides` takes it.
    """
    with store.explaining():
        if reference in model_names(store):
            return reference
        found = resolve(store, reference)
        return found.name or _name_of(store, found)


def sides(store: Store, reference: str) -> Sides:
    """Finds both.

    A name alone means its challenger, or its latest version where that is not the champion; any
    other reference is the challenger, and the champion is that of the same registered model.

    Args:
        store: where to look.
        reference: `NAME`, `NAME/3`, `NAME@alias`, a run.

    Raises:
        UnknownReference: it names nothing, or what kept no model.
        ConfigError: the challenger is champion already, or of another task.
    """
    with store.explaining():
        named = reference in model_names(store)
        name = reference if named else ""
        challenger = _of_name(store, name) if named else resolve(store, reference)
        name = name or challenger.name or _name_of(store, challenger)
        there = _aliases(store, name)
    champion = resolve(store, f"{name}@{CHAMPION}") if CHAMPION in there else None
    if challenger.model_id is None:
        raise UnknownReference(
            f"{challenger.label} must have a model to be promoted, it kept none",
            mend="name a run that finished, or a version (NAME/3)",
        )
    if champion is not None and _same(champion, challenger):
        others = sorted(f"{name}@{alias}" for alias, v in there.items() if v != champion.version)
        raise ConfigError(
            f"{name}/{champion.version} is champion already: there must be another version to"
            " promote",
            candidates=others,
            mend=f"xinzhi train … name={name}, or name a challenger: xinzhi promote {name}/3",
        )
    found = Sides(name=name, champion=champion, challenger=challenger)
    _refuse_other_task(store, found)
    return found


def as_version(store: Store, found: Sides) -> Sides:
    """Gives the same with a challenger that is a version: a run becomes the next one.

    Args:
        store: where it is kept.
        found: as `sides` gives it.
    """
    if found.challenger.version is not None:
        return found
    run = found.challenger
    number = register(
        store, model_id=str(run.model_id), run_id=run.run_id, name=found.name, alias=CHALLENGER
    )
    version = resolve(store, f"{found.name}/{number}")
    return Sides(name=found.name, champion=found.champion, challenger=version)


def _of_name(store: Store, name: str) -> Resolved:
    """The challenger of a registered model, or else its latest version.

    Raises:
        UnknownReference: it has no version.
    """
    there = _aliases(store, name)
    found = store.client.search_model_versions(f"name='{name}'")
    versions = sorted(int(version.version) for version in found)
    if not versions:
        raise UnknownReference(
            f"{name} must have a version to be promoted, it has none",
            mend=f"xinzhi train … name={name}",
        )
    challenger = there.get(CHALLENGER)
    if challenger is None or challenger == there.get(CHAMPION):
        challenger = versions[-1]
    return resolve(store, f"{name}/{challenger}")


def _name_of(store: Store, run: Resolved) -> str:
    """The registered model that a run's model belongs to: its experiment's name."""
    experiment = store.client.get_run(run.run_id).info.experiment_id
    return str(store.client.get_experiment(experiment).name)


def _aliases(store: Store, name: str) -> Mapping[str, int]:
    return aliases(store, name) if name in model_names(store) else {}


def _same(one: Resolved, other: Resolved) -> bool:
    if one.name == other.name and one.version == other.version:
        return True
    return bool(one.model_id) and one.model_id == other.model_id


def _refuse_other_task(store: Store, found: Sides) -> None:
    """Refuses a challenger that answers another kind of question.

    Raises:
        ConfigError: it does.
    """
    if found.champion is None or not (found.champion.run_id and found.challenger.run_id):
        return
    before, after = (
        store.client.get_run(one.run_id).data.tags.get(_TASK, "")
        for one in (found.champion, found.challenger)
    )
    if before != after and before and after:
        raise ConfigError(
            f"challenger and champion must be of one task, {found.challenger.label} is of {after},"
            f" {found.champion.label} of {before}",
            candidates=near(found.name, [n for n in model_names(store) if n != found.name]),
            mend="promote it under a name of its own: xinzhi train … name=…",
        )
