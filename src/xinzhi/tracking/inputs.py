"""What a run read, as MLflow's dataset input under our own digest."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from mlflow.entities import DatasetInput

_LONGEST_SOURCE = 65_535


class DatasetLike(Protocol):
    """Anything that names its records and their content."""

    @property
    def name(self) -> str:
        """As shown in the UI."""

    @property
    def digest(self) -> str:
        """Of the content, at most 36 characters."""


def dataset_input(
    *,
    name: str,
    digest: str,
    source: str,
    context: str,
    profile: Mapping[str, Any],
    columns: Sequence[str],
) -> "DatasetInput":
    """One dataset input of a run.

    MLflow's own digest covers the first 10 000 rows in eight hex digits; ours covers everything.

    Args:
        name: as shown in the UI.
        digest: of the whole content, at most 36 characters.
        source: address or path it came from.
        context: `train`, `val`, `test`.
        profile: counts and the like.
        columns: of the records, all text as far as MLflow is told.
    """
    from mlflow.entities import Dataset, DatasetInput, InputTag

    kind = source.partition("://")[0] if "://" in source else "local"
    schema = [{"name": column, "type": "string", "required": True} for column in columns]
    dataset = Dataset(
        name=name,
        digest=digest,
        source_type=kind,
        source=json.dumps({"uri": source}, ensure_ascii=False)[:_LONGEST_SOURCE],
        schema=json.dumps({"mlflow_colspec": schema}, ensure_ascii=False) if schema else None,
        profile=json.dumps(dict(profile), ensure_ascii=False),
    )
    return DatasetInput(dataset=dataset, tags=[InputTag("mlflow.data.context", context)])
