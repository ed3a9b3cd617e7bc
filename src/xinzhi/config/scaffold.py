"""One's own code beside xinzhi's: the files of a model or an experiment, written once."""

import keyword
import re
import shlex
from dataclasses import dataclass
from pathlib import Path

from xinzhi.config import catalog, identity, project, sources, templates
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
        task: whose inputs it has.
        package: where the class goes; the one that `xinzhi.yaml` admits by default.
    """
    home = project.user_folder()
    package = package or next(iter(project.allowed_packages()), _PACKAGE)
    _check_name(name, "model", task)
    _check_package(package, home)
    _check_admitted(package, home)
    class_name = "".join(part.capitalize() for part in name.split("_"))
    words = {"name": name, "class_name": class_name, "package": package,
             "title": name.replace("_", " ").capitalize()}  # fmt: skip
    files = {
        home / package / f"{name}.py": templates.MODEL.substitute(words),
        home / "conf" / "model" / task / f"{name}.yaml": templates.MODEL_YAML.substitute(words),
        home / "tests" / f"test_{name}.py": templates.MODEL_TEST.substitute(words),
    }
    init = home / package / "__init__.py"
    also = {} if init.exists() else {init: '"""Models of our own."""\n'}
    written = _write({**also, **files}, home)
    program = identity.program()
    return Written(
        [*_mark(package, home), *written],
        [_test(name), f"{program} train model={name} debug=fdr"],
    )


def new_experiment(name: str, *, task: str) -> Written:
    """Write an experiment's YAML and its test into the user's project.

    Args:
        name: in small letters; also what `experiment=` takes, and the model's name.
        task: what is learned.
    """
    home = project.user_folder()
    _check_name(name, "experiment", task)
    words = {"name": name, "task": task}
    files = {
        home / "conf" / "experiment" / f"{name}.yaml": templates.EXPERIMENT_YAML.substitute(words),
        home / "tests" / f"test_{name}.py": templates.EXPERIMENT_TEST.substitute(words),
    }
    written = _write(files, home)
    train = f"{identity.program()} train experiment={name} data.train=my.csv"
    return Written([*_mark("", home), *written], [_test(name), train])


def _test(name: str) -> str:
    """The command that runs a test with the Python that has xinzhi, active or not."""
    return f"{shlex.quote(identity.python())} -m pytest tests/test_{name}.py"


def _check_name(name: str, group: str, task: str) -> None:
    if not _NAME.match(name) or keyword.iskeyword(name):
        shown = re.sub(r"\W+", "_", name.lower()).strip("_") or "mine"
        raise ConfigError(
            f"the name of a {group} must be small letters, digits and `_`, was {name!r}",
            mend=f"{identity.program()} new {group} {shown}",
        )
    folders = project.conf_folders()
    tasks = {option.partition("/")[0] for option in catalog.options(folders, "task")}
    if task not in tasks:
        raise UnknownNameError("task=", task, tasks)
    there = catalog.options(folders, group)
    if name in there or f"{task}/{name}" in there:
        raise ConfigError(f"{group}={name} must be a new name, was already there")


def _check_package(package: str, home: Path) -> None:
    if not project.may_admit(package):
        raise ConfigError(f"package= must be a package of your own, was {package!r}")
    project.make_importable()
    file = sources.locate(package)
    if file is not None and not file.is_relative_to(home):
        raise ConfigError(f"package={package} must be a package of your own, was {file}")


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
