"""From image files to answers: what predict, serve and MLflow's pyfunc call."""

import base64
import io
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from xinzhi.config.project import cache_folder
from xinzhi.data.records import require_columns
from xinzhi.errors import DataError
from xinzhi.evaluation.answers import class_outcomes, labelled
from xinzhi.nn.images import channels_last, looked_at, normalised
from xinzhi.nn.saving import read_bundle, rebuild
from xinzhi.tasks.image_classification.decoding import Form, Source, decoded
from xinzhi.tasks.image_classification.pictures import cached_pictures

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.evaluation.outcomes import Outcomes

_BATCH = 64
_NAMED = 3  # broken images that a message names


class ImageClassifier:
    """Answers images with labels and probabilities.

    Args:
        model: images (B, C, H, W) to scores (B, classes).
        settings: classes, size, colours, fit, mean, std, looks, and the threshold for `accepted`.
    """

    columns = ("path",)
    images = True

    def __init__(self, model: nn.Module, settings: Mapping[str, Any]) -> None:
        self.model, self.settings = model.eval(), dict(settings)
        self.classes: tuple[str, ...] = tuple(settings["classes"])
        self.form = Form(settings["size"], settings["colours"], settings["fit"])
        self._mean, self._std = torch.tensor(settings["mean"]), torch.tensor(settings["std"])

    @classmethod
    def load(cls, folder: Path) -> "ImageClassifier":
        """Reads what `save_bundle` wrote: safetensors and JSON, no pickle, no code."""
        architecture, settings = read_bundle(folder)
        model = rebuild(
            architecture,
            folder,
            num_classes=len(settings["classes"]),
            colours=settings["colours"],
            size=settings["size"],
        )
        return cls(channels_last(model), settings)

    def example(self) -> pd.DataFrame:
        """Gives one made-up record: an image may also stand in the record itself, as a data URI."""
        from PIL import Image

        file = io.BytesIO()
        Image.new("RGB", (self.form.size,) * 2, (90, 120, 150)).save(file, "PNG")
        body = base64.b64encode(file.getvalue()).decode()
        return pd.DataFrame({"path": [f"data:image/png;base64,{body}"]})

    def predict(self, records: pd.DataFrame | Sequence[Source]) -> pd.DataFrame:
        """Answers each record, in order.

        Args:
            records: a table with the column `path`, or its cells: paths, data URIs, bytes of files
                or arrays of bytes (H, W) or (H, W, 3).

        Returns:
            `label`, `probability` of it, `accepted` (whether the answer needs no person, where
            validation found a threshold), and `p:<class>` for each class.

        Raises:
            DataError: there is no such column, or images cannot be read: all or nothing.
        """
        looks = self.settings["looks"]
        scores = self._forward(records, lambda pixels: looked_at(self._scores, pixels, looks))
        probabilities = torch.from_numpy(scores).double().softmax(1).numpy()
        return labelled(probabilities, self.classes, threshold=self.settings.get("threshold"))

    @torch.inference_mode()
    def outcomes(self, snapshot: "Snapshot", split: str) -> "Outcomes":
        """Gives the answers to the images of a split beside their labels; broken ones have none.

        Args:
            snapshot: of images with `label`.
            split: train, val or test.
        """
        pictures = cached_pictures(snapshot, split, self.form, folder=cache_folder() / "tokens")
        parts = [
            looked_at(self._scores, torch.from_numpy(np.array(batch)), self.settings["looks"])
            for batch in np.split(pictures.pixels, range(_BATCH, len(pictures.rows), _BATCH))
        ]
        return class_outcomes(
            torch.cat(parts).double().softmax(1).numpy(),
            snapshot.table(split).take(pictures.rows),
            self.classes,
            decisions={"accept": self.settings.get("threshold")},
        )

    def embed(self, records: pd.DataFrame | Sequence[Source]) -> np.ndarray:
        """Gives the model's features of each record, shape (records, D), float32.

        Raises:
            DataError: the model has no features() beside its scores.
        """
        features: Any = getattr(self.model, "features", None)
        if features is None:
            kind = type(self.model).__name__
            msg = f"form=embeddings needs a model with features(), {kind} has none"
            raise DataError(msg)
        return self._forward(
            records, lambda pixels: features(normalised(pixels, self._mean, self._std))
        )

    def _scores(self, pixels: Tensor) -> Tensor:
        scores: Tensor = self.model(normalised(pixels, self._mean, self._std))
        return scores

    @torch.inference_mode()
    def _forward(
        self, records: pd.DataFrame | Sequence[Source], function: Callable[[Tensor], Tensor]
    ) -> np.ndarray:
        if isinstance(records, pd.DataFrame):
            require_columns(list(map(str, records.columns)), ["path"], "the records")
            records = records["path"].tolist()
        if not len(records):
            return np.zeros((0, len(self.classes)), dtype=np.float32)
        parts = []
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for start in range(0, len(records), _BATCH):
                pixels = self._decoded(records[start : start + _BATCH], pool)
                parts.append(function(torch.from_numpy(pixels)).float())
        return torch.cat(parts).numpy()

    def _decoded(self, sources: Sequence[Source], pool: ThreadPoolExecutor) -> np.ndarray:
        found = list(pool.map(self._one, sources))
        broken = [one for one in found if isinstance(one, DataError)]
        if broken:
            said = "; ".join(error.message for error in broken[:_NAMED])
            more = f"; and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
            raise DataError(f"{said}{more}", mend=broken[0].mend)
        return np.stack([one for one in found if not isinstance(one, DataError)])

    def _one(self, source: Source) -> "np.ndarray | DataError":
        try:
            return decoded(source, self.form)
        except DataError as error:
            return error
