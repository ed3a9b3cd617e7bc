"""Single values of a config: each of the type, the size and the kind that its key takes."""

import ast
import re
from collections.abc import Iterator, Mapping

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from xinzhi.config import annotations, grammar, ranges, targets
from xinzhi.config.meant import meant, typed
from xinzhi.config.near import UnknownNameError, near
from xinzhi.config.signatures import Parameter, signature
from xinzhi.errors import ConfigError

SUGGESTIONS = "_suggests_"
Node = tuple[str, Mapping[str, object]]
_WITHOUT_DEFAULT = {"register": bool, "name": str, "ckpt_path": str}
_DURATION, _DAYS_TO_SECONDS = "trainer.max_time", re.compile(r"\d+:\d\d:\d\d:\d\d")
_FREE = "${oc.env:"  # what the environment holds is not judged here


def check_values(config: DictConfig, plain: Mapping[str, object], closed: frozenset[str]) -> None:
    """Refuse unknown keys, values of another type, and numbers beyond what their key can mean.

    Args:
        config: composed.
        plain: the same, resolved.
        closed: keys whose choices the YAML tells, and which are judged by them alone.
    """
    for path, node in targeted(plain):
        _check_numbers(config, f"{path}.{SUGGESTIONS}", node.get(SUGGESTIONS), None)
    _check_numbers(config, "", plain, None)
    for path, node in targeted(plain):
        _check_node(config, path, node, closed)
    for group, value in plain.items():
        if isinstance(value, Mapping) and "_target_" not in value:
            _check_numbers(config, group, value, None)


def check_declared(path: str, value: object, default: str) -> None:
    """Refuse a value of another type than the default of a key that goes to no class.

    Args:
        path: of the key.
        value: its value.
        default: as it stands in the YAML.

    Raises:
        ConfigError: the types differ, or null came where there is a default.
    """
    plain = _plain(default)
    kind = _WITHOUT_DEFAULT.get(path) if plain is None else type(plain)
    if kind is None or "${" in default or default == "???" or "${" in str(value):
        return
    if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
        return
    if (value is None and plain is None) or (kind is float and type(value) is int):
        return
    tree = ast.parse(kind.__name__, mode="eval").body
    shown = meant(tree, value, __name__)
    usable = plain if shown is ... or shown == [] else shown
    raise ConfigError(
        f"`{path}` must be of the type {kind.__name__}, was {typed(value)}",
        mend=f"for example  {path}={typed(usable) if usable is not None else 'true'}",
    )


def _plain(text: str) -> object:
    import yaml

    return yaml.load(text, Loader=yaml.SafeLoader) if text else None


def targeted(node: object, path: str = "") -> Iterator[Node]:
    """Find every node with a target.

    Yields:
        Its dotted path and its keys.
    """
    if isinstance(node, Mapping):
        if "_target_" in node:
            yield path, node
        for key, value in node.items():
            yield from targeted(value, f"{path}.{key}".lstrip("."))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from targeted(value, f"{path}[{index}]")


def before(config: DictConfig, path: str) -> object:
    """What a key would hold had nobody typed it; `...` where nothing stands there."""
    from xinzhi.config.compose import explained

    asked = config.get("asked") or {}
    overrides = asked.get("overrides") or ()
    kept = [o for o in overrides if grammar.key_of(o) != path]
    try:
        composed, merged = explained(asked["pipeline"], kept)
        found = OmegaConf.select(composed, path, default=...)
    except (ConfigError, OmegaConfBaseException):
        return ...
    if len(kept) == len(overrides):  # a file says it: what the one before it says
        values = [layer.leaves[path] for layer in merged if path in layer.leaves]
        found = values[-2] if len(values) > 1 else ...
    return OmegaConf.to_container(found) if OmegaConf.is_config(found) else found


def _check_node(
    config: DictConfig, path: str, node: Mapping[str, object], closed: frozenset[str]
) -> None:
    described = signature(str(node["_target_"]))
    if described is None:
        return
    for key, value in node.items():
        if key in targets.SPECIAL:
            continue
        where = f"{path}.{key}".lstrip(".")
        parameter = described.parameters.get(key)
        if parameter is None and not described.is_open:
            known = [f"{path}.{name}".lstrip(".") for name in described.parameters]
            raise UnknownNameError("the key", where, known)
        if _FREE in str(value) or (where in closed and isinstance(value, str)):
            continue
        if parameter is not None:
            _check_type(config, where, value, parameter)
        _check_duration(where, value)
        _check_number(config, where, value, described.path)


def _check_type(config: DictConfig, path: str, value: object, parameter: Parameter) -> None:
    annotation, module = parameter.annotation, parameter.module
    if annotation is None or annotations.fits(annotation, value, module):
        return
    if _is_default(value, parameter):
        return
    choices = annotations.choices(annotation, module)
    choices += ["true", "false"] if annotations.takes_bool(annotation, module) else []
    close = near(str(value), choices)
    shown = meant(annotation, value, module)
    if shown is ... and not choices:
        shown = before(config, path)
    usable = shown is not ... and shown is not None and shown != "???"
    example = typed(shown) if usable else annotations.example(annotation, module)
    several = "; to run one job for each, add -m" if "," in str(value) else ""
    was = typed(value) if value is None else repr(value)
    raise ConfigError(
        f"`{path}` must be {annotations.describe(annotation, module)}, was {was}",
        candidates=close,
        mend=f"for example  {path}={example}{several}",
    )


def _is_default(value: object, parameter: Parameter) -> bool:
    """Whether a value is the default, which an annotation may forget: `x: int = None`."""
    return getattr(parameter.default, "value", ...) == value


def _check_numbers(config: DictConfig, path: str, node: object, target: str | None) -> None:
    for key, value in node.items() if isinstance(node, Mapping) else ():
        _check_number(config, f"{path}.{key}".lstrip("."), value, target)


def _check_duration(path: str, value: object) -> None:
    """Refuse a longest time that the trainer cannot read.

    Raises:
        ConfigError: such a time.
    """
    if not path.endswith(_DURATION) or value is None or isinstance(value, Mapping):
        return
    if isinstance(value, str) and _DAYS_TO_SECONDS.fullmatch(value):
        return
    raise ConfigError(
        f"`{path}` must be days:hours:minutes:seconds or {{hours: 2}}, was {typed(value)}",
        mend=f"for example  {path}=00:02:00:00",
    )


def _check_number(config: DictConfig, path: str, value: object, target: str | None) -> None:
    allowed = ranges.outside(path, value, target)
    if allowed is None:
        return
    there = before(config, path)
    is_there = there is not ... and there is not None and there != value
    shown = ranges.meant_number(value, there, allowed)
    without = f" ({typed(there)} without it)" if is_there else ""
    raise ConfigError(
        f"`{path}` must be {allowed}, was {typed(value)}{without}",
        mend=f"for example  {path}={typed(shown)}",
    )
