"""What a sweep adds to a training that is one of its jobs."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import lightning as L

    from xinzhi.data.snapshot import Snapshot


@dataclass(frozen=True, kw_only=True)
class Beside:
    """What a training gets that is not asked for by its config.

    Attributes:
        callbacks: of the trainer.
        tags: of the run.
        started: is told the run's id as soon as there is one.
        snapshot: the rows, frozen; prepared from the config's declaration where it is None.
        weights: a checkpoint that is judged instead of fitting anew.
        keep_model: whether the model is kept with the run, ready to answer.
    """

    callbacks: Sequence["L.Callback"] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    started: Callable[[str], None] = lambda run_id: None  # noqa: ARG005
    snapshot: "Snapshot | None" = None
    weights: Path | None = None
    keep_model: bool = True


Train = Callable[[Any, Beside], Any]  # fits what a config describes and gives its TrainResult
