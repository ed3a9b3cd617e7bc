"""Where each value of a composed config comes from: a file, or what was typed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import unquote, urlparse

from hydra._internal.defaults_list import DefaultsList
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from xinzhi.config import project
from xinzhi.config.grammar import key_of
from xinzhi.config.interpolations import followed, is_suggestion
from xinzhi.config.meant import typed as as_typed
from xinzhi.config.repository import Repository

TYPED = "typed"
COMPUTED = "the experiment's name"
Leaves = dict[str, Any]
_BY_HAND = {"experiment", "debug"}


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


@dataclass(frozen=True)
class Value:
    """One value of a composed config.

    Attributes:
        key: dotted.
        value: as text, secrets hidden.
        source: what decides it.
        default: what stands there before experiment, debug and overrides; None where nothing does.
        by_hand: whether an experiment, a debug option or an override decides it.
    """

    key: str
    value: str
    source: str
    default: str | None
    by_hand: bool


def values(config: DictConfig, merged: Sequence[Layer]) -> list[Value]:
    """Every value of a composed config with its home.

    Args:
        config: composed, overrides applied.
        merged: the files that it is made of.
    """
    from xinzhi.config.identity import redact, resolved, without_asked

    written = dict(leaves(without_asked(config)))
    typed = {key_of(override) for override in config.asked.overrides} - set(config.asked.choices)
    own = {k: v for k, v in written.items() if any(k == t or k.startswith(f"{t}.") for t in typed)}
    known = origins([*merged, Layer(TYPED, own)])
    hands = {TYPED, *(layer.source for layer in merged if layer.group in _BY_HAND)}
    shown = dict(_leaves(resolved(config), ""))
    found = []
    for key, value in written.items():
        origin = known.get(key, Origin(COMPUTED, None, ...))
        if origin.value != value:
            origin = Origin(COMPUTED, value, ...)
        default = None if origin.default is ... else redact(as_typed(_meaning(origin, config)))
        text = redact(as_typed(shown.get(key, value)))
        by_hand = origin.source in hands and text != default
        if is_suggestion(origin.value):  # what an experiment suggests is told where it is taken
            by_hand = any(source in hands for _, source in origin.follows)
            default = None
        found.append(Value(key, text, redact(str(origin)), default, by_hand))
    taken = {name for o in known.values() if is_suggestion(o.value) for name in followed(o.value)}
    return [replace(v, by_hand=v.by_hand and v.key not in taken) for v in found]


def _meaning(origin: Origin, config: DictConfig) -> object:
    """A default as it would be without an override, interpolations resolved."""
    if "${" not in str(origin.default) or "oc.env" in str(origin.default):
        return origin.default
    try:
        held = OmegaConf.create({"value": origin.default}, parent=config)
        return OmegaConf.to_container(held, resolve=True)["value"]  # type: ignore[index,call-overload]
    except OmegaConfBaseException:
        return origin.default


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
            is_choice = layer.source == TYPED or layer.group in _BY_HAND
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
