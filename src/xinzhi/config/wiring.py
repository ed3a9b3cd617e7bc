"""Whether the parts of a training find what they need: groups chosen, arguments given."""

from collections.abc import Mapping

from xinzhi.config import catalog, choices, project
from xinzhi.config.signatures import signature
from xinzhi.errors import ConfigError

_ALWAYS = ("datamodule", "task", "trainer", "callbacks", "tracking")
# What training hands over to each part, and the group that it comes from where it is of one.
_HANDED_OVER: dict[str, dict[str, str | None]] = {
    "datamodule": {"snapshot": "data", "cache_folder": None},
    "task": {
        "datamodule": "datamodule",
        "model": "model",
        "architecture": None,
        "optimizer": "optimizer",
        "scheduler": "scheduler",
    },
    "data": {},
    "baseline": {},
    "trainer": {},
}


def check_wiring(plain: Mapping[str, object], chosen: Mapping[str, str | None]) -> None:
    """Refuse a training whose parts cannot be built for want of another.

    Args:
        plain: the resolved config.
        chosen: option of each group.

    Raises:
        ConfigError: a group that is needed is not chosen, or an argument is not given.
    """
    task = choices.task_of(chosen)
    for group in _ALWAYS:
        if group in plain and plain[group] is None:
            _refuse_unchosen(group, "a training needs one", task)
    for group, handed in _HANDED_OVER.items():
        node = plain.get(group)
        if isinstance(node, Mapping) and "_target_" in node and not node.get("_partial_"):
            _check_needed(group, node, handed, plain, task)
    _check_label(plain, task)


def _check_needed(
    group: str,
    node: Mapping[str, object],
    handed: Mapping[str, str | None],
    plain: Mapping[str, object],
    task: str | None,
) -> None:
    described = signature(str(node["_target_"]))
    for name, parameter in (described.parameters if described else {}).items():
        if parameter.default is not None or name in node or node.get("_args_"):
            continue
        giver = handed.get(name, ...)
        if giver is ...:
            raise ConfigError(
                f"`{group}.{name}` must be given: {node['_target_']} needs it",
                mend=f"+{group}.{name}=…",
            )
        if isinstance(giver, str) and giver in plain and plain[giver] is None:
            _refuse_unchosen(giver, f"{group} needs it", task)


def _refuse_unchosen(group: str, why: str, task: str | None) -> None:
    there = catalog.options(project.conf_folders(), group)
    of_task = [name.rpartition("/")[2] for name in there if task and name.startswith(f"{task}/")]
    shown = of_task or [name for name in there if "/" not in name] or there
    raise ConfigError(
        f"`{group}=` must be chosen, was null: {why}",
        candidates=shown,
        mend=f"{group}={shown[0]}" if shown else None,
    )


def _check_label(plain: Mapping[str, object], task: str | None) -> None:
    """Refuse a number where a task classifies, and a class where it measures.

    Raises:
        ConfigError: the label is read as the other.
    """
    data = plain.get("data")
    label_as = data.get("label_as") if isinstance(data, Mapping) else None
    if task is None or label_as not in {"class", "number"}:
        return
    wanted = "number" if task.endswith("_regression") else "class"
    if (task.endswith(("_regression", "_classification"))) and label_as != wanted:
        other = {"number": "tabular_regression", "class": "tabular_classification"}[str(label_as)]
        raise ConfigError(
            f"`data.label_as` must be {wanted} for the task {task}, was {label_as}",
            mend=f"data.label_as={wanted}, or experiment={other}",
        )
