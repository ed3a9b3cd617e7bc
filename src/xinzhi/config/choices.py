"""Which option of each group: found in the task's folder, refused if it is another task's."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

from hydra.core.override_parser.types import Override, OverrideType

from xinzhi.config import declared, grammar, project
from xinzhi.config.catalog import options
from xinzhi.config.near import UnknownNameError, near
from xinzhi.errors import ConfigError

Choices = Mapping[str, str | None]
# The groups whose options lie in a folder per task, the one that decides first.
_OF_ONE_TASK = {
    "images": "image_classification",
    "triples": "link_prediction",
    "sentences": "token_classification",
}
_TABLES = {"files", "table", "series", "steps"}
BY_TASK = ("task", "datamodule", "model")


def settle(override: Override, task: str | None, folders: Sequence[Path]) -> Override:
    """The override of a group with its option written in full.

    Args:
        override: `model=minilm`, `model=text_classification/minilm`, `model=null`.
        task: the folder in which an option without one is looked for.
        folders: the search path.
    """
    group, option = override.key_or_group, override.value()
    if override.type is OverrideType.DEL or isinstance(option, dict):
        return override
    if option is None:
        return grammar.parse(f"~{group}")
    there = options(folders, group)
    asked = str(option)
    if asked in there:
        return override
    if not task or f"{task}/{asked}" not in there:
        _refuse(group, asked, task, there)
    return grammar.parse(f"{group}={task}/{asked}")


def task_of(choices: Choices) -> str | None:
    """The task that the choices are of: the folder of the first that has one."""
    folders = (_folder(choices.get(group)) for group in BY_TASK)
    return next((folder for folder in folders if folder), None)


def refuse_mixture(choices: Choices) -> None:
    """Refuse a model or datamodule of another task.

    Raises:
        ConfigError: the tasks differ.
    """
    task = task_of(choices)
    for group in BY_TASK:
        folder = _folder(choices.get(group))
        if folder and folder != task:
            raise ConfigError(
                f"`{group}={choices[group]}` must be of the task {task}, was of {folder}",
                mend="choose an experiment of that task, or "
                f"task={folder}/… datamodule={folder}/… model={folder}/… together",
            )
    _refuse_rows(choices.get("data"), task)


def _refuse_rows(data: str | None, task: str | None) -> None:
    """Refuse rows of a form that a task of ours cannot learn from; tables are for many tasks.

    Raises:
        ConfigError: the task learns from others.
    """
    forms = {str(data), *declared.bases(project.conf_file(f"data/{data}"))}
    known = forms & {*_OF_ONE_TASK, *_TABLES}
    wanted = next((form for form, of in _OF_ONE_TASK.items() if of == task), None)
    ours = task is not None and (project.packaged_conf() / "task" / task).is_dir()
    fitting = {wanted} if wanted else _TABLES
    if known and ours and not known & fitting:
        held = ", ".join(sorted(known))
        raise ConfigError(
            f"`data={data}` holds {held}, which an experiment of {task} cannot learn from",
            candidates=[f"data={form}" for form in sorted(filter(None, fitting))],
            mend=f"experiment=… of the task {_OF_ONE_TASK[held]}" if held in _OF_ONE_TASK else None,
        )


def _folder(choice: str | None) -> str:
    return choice.partition("/")[0] if choice and "/" in choice else ""


def _refuse(group: str, asked: str, task: str | None, there: list[str]) -> NoReturn:
    elsewhere = [name for name in there if "/" in name and name.rpartition("/")[2] == asked]
    if elsewhere and "/" not in asked and task:
        of = elsewhere[0].partition("/")[0]
        raise ConfigError(
            f"`{group}={asked}` must be of the task {task}, was of {of}",
            candidates=_shown(task, there),
            mend=f"choose an experiment whose task is {of}",
        )
    shown = _shown(task, there)
    mend = None
    if "," in asked:
        mend = "to run one job for each, add -m"
    elif "@" in asked or "://" in asked:
        mend = f"{group}= names a config; a trained model comes first: xinzhi predict {asked} …"
    elif group == "model" and not near(asked, shown):
        mend = f"for an architecture of your own:  xinzhi new model {asked}"
    raise UnknownNameError(f"{group}=", asked, shown, mend=mend)


def _shown(task: str | None, there: list[str]) -> list[str]:
    """The options as one would type them: those of other tasks left out."""
    if task and any(name.startswith(f"{task}/") for name in there):
        here = [n.removeprefix(f"{task}/") for n in there if n.startswith(f"{task}/")]
        return here + [name for name in there if "/" not in name]
    return there
