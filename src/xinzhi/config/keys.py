"""Overrides of single keys: applied where the config or a signature has a place for them."""

import copy
from collections.abc import Collection, Mapping
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import HydraException
from omegaconf import DictConfig, ListConfig, OmegaConf, ValueNode, open_dict
from omegaconf.errors import OmegaConfBaseException

from xinzhi.config import annotations, catalog, declared, project
from xinzhi.config.near import UnknownNameError, near, slips
from xinzhi.config.signatures import Signature, signature
from xinzhi.errors import ConfigError

# What people of other templates type, and what it is called here.
OURS = {"logger": "tracking", "hparams_search": "sweep", "data_module": "datamodule"}

_OWN_TASKS = ["xinzhi", "tasks"]
NAMES = ("ckpt_path", "name")  # the run 7e10 is no number


def refuse_foreign(override: Override, places: Collection[str]) -> None:
    """Refuse a key whose first part the config declares no place for.

    Raises:
        ConfigError: such a key, where it has a name of ours.
        UnknownNameError: any other.
    """
    first = override.key_or_group.partition(".")[0].partition("/")[0]
    if first in places:
        return
    if first in OURS:
        raise ConfigError(
            f"`{first}=` is called `{OURS[first]}=` here",
            mend=_typed(override).replace(first, OURS[first], 1),
        )
    if first == "hydra":
        raise ConfigError("`hydra.…` has no effect: xinzhi decides where a run is written")
    elsewhere = catalog.keys_named(project.conf_folders(), first)
    asked = [key for key in elsewhere if key.partition(".")[0] in places]
    if asked and not any(slips(first, place)[0] <= 2 for place in near(first, places)):
        typed = _typed(override).partition("=")[2]
        mend = f"{asked[0]}={typed}"
        raise UnknownNameError("the key", first, asked, mend=mend)
    raise UnknownNameError("the key", first, places)


def apply(config: DictConfig, override: Override, before: Mapping[str, Any]) -> None:
    """Apply one override to a composed config.

    Args:
        config: changed in place.
        override: of a key, not of a group.
        before: groups whose option was changed, with what stood there before.

    Raises:
        ConfigError: the key is unknown, with its near match.
    """
    *parents, last = override.key_or_group.split(".")
    chosen_freely = override.type is not OverrideType.DEL and _open_mapping(config, parents)
    node = _parent(config, parents, override, before)
    if isinstance(node, DictConfig) and override.type is OverrideType.DEL:
        _delete(node, last, override)
        return
    if isinstance(node, DictConfig) and not chosen_freely:
        if not _holds(node, last) and override.type is not OverrideType.FORCE_ADD:
            _refuse_unknown(node, parents, last, override, before)
        override = typed_as_meant(_named(override), node, last)
    # the signature may know a key that the YAML does not name
    if isinstance(node, DictConfig):
        override.type = OverrideType.FORCE_ADD
    try:
        ConfigLoaderImpl._apply_overrides_to_config([override], config)  # noqa: SLF001 - pinned
    except (HydraException, OmegaConfBaseException) as error:
        reason = str(error.__cause__ or error).partition("\n")[0]
        raise ConfigError(f"`{_typed(override)}` cannot be applied: {reason}") from None


def _open_mapping(config: DictConfig, parents: list[str]) -> bool:
    """Make room below an argument that is a mapping: `data.schema.age.min=0` where there is no age.

    Returns:
        Whether the keys are those of such a mapping, and so anyone's choice.
    """
    node: Any = config
    for depth, name in enumerate(parents):
        described = described_by(node)
        parameter = described.parameters.get(name) if described else None
        if parameter is not None and parameter.annotation is not None:
            if not annotations.is_mapping(parameter.annotation):
                return False
            with open_dict(config):
                for inner in parents[depth:]:
                    if not isinstance(node, DictConfig):
                        return True  # a value stands there, which is said to hold no keys
                    if not _holds(node, inner) or node._get_node(inner)._is_none():  # type: ignore[union-attr]  # noqa: SLF001
                        node[inner] = {}
                    node = node._get_node(inner)  # noqa: SLF001
            return True
        node = node._get_node(name) if isinstance(node, DictConfig) and _holds(node, name) else None  # noqa: SLF001
    return False


def _delete(node: DictConfig, last: str, override: Override) -> None:
    if not _holds(node, last):
        raise UnknownNameError("the key", override.key_or_group, map(str, node))
    with open_dict(node):
        del node[last]


def _named(override: Override) -> Override:
    """The override with a number made text where a name is meant."""
    is_number = isinstance(override.value(), (int, float))
    if not is_number or override.key_or_group not in NAMES:
        return override
    return _with(override, _typed(override).partition("=")[2])


def typed_as_meant(override: Override, node: DictConfig, last: str) -> Override:
    """The override with a number made text where only text is meant: `data.label=2024`.

    Raises:
        ConfigError: the value is of another type than the one that stands there.
    """
    value, raw = override.value(), _typed(override).partition("=")[2]
    described = described_by(node)
    parameter = described.parameters.get(last) if described else None
    if parameter is not None and parameter.annotation is not None:
        annotation, module = parameter.annotation, parameter.module
        if annotations.fits(annotation, value, module):
            return override
        as_text = [str(v) for v in value] if isinstance(value, list) else raw
        if value is not None and annotations.fits(annotation, as_text, module):
            return _with(override, as_text)
        return override  # the check of the whole config says what is wrong with it
    there = node._get_node(last) if _holds(node, last) else None  # noqa: SLF001 - unresolved
    default = there._value() if isinstance(there, ValueNode) else None  # noqa: SLF001
    if value is None or default is None or described is not None or _same_kind(default, value):
        return override
    if isinstance(default, str) and "${" in default:
        return override
    if isinstance(default, str) and not isinstance(value, (list, dict)):
        return _with(override, raw)
    several = "; to run one job for each, add -m" if "," in str(value) else ""
    raise ConfigError(
        f"`{override.key_or_group}` must be of the type {type(default).__name__}, was {value!r}",
        mend=f"for example  {override.key_or_group}={str(default).lower()}{several}",
    )


