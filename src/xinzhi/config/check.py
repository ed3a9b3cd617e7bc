"""A composed config judged before anything heavy is imported."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from xinzhi.config import annotations, declared, project, targets
from xinzhi.config.files import check_files
from xinzhi.config.identity import resolved
from xinzhi.config.near import UnknownNameError, near
from xinzhi.config.signatures import Parameter, signature
from xinzhi.config.words import TAKE_WORDS
from xinzhi.errors import ConfigError

_NAME = re.compile(r"\w[\w .-]*\Z")
_EXAMPLES = {"data.train": "my.csv", "data.text": "text", "data.label": "label"}
Node = tuple[str, Mapping[str, object]]


def check(config: DictConfig) -> None:
    """Refuse a config that cannot be run: targets, missing values, keys, types, files, choices.

    Raises:
        ConfigError: what is wrong, with the near match or an example.
    """
    written = OmegaConf.to_container(config, resolve=False)
    targets.check_all(written)
    _check_missing(config, sorted(_missing(written, "")))
    try:
        OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        first = str(error).partition("\n")[0]
        raise ConfigError(f"`{error.full_key}` cannot be resolved: {first}") from None
    plain = resolved(config)
    targets.check_all(plain)
    for path, node in _targeted(plain, ""):
        _check_node(path, node)
    chosen = OmegaConf.select(config, "asked.choices") or {}
    _check_choices(plain, str(OmegaConf.select(config, "asked.pipeline")), chosen)
    check_files(plain)


def _missing(node: object, path: str) -> Iterator[str]:
    if node == "???":
        yield path
    elif isinstance(node, Mapping):
        for key, value in node.items():
            yield from _missing(value, f"{path}.{key}".lstrip("."))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _missing(value, f"{path}[{index}]")


def _check_missing(config: DictConfig, missing: list[str]) -> None:
    if not missing:
        return
    train = OmegaConf.select(config, "data.train", throw_on_missing=False)
    examples = {**_EXAMPLES, "name": _as_name(Path(train).stem if isinstance(train, str) else "")}
    given = " ".join(f"{key}={examples.get(key, '…')}" for key in missing)
    words = [key for key in missing if key in TAKE_WORDS]
    raise ConfigError(
        f"{', '.join(f'`{key}=`' for key in missing)} must be given",
        mend=f"xinzhi {config.asked.pipeline} --help" if words else f"add  {given}",
    )


def _as_name(text: str) -> str:
    return re.sub(r"[^\w-]+", "_", text).strip("_") or "tickets"


def _targeted(node: object, path: str) -> Iterator[Node]:
    """Find every node with a target.

    Yields:
        Its dotted path and its keys.
    """
    if isinstance(node, Mapping):
        if "_target_" in node:
            yield path, node
        for key, value in node.items():
            yield from _targeted(value, f"{path}.{key}".lstrip("."))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from _targeted(value, f"{path}[{index}]")


def _check_node(path: str, node: Mapping[str, object]) -> None:
    described = signature(str(node["_target_"]))
    if described is None:
        return
    for key, value in node.items():
        if key in targets.SPECIAL:
            continue
        parameter = described.parameters.get(key)
        if parameter is None and not described.is_open:
            known = [f"{path}.{name}" for name in described.parameters]
            raise UnknownNameError("the key", f"{path}.{key}", known)
        if parameter is not None and "${oc.env:" not in str(value):
            _check_type(f"{path}.{key}", value, parameter)


def _check_type(path: str, value: object, parameter: Parameter) -> None:
    annotation, module = parameter.annotation, parameter.module
    if annotation is None or annotations.fits(annotation, value, module):
        return
    if _is_default(value, parameter):
        return
    choices = annotations.choices(annotation, module)
    close = near(str(value), choices)
    shown = close[0] if close else annotations.example(annotation, module)
    several = "; to run one job for each, add -m" if "," in str(value) else ""
    raise ConfigError(
        f"`{path}` must be {annotations.describe(annotation, module)}, was {value!r}",
        candidates=close,
        mend=f"for example  {path}={shown}{several}",
    )


def _is_default(value: object, parameter: Parameter) -> bool:
    """Whether a value is the default, which an annotation may forget: `x: int = None`."""
    return getattr(parameter.default, "value", ...) == value


def _check_closed(node: Mapping[str, object], file: Path | None, *, prefix: str) -> None:
    for key in declared.read(file).keys:
        value = node.get(key.name)
        if key.choices and value is not None and str(value) not in key.choices:
            raise UnknownNameError(f"{prefix}{key.name}=", str(value), key.choices)


def _check_choices(
    plain: Mapping[str, object], pipeline: str, chosen: Mapping[str, str | None]
) -> None:
    _check_closed(plain, project.conf_file(pipeline), prefix="")
    for group, option in chosen.items():
        node = plain.get(group)
        if isinstance(node, Mapping) and option is not None:
            for choice in (option, *declared.bases(project.conf_file(f"{group}/{option}"))):
                _check_closed(node, project.conf_file(f"{group}/{choice}"), prefix=f"{group}.")
    name = plain.get("name")
    if name is not None and not _NAME.match(str(name)):
        raise ConfigError(
            f"`name` must be letters, digits, `_`, `-`, `.` or spaces, was {name!r}",
            mend=f"name={_as_name(str(name))}",
        )
