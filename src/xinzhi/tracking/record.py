"""What is written of an open run: metrics, files, data and models."""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.config.identity import redact
from xinzhi.tracking import models, names, recovery
from xinzhi.tracking.buffer import Row
from xinzhi.tracking.inputs import DatasetLike, dataset_input
from xinzhi.tracking.store import Store
from xinzhi.tracking.system import SystemSampler
from xinzhi.tracking.writer import RunWriter

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from mlflow.entities import DatasetInput
    from mlflow.models import ModelSignature
    from pandas import DataFrame


_ENTERED_TWICE = ("unique constraint", "duplicate key", "duplicate entry")


class Record:
    """What is written of a run while it is open.

    Args:
        store: where it is kept.
        run_id: the run, in status RUNNING.
        run_name: as shown in the UI.
        experiment_id: the experiment it belongs to.
        sampler: reads system metrics; None for none.
        every_n_seconds: how often metrics are written.
    """

    def __init__(
        self,
        store: Store,
        *,
        run_id: str,
        run_name: str,
        experiment_id: str,
        sampler: SystemSampler | None = None,
        every_n_seconds: float = 5.0,
    ) -> None:
        self.store = store
        self.client = store.client
        self.run_id = run_id
        self.run_name = run_name
        self.experiment_id = experiment_id
        self.work = store.folder / recovery.WORK / run_id
        self.writer = RunWriter(
            store.client, run_id, sampler=sampler, every_n_seconds=every_n_seconds
        )

    def metrics(
        self,
        values: Mapping[str, float],
        *,
        step: int,
        model_id: str | None = None,
        dataset: DatasetLike | None = None,
    ) -> None:
        """Take metrics; they are written by a thread of their own.

        Args:
            values: by name.
            step: of training.
            model_id: the LoggedModel that was measured.
            dataset: what it was measured on.
        """
        now_ms = int(1000 * time.time())
        on = (None, None) if dataset is None else (dataset.name, dataset.digest)
        rows = [
            Row(names.key(name), float(value), now_ms, step, model_id, *on)
            for name, value in values.items()
        ]
        try:
            self.writer.buffer.add(rows)
        except Exception:
            with self.store.explaining():
                raise

    def flush(self) -> None:
        """Write what is buffered now."""
        with self.store.explaining():
            self.writer.buffer.flush()

    def artifact(self, path: Path, folder: str | None = None) -> None:
        """Keep a file or a folder with the run.

        Args:
            path: local file or folder.
            folder: among the run's artifacts; its top by default.
        """
        with self.store.explaining():
            if path.is_dir():
                inside = "/".join(filter(None, [folder, path.name]))
                self.client.log_artifacts(self.run_id, str(path), inside)
            else:
                self.client.log_artifact(self.run_id, str(path), folder)

    def text(self, content: str, path: str) -> None:
        """Keep a text with the run, passwords in it hidden.

        Args:
            content: the text.
            path: among the run's artifacts.
        """
        with self.store.explaining():
            self.client.log_text(self.run_id, redact(content), path)

    def figure(self, figure: "Figure", path: str) -> None:
        """Keep a figure with the run.

        Args:
            figure: of matplotlib.
            path: among the run's artifacts; its ending gives the format.
        """
        with self.store.explaining():
            self.client.log_figure(self.run_id, figure, path)

    def tag(self, key: str, value: object) -> None:
        """Set a tag.

        Args:
            key: its name.
            value: shown as text.
        """
        with self.store.explaining():
            self.client.set_tag(self.run_id, key, names.tag_value(redact(str(value))))

    def describe(self, text: str) -> None:
        """Set the description that the UI shows at the top of the run's page.

        Args:
            text: Markdown.
        """
        self.tag("mlflow.note.content", text)

    def dataset(
        self,
        dataset: DatasetLike,
        *,
        source: str,
        context: str,
        profile: Mapping[str, Any] | None = None,
        columns: Sequence[str] = (),
    ) -> None:
        """Note what the run read, under our own digest of the whole content.

        Args:
            dataset: name and digest.
            source: where it came from; a password in it is hidden.
            context: `train`, `val`, `test`.
            profile: counts and the like.
            columns: of the records.
        """
        with self.store.explaining():
            entry = dataset_input(
                name=dataset.name,
                digest=dataset.digest,
                source=redact(source),
                context=context,
                profile=dict(profile or {}),
                columns=columns,
            )
            self._log_input(entry)

    def _log_input(self, entry: "DatasetInput") -> None:
        """Notes a data set; MLflow looks for it and then enters it: of two at once one fails.

        Raises:
            MlflowException: the store refuses it.
        """
        from mlflow.exceptions import MlflowException

        try:
            self.client.log_inputs(self.run_id, datasets=[entry])
        except MlflowException as error:
            if not any(word in str(error).lower() for word in _ENTERED_TWICE):
                raise
            self.client.log_inputs(self.run_id, datasets=[entry])  # by now it is there

    def model(
        self,
        name: str,
        folder: Path,
        *,
        signature: "ModelSignature",
        input_example: "DataFrame",
        step: int = 0,
        metrics: Mapping[str, float] | None = None,
        dataset: DatasetLike | None = None,
    ) -> str:
        """Keep a bundle as the run's model; returns the model's id.

        Args:
            name: as shown in the UI.
            folder: the bundle.
            signature: columns in and out, as `deployment.flavor` reads them from the bundle.
            input_example: a few records as a caller would send them.
            step: of training, at which the weights stood.
            metrics: of these weights, linked to the model.
            dataset: what `metrics` were measured on.
        """
        with self.store.explaining():
            model_id = models.log_model(
                self.client,
                run_id=self.run_id,
                name=name,
                bundle=folder,
                signature=signature,
                input_example=input_example,
                step=step,
            )
        if metrics:
            self.metrics(metrics, step=step, model_id=model_id, dataset=dataset)
        return model_id
