"""One's own code beside xinzhi's: the files of a model, a task or an experiment, written once."""

import keyword
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from string import Template

from xinzhi.config import catalog, declared, identity, project, sources
from xinzhi.config.near import UnknownNameError
from xinzhi.errors import ConfigError

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
_PACKAGE = "custom"


@dataclass(frozen=True)
class Written:
    """The files that were written, and what to type next."""

    files: list[str]
    next: list[str]

    def table(self) -> str:
        """The files, one a line, and the commands."""
        return "\n".join(
            ["wrote", *(f"  {f}" for f in self.files), "next", *(f"  {c}" for c in self.next)]
        )


def new_model(name: str, *, task: str, package: str | None = None) -> Written:
    """Write a model's class, its YAML and its test into the user's project.

    Args:
        name: in small letters; also what `model=` takes.
        task: whose inputs it has; those of text_classification, until the class is rewritten.
        package: where the class goes; the one that `xinzhi.yaml` admits by default.
    """
    home = project.user_folder()
    _check_task(task)
    package = _checked(name, "model", package, home, taken=(name, f"{task}/{name}"))
    files = {
        home / package / f"{name}.py": "model/model.py",
        home / "conf" / "model" / task / f"{name}.yaml": "model/model.yaml",
        home / "tests" / f"test_{name}.py": "model/test.py",
    }
    written = _written(files, home, package=package, name=name)
    return Written(written, [_test(name), f"{identity.program()} train model={name} debug=fdr"])


def new_task(name: str, *, package: str | None = None) -> Written:
    """Write a task that trains: its code, its YAML, an experiment and a test that passes.

    Args:
        name: in small letters; also what `task=` and `experiment=` take.
        package: where the task's folder goes; the one that `xinzhi.yaml` admits by default.
    """
    home = project.user_folder()
    package = _checked(name, "task", package, home, taken=(name,))
    code, conf = home / package / name, home / "conf"
    parts = ("datamodule", "inference", "model", "task")
    files = {code / f"{part}.py": f"task/{part}.py" for part in parts}
    files |= {
        code / "__init__.py": "task/__init__.py",
        conf / "datamodule" / name / "rows.yaml": "task/datamodule.yaml",
        conf / "model" / name / "layers.yaml": "task/model.yaml",
        conf / "task" / name / f"{name}.yaml": "task/task.yaml",
        conf / "experiment" / f"{name}.yaml": "task/experiment.yaml",
        home / "tests" / f"test_{name}.py": "task/test.py",
    }
    written = _written(files, home, package=package, name=name)
    train = f"{identity.program()} train experiment={name} data.train=my.csv data.label=COLUMN"
    return Written(written, [_test(name), train])


def new_experiment(name: str, *, task: str) -> Written:
    """Write an experiment's YAML and its test into the user's project.

    Args:
        name: in small letters; also what `experiment=` takes, and the model's name.
        task: what is learned; its experiment for files of one's own is what this one starts from.
    """
    home = project.user_folder()
    _check_task(task)
    _check_name(name, "experiment", taken=(name,))
    files = {
        home / "conf" / "experiment" / f"{name}.yaml": "experiment/experiment.yaml",
        home / "tests" / f"test_{name}.py": "experiment/test.py",
    }
    needed = "".join(f"  {key}: ???\n" for key in _needed(task))
    written = _written(files, home, package="", name=name, task=task, needed=needed)
    train = f"{identity.program()} train experiment={name} data.train=my.csv"
    return Written(written, [_test(name), train])


def _test(name: str) -> str:
    """The command that runs a test with the Python that has xinzhi, active or not."""
    return f"{shlex.quote(identity.python())} -m pytest tests/test_{name}.py"


def _checked(
    name: str, group: str, package: str | None, home: Path, *, taken: tuple[str, ...]
) -> str:
    _check_name(name, group, taken=taken)
    package = package or next(iter(project.allowed_packages()), _PACKAGE)
    _check_package(package, home)
    _check_admitted(package, home)
    return package


