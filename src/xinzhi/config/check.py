"""A composed config judged before anything heavy is imported."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from xinzhi.config import annotations, declared, project, targets
from xinzhi.config.files import check_files
from xinzhi.config.near import UnknownNameError, near
from xinzhi.config.signatures import Parameter, signature
from xinzhi.errors import ConfigError

_MISSING = "???"
_NAMES_THE_ENVIRONMENT = re.compile(r"\$\{\s*oc\.env\s*:")
_NAME = re.compile(r"\w[\w .-]*\Z")
_EXAMPLES = {"data.train": "my.csv", "data.text": "text", "data.label": "label"}
Node = tuple[str, Mapping[str, object], Mapping[str, object]]


def check(config: DictConfig) -> None:
    """Refuse a config that cannot be run: targets, missing values, keys, types, files, choices.

    Raises:
        ConfigError: what is wrong, with the near match or an example.
    """
    written = OmegaConf.to_container(config, resolve=False)
    targets.check_all(written)
    try:
        _check_missing(config)
        resolved = OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        first = str(error).partition("\n")[0]
        raise ConfigError(f"`{error.full_key}` cannot be resolved: {first}") from None
    assert isinstance(written, dict)  # noqa: S101 - for the type checker: a DictConfig is a dict
    assert isinstance(resolved, dict)  # noqa: S101
    plain = {str(key): value for key, value in resolved.items()}
    targets.check_all(plain)
    for path, node, as_written in _targeted(plain, written, ""):
        _check_node(path, node, as_written)
    _check_choices(plain)
    check_files(plain)


def _check_missing(config: DictConfig) -> None:
    missing = sorted(OmegaConf.missing_keys(config))
    if not missing:
        return
    train = OmegaConf.select(config, "data.train", throw_on_missing=False)
    examples = {**_EXAMPLES, "name": _as_name(Path(train).stem if isinstance(train, str) else "")}
    given = " ".join(f"{key}={examples.get(key, '…')}" for key in missing)
    raise ConfigError(
        f"{', '.join(f'`{key}=`' for key in missing)} must be given", mend=f"add  {given}"
    )


def _as_name(text: str) -> str:
    return re.sub(r"[^\w-]+", "_", text).strip("_") or "tickets"


def _targeted(node: object, written: object, path: str) -> Iterator[Node]:
    """Find every node with a target.

    Yields:
        Its dotted path, its resolved keys, its keys as written.
    """
    if isinstance(node, Mapping):
        as_written = written if isinstance(written, Mapping) else {}
        if "_target_" in node:
            yield path, node, as_written
        for key, value in node.items():
            yield from _targeted(value, as_written.get(key), f"{path}.{key}".lstrip("."))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            inner = written[index] if isinstance(written, list) else None
            yield from _targeted(value, inner, f"{path}[{index}]")


def _check_node(path: str, node: Mapping[str, object], written: Mapping[str, object]) -> None:
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
        is_secret = bool(_NAMES_THE_ENVIRONMENT.search(str(written.get(key))))
        if parameter is not None and not is_secret:
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


def _check_choices(plain: Mapping[str, object]) -> None:
    asked = plain.get("asked")
    pipeline = asked.get("pipeline") if isinstance(asked, Mapping) else None
    file = project.conf_file(str(pipeline))
    for key in declared.read(file).keys:
        value = plain.get(key.name)
        if key.choices and value is not None and str(value) not in key.choices:
            raise UnknownNameError(f"{key.name}=", str(value), key.choices)
    name = plain.get("name")
    if name is not None and not _NAME.match(str(name)):
        raise ConfigError(
            f"`name` must be letters, digits, `_`, `-`, `.` or spaces, was {name!r}",
            mend=f"name={_as_name(str(name))}",
        )
