"""What a run is judged by: a metric that its task measures, and whether more of it is better."""

import ast
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from xinzhi.config import signatures, sources
from xinzhi.config.near import UnknownNameError
from xinzhi.errors import ConfigError

_MEASURES = "measures"  # the class attribute of a task that names them
_LESS_IS_BETTER = (
    "loss", "*_loss", "calibration_error", "brier", "cost", "mae", "rmse", "mse", "smape", "mase",
    "mape", "pinball", "mean_rank", "interval_width", "width_*", "perplexity",
)  # fmt: skip
_MORE_IS_BETTER = (
    "accuracy", "*_accuracy", "f1", "f1_*", "*_f1", "*_f1_*", "auroc", "*_auroc",
    "average_precision", "precision", "recall", "ks", "r2", "mrr", "hits_at_*", "recall_at_*",
    "ndcg_at_*", "entity_precision", "entity_recall", "alarm_precision", "events_warned",
)  # fmt: skip
_STAGE = "val/"


def check_objective(plain: Mapping[str, object]) -> None:
    """Refuse an objective that the task does not measure, or whose best end is the other one.

    Args:
        plain: the resolved config of a training.

    Raises:
        ConfigError: more of the objective is better and `mode` is min, or the other way round.
    """
    task, objective, mode = plain.get("task"), plain.get("objective"), plain.get("mode")
    measured = measures(task) if isinstance(task, Mapping) else ()
    if isinstance(objective, str):
        _check_known("objective=", objective, measured)
        better = direction(objective)
        if better and mode in {"max", "min"} and mode != better:
            more = "more" if better == "max" else "less"
            raise ConfigError(
                f"`mode` must be {better} with objective={objective}, of which {more} is better; "
                f"was {mode}",
                mend=f"mode={better}",
            )
    for path, callback in _monitors(plain.get("callbacks")):
        if callback["monitor"] != objective:
            _check_known(f"{path}.monitor=", str(callback["monitor"]), measured)
            _check_mode(path, callback)


def measures(task: Mapping[str, object]) -> tuple[str, ...]:
    """The metrics that a task's class says it measures, read from source; `*` stands for any."""
    found = sources.find(str(task.get("_target_")))
    while found is not None and isinstance(found.node, ast.ClassDef):
        for node in found.node.body:
            if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == _MEASURES:
                return tuple(_names(node.value, found.module))
        bases = (signatures.resolve(found.module, base) for base in found.node.bases)
        found = next((base for base in bases if base is not None and _is_own(base.module)), None)
    return ()


def direction(metric: str) -> str | None:
    """`max` or `min`: which end of a metric is the better one, None where its name does not say."""
    name = metric.rpartition("/")[2]
    if any(fnmatchcase(name, pattern) for pattern in _LESS_IS_BETTER):
        return "min"
    return "max" if any(fnmatchcase(name, pattern) for pattern in _MORE_IS_BETTER) else None


def _is_own(module: str) -> bool:
    return not module.startswith(("lightning.", "torch."))


def _names(value: ast.expr, module: str) -> Iterator[str]:
    if isinstance(value, ast.Constant) and isinstance(value.value, str):
        yield value.value
    elif isinstance(value, ast.Tuple | ast.List):
        for element in value.elts:
            yield from _names(element, module)
    elif isinstance(value, ast.Starred):
        yield from _names(value.value, module)
    elif isinstance(value, ast.Name):
        found = sources.assigned(module, value.id)
        if found is not None:
            yield from _names(*found)


def _check_known(what: str, metric: str, measured: tuple[str, ...]) -> None:
    known = [f"{_STAGE}{name}" for name in measured]
    if known and not any(fnmatchcase(metric, pattern) for pattern in (*known, "train/*")):
        if "*" not in metric and f"{_STAGE}{metric}" in known:
            raise UnknownNameError(what, metric, [f"{_STAGE}{metric}"])
        raise UnknownNameError(what, metric, [name for name in known if "*" not in name])


def _monitors(callbacks: object) -> Iterator[tuple[str, Mapping[str, object]]]:
    for name, node in callbacks.items() if isinstance(callbacks, Mapping) else ():
        if isinstance(node, Mapping) and isinstance(node.get("monitor"), str):
            yield f"callbacks.{name}", node


def _check_mode(path: str, callback: Mapping[str, object]) -> None:
    better = direction(str(callback["monitor"]))
    if better and callback.get("mode") in {"max", "min"} and callback["mode"] != better:
        raise ConfigError(
            f"`{path}.mode` must be {better} with monitor {callback['monitor']}, "
            f"was {callback['mode']}",
            mend=f"{path}.mode={better}",
        )
