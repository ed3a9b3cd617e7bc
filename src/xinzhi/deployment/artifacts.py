"""What a finished fit leaves with its run: model, checkpoints, report and figures."""

import json
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from xinzhi.config.identity import command_line, program
from xinzhi.config.project import allowed_packages, user_folder
from xinzhi.data import html
from xinzhi.deployment.bundle import open_bundle
from xinzhi.deployment.columns import asking
from xinzhi.deployment.flavor import input_example, signature
from xinzhi.evaluation.learning import learning_curves
from xinzhi.tracking.artifact_names import DATA, OUTCOMES
from xinzhi.tracking.silent import SilentRun
from xinzhi.training.outcome import description

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.deployment.bundle import Inference
    from xinzhi.tracking.run import TrackedRun
    from xinzhi.training.fit import Fitted

_MIB = 2**20
_LARGE = ("profile", "examples", "leakage")  # of a manifest: the page has them


class Kept(NamedTuple):
    """What a run keeps.

    Attributes:
        model_id: of the model, where the module can be bundled.
        report: the module's own table, where it makes one.
        disk_mb: the room that all takes.
        asking: ways to ask the model, as the words of a command.
    """

    model_id: str | None
    report: str | None
    disk_mb: float
    asking: tuple[str, ...] = ()


def note_data(tracked: "TrackedRun | SilentRun", snapshot: "Snapshot | None") -> None:
    """Notes which rows a run reads, by their digest, and how they came to be."""
    if snapshot is None or isinstance(tracked, SilentRun):
        return
    tracked.dataset(
        snapshot,
        source=snapshot.source,
        context="training",
        profile=snapshot.counts,
        columns=snapshot.table("train").column_names,
    )
    tracked.text(snapshot.report(), "data.txt")
    told = {name: value for name, value in snapshot.manifest.items() if name not in _LARGE}
    tracked.text(json.dumps(told, ensure_ascii=False), DATA)
    tracked.text(html.write(snapshot).read_text(encoding="utf-8"), "data.html")


def keep(
    tracked: "TrackedRun",
    module: Any,  # noqa: ANN401 - any LightningModule, its extras asked for by name
    fitted: "Fitted",
    snapshot: "Snapshot | None",
    baseline: Mapping[str, float],
    *,
    objective: str,
    tested: bool = True,
    with_model: bool = True,
) -> Kept:
    """Keeps with a run what its module can tell: `bundle`, `report`, `figures`, each if it has it.

    Args:
        tracked: the run.
        module: holds the best weights.
        fitted: metrics of these weights.
        snapshot: the rows that they were measured on.
        objective: the metric that chose these weights.
        baseline: its test metrics are logged under `test_baseline/…`.
        tested: whether the test rows were judged, which reports and figures are of.
        with_model: whether the model is kept, ready to answer, beside its checkpoints, and its
            learning curves are drawn beside the metrics they are of.
    """
    tracked.metrics(fitted.metrics, step=fitted.steps)
    beside = {
        name.replace("test/", "test_baseline/"): value
        for name, value in baseline.items()
        if name.startswith("test/")
    }
    tracked.metrics(beside, step=fitted.steps)
    report = module.report() if tested and hasattr(module, "report") else None
    if report:
        tracked.text(report, "report.txt")
    figures = module.figures() if tested and hasattr(module, "figures") else {}
    if fitted.history and with_model:
        figures["learning_curves"] = learning_curves(
            fitted.history, metric=objective, rate="train/lr"
        )
    for name, figure in figures.items():
        tracked.figure(figure, f"figures/{name}.png")
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch) / "bundle"
        model_id = None
        ways: tuple[str, ...] = ()
        size = _bytes(tracked.work) + _keep_outcomes(tracked, module, snapshot, Path(scratch))
        if with_model and hasattr(module, "bundle"):
            folder.mkdir()
            module.bundle(folder)
            _keep_sources(folder / "source")
            size += _bytes(folder)
            inference = open_bundle(folder)
            ways = asking(inference)
            model_id = _log(tracked, folder, inference, fitted, snapshot)
    return Kept(model_id, report, size / _MIB, ways)


def describe(
    tracked: "TrackedRun",
    overrides: Sequence[str],
    fitted: "Fitted",
    baseline: Mapping[str, float],
    *,
    objective: str,
    ways: Sequence[str],
) -> str:
    """Writes the run's description: the command, the result in a sentence, the next command.

    Args:
        tracked: the run.
        overrides: as typed.
        fitted: metrics of the best weights.
        baseline: beside them.
        objective: the metric that chose these weights.
        ways: to ask the run's model; none without one.
    """
    next_one = f"predict {tracked.run_id[:8]} {ways[0]}" if ways else "ui"
    text = description(
        command_line("train", overrides),
        fitted.metrics,
        baseline,
        objective=objective,
        next_command=f"{program()} {next_one}",
    )
    tracked.describe(text)
    return text


def _log(
    tracked: "TrackedRun",
    folder: Path,
    inference: "Inference",
    fitted: "Fitted",
    snapshot: "Snapshot | None",
) -> str:
    """Logs the bundle, which was opened again: what cannot answer never becomes a model."""
    return tracked.model(
        "model",
        folder,
        signature=signature(inference),
        input_example=input_example(inference),
        step=fitted.steps,
        metrics=fitted.metrics,
        dataset=snapshot,
    )


def _keep_outcomes(
    tracked: "TrackedRun",
    module: Any,  # noqa: ANN401 - as for `keep`
    snapshot: "Snapshot | None",
    scratch: Path,
) -> int:
    """Keeps what was answered to each example of the splits that were judged; returns its bytes."""
    if snapshot is None or not hasattr(module, "outcomes"):
        return 0
    size = 0
    for split in ("val", "test"):
        if (answered := module.outcomes(split, snapshot)) is not None:
            path = scratch / f"{split}.parquet"
            answered.save(path)
            tracked.artifact(path, OUTCOMES)
            size += path.stat().st_size
    return size


def _keep_sources(folder: Path) -> None:
    """Copies what was imported of the user's own code: to be read, never to be run from there."""
    for name in allowed_packages():
        found = getattr(sys.modules.get(name), "__file__", None)
        if found is None or not Path(found).is_relative_to(user_folder()):
            continue
        top = Path(found).parent if Path(found).stem == "__init__" else Path(found)
        for file in sorted(top.rglob("*.py")) if top.is_dir() else [top]:
            copy = folder / file.relative_to(top.parent)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, copy)


def _bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
