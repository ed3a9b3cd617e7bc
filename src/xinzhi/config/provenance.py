"""Where each value of a composed config comes from: a file, or what was typed."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlparse

from hydra._internal.defaults_list import DefaultsList
from omegaconf import DictConfig, OmegaConf

from xinzhi.config import project
from xinzhi.config.interpolations import followed
from xinzhi.config.repository import Repository

TYPED = "typed"
COMPUTED = "the experiment's name"
Leaves = dict[str, Any]


class Layer(NamedTuple):
    """What one file, or what was typed, says.

    Attributes:
        source: the file from the project's folder, or `typed`.
        leaves: value by dotted key, interpolations as they stand.
        group: whose option the file is; empty for files at the top and for what was typed.
    """

    source: str
    leaves: Leaves
    group: str = ""


class Origin(NamedTuple):
    """What decides a value.

    Attributes:
        source: the last that set it.
        value: as it stands there.
        default: what stood there before experiment, debug and typed overrides.
        follows: the keys that its interpolation names, each with the origin of its value.
    """

    source: str
    value: Any
    default: Any
    follows: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        chain = "".join(f", which follows {key} ({source})" for key, source in self.follows)
        return f"{self.source}{chain}"


def layers(repository: Repository, defaults: DefaultsList) -> list[Layer]:
    """The files of a defaults list in the order in which they are merged.

    Args:
        repository: that the files are read from.
        defaults: with groups chosen.
    """
    found = []
    for default in defaults.defaults:
        path = default.config_path
        loaded = repository.load_config(path) if path is not None else None
        if path is None or loaded is None or not isinstance(loaded.config, DictConfig):
            continue
        package = default.package or ""
        values = dict(leaves(loaded.config, package))
        values.pop("defaults", None)
        group = path.rpartition("/")[0].partition("/")[0]
        found.append(Layer(_named(loaded.path, path), values, group))
    return found


def leaves(node: DictConfig, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Find every value that is no mapping, and empty mappings.

    Yields:
        Its dotted key and the value, interpolations as they stand.
    """
    plain = OmegaConf.to_container(node, resolve=False)
    yield from _leaves(plain, prefix)


def origins(merged: Sequence[Layer]) -> dict[str, Origin]:
    """Which layer decides each value.

    Args:
        merged: in the order of merging, what was typed last.
    """
    found: dict[str, Origin] = {}
    for layer in merged:
        for key, value in layer.leaves.items():
            for covered in [k for k in found if k.startswith(f"{key}.")]:
                del found[covered]  # a value, or null, replaces a mapping
            for above in _above(key):
                found.pop(above, None)
            before = found[key].default if key in found else ...
            is_choice = layer.source == TYPED or layer.group in {"experiment", "debug"}
            found[key] = Origin(layer.source, value, before if is_choice else value)
    return {key: _with_followed(origin, found) for key, origin in found.items()}


def _with_followed(origin: Origin, found: Mapping[str, Origin]) -> Origin:
    sources = [(key, found[key].source) for key in followed(origin.value) if key in found]
    return origin._replace(follows=tuple(sources))


def _leaves(node: object, prefix: str) -> Iterator[tuple[str, Any]]:
    if isinstance(node, Mapping) and (node or not prefix):
        for key, value in node.items():
            yield from _leaves(value, f"{prefix}.{key}".lstrip("."))
    else:
        yield prefix, node


def _above(key: str) -> Iterator[str]:
    parts = key.split(".")
    return (".".join(parts[:end]) for end in range(1, len(parts)))


def _named(folder: str, path: str) -> str:
    """The file as a person finds it: from the current folder, or as one of the program's own."""
    file = Path(unquote(urlparse(folder).path)) / f"{path}.yaml"
    own = project.packaged_conf().resolve()
    if file.resolve().is_relative_to(own):
        return f"conf/{file.resolve().relative_to(own).as_posix()}"
    here = Path.cwd()
    return file.relative_to(here).as_posix() if file.is_relative_to(here) else str(file)