def _holds(node: DictConfig, key: str) -> bool:
    """Whether a key stands there; `in` says no where its value is `???`."""
    return key in node.keys()  # noqa: SIM118


def _same_kind(default: object, value: object) -> bool:
    if isinstance(value, str) and "${" in value:
        return True
    if isinstance(default, float) and isinstance(value, int):
        return not isinstance(value, bool)
    return type(default) is type(value)


def _with(override: Override, value: str | list[str]) -> Override:
    changed = copy.copy(override)
    changed._value = value  # noqa: SLF001 - Hydra gives no other way to set it
    return changed


def _parent(
    config: DictConfig, parents: list[str], override: Override, before: Mapping[str, Any]
) -> DictConfig | ListConfig:
    node: Any = config
    for depth, name in enumerate(parents):
        if isinstance(node, DictConfig) and not _holds(node, name):
            _refuse_unknown(node, parents[:depth], name, override, before)
            return OmegaConf.create({})
        inner = node._get_node(int(name) if isinstance(node, ListConfig) else name)  # noqa: SLF001
        if isinstance(inner, (DictConfig, ListConfig)) and inner._is_none():  # noqa: SLF001
            inner = None
        if not isinstance(inner, (DictConfig, ListConfig)):
            here = ".".join(parents[: depth + 1])
            value = None if inner is None else inner._value()  # noqa: SLF001
            chosen = f"choose {name}= first" if depth == 0 and value is None else None
            raise ConfigError(
                f"`{_typed(override)}`: `{here}` must hold keys, was {value}", mend=chosen
            )
        node = inner
    return node  # type: ignore[no-any-return]


def _refuse_unknown(
    node: DictConfig | ListConfig,
    parents: list[str],
    last: str,
    override: Override,
    before: Mapping[str, Any],
) -> None:
    described = described_by(node)
    added = override.type is not OverrideType.CHANGE
    if described is not None and (last in described.parameters or (described.is_open and added)):
        return
    if described is None and added:
        return
    there = {str(key) for key in node if not str(key).startswith("_")}
    known = there | set(described.parameters if described else ())
    path = ".".join([*parents, last])
    if not any(slips(last, name)[0] <= 1 for name in near(last, known)):
        others = catalog.keys_named(project.conf_folders(), last, near_too=False)
        if others := [one for one in others if one != path and _stands(node, one)]:
            value = _typed(override).partition("=")[2]
            raise UnknownNameError("the key", path, others, mend=f"{others[0]}={value}")
    if parents and _had(before.get(parents[0]), [*parents[1:], last]):
        was = before[parents[0]].get("_target_", "the option that it replaced")
        raise ConfigError(
            f"`{path}` was meant for {was}; the {parents[0]} that is chosen now has no such key",
            candidates=[*near(last, known), *sorted(known - set(near(last, known)))],
        )
    if len(parents) == 1 and (elsewhere := _options_with(parents[0], last, node)):
        meant = f"{parents[0]}={elsewhere[0]}"
        raise UnknownNameError(
            "the key", path, (".".join([*parents, k]) for k in known), mend=f"{meant} has it"
        )
    passed = f"to pass it all the same: +{_typed(override)}"
    is_open = described is not None and described.is_open
    raise UnknownNameError(
        "the key", path, (".".join([*parents, k]) for k in known), mend=passed if is_open else None
    )


def _options_with(group: str, key: str, node: DictConfig | ListConfig) -> list[str]:
    """The options of a group that have a key, those for other tasks left out."""
    task = str(node.get("_target_") if isinstance(node, DictConfig) else "").split(".")
    folders = project.conf_folders()
    files = {
        name: catalog.option_file(folders, group, name) for name in catalog.options(folders, group)
    }
    return [
        name
        for name, file in files.items()
        if file is not None
        and key in {one.name for one in declared.read(file).keys}
        and ("/" not in name or task[:2] != _OWN_TASKS or name.partition("/")[0] == task[2])
    ]


def _stands(node: DictConfig | ListConfig, path: str) -> bool:
    """Whether the config that a node is part of has a key or its class an argument of that name."""
    root: Any = node._get_root()  # noqa: SLF001 - omegaconf gives no other way to it
    group, _, name = path.partition(".")
    there = root._get_node(group) if group in root else None  # noqa: SLF001
    if not isinstance(there, DictConfig) or there._is_none():  # noqa: SLF001
        return False
    described = described_by(there)
    return _holds(there, name) or (described is not None and name in described.parameters)


def described_by(node: object) -> Signature | None:
    """The signature of a node's target, where it has one that can be read."""
    target = node.get("_target_") if isinstance(node, DictConfig) else None
    return signature(target) if isinstance(target, str) else None


def _had(node: object, path: list[str]) -> bool:
    for name in path[:-1]:
        node = node.get(name) if isinstance(node, Mapping) else None
    if not isinstance(node, Mapping):
        return False
    if path[-1] in node:
        return True
    described = signature(str(node["_target_"])) if "_target_" in node else None
    return described is not None and path[-1] in described.parameters


def _typed(override: Override) -> str:
    return override.input_line or override.key_or_group
