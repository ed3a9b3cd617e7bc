"""A composed config judged before anything heavy is imported."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from xinzhi.config import declared, project, targets
from xinzhi.config.files import check_files
from xinzhi.config.identity import resolved
from xinzhi.config.inner import check_inner
from xinzhi.config.meant import typed
from xinzhi.config.near import UnknownNameError
from xinzhi.config.objectives import check_objective
from xinzhi.config.values import check_declared, check_values
from xinzhi.config.wiring import check_wiring
from xinzhi.config.words import TAKE_WORDS
from xinzhi.errors import ConfigError

TRAINS = "train"  # the pipeline whose parts are put together
_NAME = re.compile(r"\w[\w .-]*\Z")
_EXAMPLES = {"data.train": "my.csv", "data.text": "text", "data.label": "label"}


def check(config: DictConfig) -> None:
    """Refuse a config that cannot be run: targets, missing values, keys, types, files, choices.

    Raises:
        ConfigError: what is wrong, with the near match or an example.
    """
    written = OmegaConf.to_container(config, resolve=False)
    targets.check_all(written)
    _check_missing(config, sorted(_missing(written, "")))
    chosen = OmegaConf.select(config, "asked.choices") or {}
    pipeline = str(OmegaConf.select(config, "asked.pipeline"))
    if pipeline == TRAINS and isinstance(written, dict):
        check_wiring({str(key): value for key, value in written.items()}, chosen)
    try:
        OmegaConf.to_container(config, resolve=True)
    except OmegaConfBaseException as error:
        first = str(error).partition("\n")[0]
        raise ConfigError(f"`{error.full_key}` cannot be resolved: {first}") from None
    plain = resolved(config)
    targets.check_all(plain)
    closed = _check_choices(plain, pipeline, chosen)
    check_values(config, plain, closed)
    check_inner(plain)
    if pipeline == TRAINS:
        check_objective(plain)
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


def _check_closed(node: Mapping[str, object], file: Path | None, *, prefix: str) -> set[str]:
    """Refuse values that are not among the choices that a YAML's comments tell.

    Returns:
        The keys that have such choices.

    Raises:
        UnknownNameError: one of these values.
    """
    closed = set()
    for key in declared.read(file).keys:
        if key.name in node and "_target_" not in node:
            check_declared(f"{prefix}{key.name}", node[key.name], key.value)
        if key.choices and key.name in node:
            closed.add(f"{prefix}{key.name}")
            value = node[key.name]
            if value is not None and typed(value) not in key.choices:
                raise UnknownNameError(f"{prefix}{key.name}=", typed(value), key.choices)
    return closed


def _check_known(node: Mapping[str, object], files: Sequence[Path | None], group: str) -> None:
    """Refuse values of a group without a target whose keys none of its files has.

    Raises:
        UnknownNameError: such a key.
    """
    known = {key.name for file in files for key in declared.read(file).keys}
    if "_target_" in node or not known:
        return
    for key, value in node.items():
        if key not in known and not isinstance(value, Mapping):
            raise UnknownNameError("the key", f"{group}.{key}", (f"{group}.{k}" for k in known))


def _check_choices(
    plain: Mapping[str, object], pipeline: str, chosen: Mapping[str, str | None]
) -> frozenset[str]:
    closed = set()
    top = project.conf_file(pipeline)
    for file in (top, *map(project.conf_file, declared.bases(top))):
        closed |= _check_closed(plain, file, prefix="")
    for group, option in chosen.items():
        node = plain.get(group)
        if isinstance(node, Mapping) and option is not None:
            bases = declared.bases(project.conf_file(f"{group}/{option}"))
            files = [project.conf_file(f"{group}/{choice}") for choice in (option, *bases)]
            for file in files:
                closed |= _check_closed(node, file, prefix=f"{group}.")
            _check_known(node, files, group)
    name = plain.get("name")
    if name is not None and not _NAME.match(str(name)):
        raise ConfigError(
            f"`name` must be letters, digits, `_`, `-`, `.` or spaces, was {name!r}",
            mend=f"name={_as_name(str(name))}",
        )
    return frozenset(closed)