def _check_name(name: str, group: str, *, taken: tuple[str, ...]) -> None:
    if not _NAME.match(name) or keyword.iskeyword(name):
        shown = re.sub(r"\W+", "_", name.lower()).strip("_") or "mine"
        raise ConfigError(
            f"the name of a {group} must be small letters, digits and `_`, was {name!r}",
            mend=f"{identity.program()} new {group} {shown}",
        )
    there = catalog.options(project.conf_folders(), group)
    folders = {option.partition("/")[0] for option in there if group == "task"}
    if {*taken} & {*there, *folders}:
        raise ConfigError(f"{group}={name} must be a new name, was already there")


def _check_task(task: str) -> None:
    options = catalog.options(project.conf_folders(), "task")
    tasks = {option.partition("/")[0] for option in options}
    if task not in tasks:
        raise UnknownNameError("task=", task, tasks)


def _check_package(package: str, home: Path) -> None:
    if not project.may_admit(package):
        raise ConfigError(f"package= must be a package of your own, was {package!r}")
    project.make_importable()
    file = sources.locate(package)
    if file is not None and not file.is_relative_to(home):
        raise ConfigError(f"package={package} must be a package of your own, was {file}")


def _needed(task: str) -> list[str]:
    """The keys of data that the task's experiment for one's own files asks a person for."""
    chosen = re.search(r"override /data: (\S+)", _text("experiment", task))
    options = [chosen[1]] if chosen else []
    file = catalog.option_file(project.conf_folders(), "data", options[0]) if options else None
    values = {
        key.name: key.value
        for option in (*declared.bases(file), *options)  # what an option says goes before its base
        for key in declared.read(catalog.option_file(project.conf_folders(), "data", option)).keys
    }
    return [name for name, value in values.items() if value == "???"] or ["train"]


def _text(group: str, option: str) -> str:
    file = catalog.option_file(project.conf_folders(), group, option)
    return file.read_text(encoding="utf-8") if file else ""


def _written(skeletons: dict[Path, str], home: Path, *, package: str, **words: str) -> list[str]:
    """Write files from their skeletons, and mark the project where it is not marked yet."""
    name = words["name"]
    class_name = "".join(part.capitalize() for part in name.split("_"))
    title = name.replace("_", " ").capitalize()
    words |= {"class_name": class_name, "title": title, "package": package}
    files = {file: _skeleton(kind).substitute(words) for file, kind in skeletons.items()}
    init = home / package / "__init__.py"
    also = {init: '"""Code of our own."""\n'} if package and not init.exists() else {}
    written = _write({**also, **files}, home)
    return [*_mark(package, home), *written]


def _skeleton(kind: str) -> Template:
    path = Path(__file__).with_name("skeletons") / f"{kind}.tmpl"
    return Template(path.read_text(encoding="utf-8"))


def _write(files: dict[Path, str], home: Path) -> list[str]:
    taken = [str(file.relative_to(home)) for file in files if file.exists()]
    if taken:
        raise ConfigError(f"{', '.join(taken)} must not be there yet: nothing is overwritten")
    for file, text in files.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return [str(file.relative_to(home)) for file in files]


def _check_admitted(package: str, home: Path) -> None:
    """Refuse a marker that does not admit the package: what a person wrote is not changed.

    Raises:
        ConfigError: such a marker.
    """
    marker, allowed = home / project.MARKER, project.allowed_packages()
    if marker.exists() and package not in allowed:
        raise ConfigError(
            f"{marker} must admit {package}",
            mend=f"write  allow: [{', '.join([*allowed, package])}]  in {marker.name}",
        )


def _mark(package: str, home: Path) -> list[str]:
    """Mark the project, where it is not marked yet."""
    marker = home / project.MARKER
    if marker.exists():
        return []
    marker.write_text(
        "# Marks your project: its conf/ is searched, and _target_ may name what is in these\n"
        f"# packages beside xinzhi's own.\nallow: [{package}]\n",
        encoding="utf-8",
    )
    admits = f", admits {package}" if package else ""
    return [f"{marker.name} (marks this folder as your project{admits})"]
