"""What a pipeline's YAML says for itself: its keys with their comments, its groups, its examples.

Read as text, so that comments count: one such as `# table | json` beside a key closes its choices,
a comment line that begins with `# xinzhi NAME` is an example, and a comment such as
`# keys of files` beside a group names the option whose keys are told of that group.
"""

import re
from pathlib import Path
from typing import NamedTuple

from xinzhi.config.project import conf_file

_KEY = re.compile(r"\"?(?P<key>[A-Za-z]\w*)\"?:\s*(?P<value>[^#]*?)\s*(?:#\s*(?P<comment>.*))?\Z")
_DEFAULT = re.compile(
    r"\s+- (?P<group>[\w/]+):\s*(?P<option>[^#\s]*)(?:\s*# keys of (?P<shown>[\w/]+))?"
)
_TITLE = re.compile(r"#\s*(?P<title>[^:]*)")
_BASE = re.compile(r"\s+- (?P<option>\w+)\s*\Z")
_BASES = re.compile(r"defaults:\s*\[(?P<options>[^\]]*)\]")
_EXAMPLE = re.compile(r"#\s*(?P<command>xinzhi\s.*)")
_CHOICES = re.compile(r"[\w-]+(?: \| [\w-]+)+(?=\Z|[;,:(]| {2})")


class Key(NamedTuple):
    """A key at the top of a pipeline's YAML."""

    name: str
    value: str
    comment: str

    @property
    def choices(self) -> tuple[str, ...]:
        """The values that its comment closes it to."""
        match = _CHOICES.match(self.comment)
        return tuple(match[0].split(" | ")) if match else ()


class Declared(NamedTuple):
    """A pipeline's YAML, or a group's option, as a person reads it.

    Attributes:
        keys: at its top.
        groups: the default option of each.
        examples: commands.
        shown: the option of a group whose keys are told.
        title: the first comment, up to a colon.
    """

    keys: tuple[Key, ...]
    groups: dict[str, str]
    examples: tuple[str, ...]
    shown: dict[str, str]
    title: str


def bases(file: Path | None) -> tuple[str, ...]:
    """The options of the same group that a group's option builds on."""
    lines = file.read_text(encoding="utf-8").splitlines() if file is not None else []
    found = [m["option"] for m in map(_BASE.match, lines) if m]
    inline = [m["options"] for m in map(_BASES.match, lines) if m]
    found += [option.strip() for options in inline for option in options.split(",")]
    return tuple(option for option in found if option != "_self_")


def of_pipeline(name: str) -> Declared:
    """Read a pipeline's YAML with those that it builds on.

    Args:
        name: of the module: `label_queue`.
    """
    own = read(conf_file(name))
    for base in bases(conf_file(name)):
        below = read(conf_file(base))
        own = own._replace(
            keys=(*own.keys, *below.keys),
            groups={**below.groups, **own.groups},
            shown={**below.shown, **own.shown},
        )
    return own


def read(file: Path | None) -> Declared:
    """Read a pipeline's YAML, nothing where there is none."""
    lines = file.read_text(encoding="utf-8").splitlines() if file is not None else []
    keys = [m for m in map(_KEY.match, lines) if m and m["key"] != "defaults"]
    groups = [m for m in map(_DEFAULT.match, lines) if m]
    examples = [m for m in map(_EXAMPLE.match, lines) if m]
    return Declared(
        keys=tuple(Key(m["key"], m["value"], m["comment"] or "") for m in keys),
        groups={m["group"]: m["option"] for m in groups},
        examples=tuple(m["command"] for m in examples),
        shown={m["group"]: m["shown"] for m in groups if m["shown"]},
        title=next((m["title"] for m in map(_TITLE.match, lines) if m), ""),
    )
