"""A registered model as decisions need it: aliases, versions, tags, descriptions, files of runs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from xinzhi.registry.receipt_forms import Side
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities.model_registry import ModelVersion

_MODEL_URI = "models:/"


@dataclass(frozen=True, kw_only=True)
class Model:
    """A registered model.

    Attributes:
        name: of it.
        description: in Markdown.
        tags: by name.
        aliases: the versions they point at.
    """

    name: str
    description: str
    tags: Mapping[str, str]
    aliases: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class Version:
    """A version of a registered model.

    Attributes:
        number: of it.
        run_id: the run that made it; empty where it has none.
        source: where its files are: `models:/m-…` is a LoggedModel.
        status: READY, if it may be used.
        description: in Markdown.
        tags: by name.
    """

    number: int
    run_id: str
    source: str
    status: str
    description: str
    tags: Mapping[str, str]

    @property
    def model_id(self) -> str | None:
        """The LoggedModel, if there is one."""
        found = self.source.startswith(f"{_MODEL_URI}m-")
        return self.source.removeprefix(_MODEL_URI) if found else None

    @property
    def side(self) -> Side:
        """It as a side of a decision."""
        return Side(version=self.number, run_id=self.run_id, model_id=self.model_id)


class Registered(Protocol):
    """What reads and writes the registered models of one store."""

    def names(self) -> list[str]:
        """Of all registered models."""

    def model(self, name: str) -> Model | None:
        """A registered model; None where there is none of that name."""

    def versions(self, name: str) -> list[Version]:
        """The versions of a model by number."""

    def point(self, name: str, alias: str, version: int) -> None:
        """Lets an alias point at a version that exists."""

    def remove(self, name: str, alias: str) -> None:
        """Takes an alias away; one that is not there is left so."""

    def tag(self, name: str, tags: Mapping[str, str], version: int | None = None) -> None:
        """Sets tags of a model, or of a version of it."""

    def describe(self, name: str, text: str, version: int | None = None) -> None:
        """Sets the description of a model, or of a version of it."""

    def keep(self, run_id: str, text: str, path: str) -> None:
        """Keeps a text with a run; one that is not there any more keeps none."""


class ClientRegistered:
    """The registered models as MLflow's client reads and writes them.

    Args:
        store: opened.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def names(self) -> list[str]:
        """Of all registered models."""
        with self._store.explaining():
            found = self._store.client.search_registered_models(max_results=1000)
        return [model.name for model in found]

    def model(self, name: str) -> Model | None:
        """A registered model.

        Args:
            name: of it.

        Returns:
            None where there is none of that name.
        """
        with self._store.explaining(), _absent() as absent:
            found = self._store.client.get_registered_model(name)
        if absent:
            return None
        return Model(
            name=name,
            description=found.description or "",
            tags=dict(found.tags),
            aliases={alias: int(version) for alias, version in found.aliases.items()},
        )

    def versions(self, name: str) -> list[Version]:
        """The versions of a model by number.

        Args:
            name: of it.
        """
        mark = '"' if "'" in name else "'"  # MLflow's filters know no escape
        query = f"name={mark}{name}{mark}"
        with self._store.explaining():
            found, token = [], None
            while True:
                page = self._store.client.search_model_versions(query, page_token=token)
                found += [_version(one) for one in page]
                token = page.token
                if not token:
                    return sorted(found, key=lambda one: one.number)

    def point(self, name: str, alias: str, version: int) -> None:
        """Lets an alias point at a version that exists.

        Args:
            name: of the model.
            alias: any.
            version: of the model.
        """
        with self._store.explaining():
            self._store.client.set_registered_model_alias(name, alias, str(version))

    def remove(self, name: str, alias: str) -> None:
        """Takes an alias away; one that is not there is left so.

        Args:
            name: of the model.
            alias: any.
        """
        with self._store.explaining():
            self._store.client.delete_registered_model_alias(name, alias)

    def tag(self, name: str, tags: Mapping[str, str], version: int | None = None) -> None:
        """Sets tags of a model, or of a version of it.

        Args:
            name: of the model.
            tags: by name.
            version: of the model.
        """
        client = self._store.client
        with self._store.explaining():
            for key, value in tags.items():
                if version is None:
                    client.set_registered_model_tag(name, key, value)
                else:
                    client.set_model_version_tag(name, str(version), key, value)

    def describe(self, name: str, text: str, version: int | None = None) -> None:
        """Sets the description of a model, or of a version of it.

        Args:
            name: of the model.
            text: in Markdown.
            version: of the model.
        """
        with self._store.explaining():
            if version is None:
                self._store.client.update_registered_model(name, description=text)
            else:
                self._store.client.update_model_version(name, str(version), description=text)

    def keep(self, run_id: str, text: str, path: str) -> None:
        """Keeps a text with a run; one that is not there any more keeps none.

        Args:
            run_id: of the run.
            text: content of the file.
            path: among the run's artifacts.
        """
        with self._store.explaining(), _absent():
            self._store.client.log_text(run_id, text, path)


@contextmanager
def _absent() -> Iterator[list[Exception]]:
    """Takes it that what is asked for is not there.

    Yields:
        What was raised for it.

    Raises:
        MlflowException: something else fails.
    """
    from mlflow.exceptions import MlflowException

    raised: list[Exception] = []
    try:
        yield raised
    except MlflowException as error:
        if error.error_code != "RESOURCE_DOES_NOT_EXIST":
            raise
        raised.append(error)


def _version(found: "ModelVersion") -> Version:
    return Version(
        number=int(found.version),
        run_id=found.run_id or "",
        source=str(found.source or ""),
        status=str(found.status),
        description=found.description or "",
        tags=dict(found.tags),
    )
