"""What `--help` says, read from file names, docstrings and comments; nothing is imported for it.

A pipeline's line in `xinzhi --help` is the first line of its module's docstring. `xinzhi NAME
--help` shows the keys of `conf/NAME.yaml` with the comments beside them, its groups with their
options, the keys of a group that a person needs first (`data.train=`), and as examples the lines of
the docstring that begin with `xinzhi NAME` and the comment lines of the YAML that begin with
`# xinzhi NAME`.
"""

import shutil
from pathlib import Path

from xinzhi import __version__
from xinzhi.config import catalog, declared, project
from xinzhi.config.near import UnknownNameError


def version() -> str:
    """The program's name and version."""
    return f"xinzhi {__version__}"


def commands() -> dict[str, Path]:
    """The commands that exist."""
    return catalog.pipelines(project.packaged_pipelines())


def of_program() -> str:
    """All commands, grouped, each with its sentence."""
    there = commands()
    lines = ["xinzhi NAME [REFERENCE …] [key=value …]", ""]
    grouped = {name for names in catalog.COMMANDS.values() for name in names}
    further = {"Further": tuple(name for name in there if name not in grouped)}
    for title, names in {**catalog.COMMANDS, **further}.items():
        present = [name for name in names if name in there]
        lines += [title] if present else []
        lines += [f"  {name:<12} {catalog.sentence(there[name])}" for name in present]
    return "\n".join([*lines, "", "xinzhi NAME --help   keys, groups with their options, examples"])


def no_such_command(name: str) -> str:
    """What is said of a command that does not exist."""
    return f"error: {UnknownNameError('the command', name, commands(), mend='xinzhi --help')}"


def of_pipeline(name: str) -> str:
    """The keys, groups and examples of one command."""
    module = commands()[name.replace("_", "-")]
    told = declared.of_pipeline(module.stem)
    lines = [f"xinzhi {name}: {catalog.sentence(module)}"]
    if told.keys:
        lines += ["", "Keys", *_keys(told)]
    if told.groups:
        lines += ["", "Groups (the option in brackets is the default)"]
        lines += [_group(group, option) for group, option in told.groups.items()]
    for group, option in told.shown.items():
        inner = declared.read(project.conf_file(f"{group}/{option}"))
        lines += ["", inner.title, *_keys(inner, prefix=f"{group}.")]
    if name in catalog.SEVERAL:
        inner = declared.read(project.conf_file("sweep/default"))
        options = " ".join(catalog.options(project.conf_folders(), "sweep"))
        workers = " ".join(catalog.options(project.conf_folders(), "sweep/workers"))
        lines += ["", "Of a sweep, with -m", _aligned("sweep=", options, 24)]
        lines += [_aligned("sweep/workers=", workers, 24), *_keys(inner, prefix="sweep.")]
    examples = dict.fromkeys([*catalog.examples(module), *told.examples])
    if examples:
        lines += ["", "Examples", *(f"  {example}" for example in examples)]
    flags = "--cfg job  print the composed config     -m  one job for each of the values a,b"
    return "\n".join([*lines, "", flags])


def _keys(told: declared.Declared, prefix: str = "") -> list[str]:
    return [_aligned(f"{prefix}{key.name}={key.value}", key.comment, 24) for key in told.keys]


def _group(group: str, default: str) -> str:
    names = catalog.options(project.conf_folders(), group)
    short = dict.fromkeys(name.rpartition("/")[2] for name in names)
    chosen = default.rpartition("/")[2]
    shown = [f"[{name}]" if name == chosen else name for name in short]
    return _aligned(f"{group}=", " ".join(shown) or "none yet", 16)


def _aligned(left: str, right: str, width: int) -> str:
    """A line in two columns, the right one folded to the terminal's width."""
    room = max(shutil.get_terminal_size().columns - width - 4, 30)
    rows, row = [], ""
    for word in right.split():
        if row and len(row) + len(word) + 1 > room:
            rows.append(row)
            row = ""
        row = f"{row} {word}".strip()
    folded = f"\n{' ' * (width + 2)}".join([*rows, row])
    return f"  {left:<{width - 1}} {folded}".rstrip()
