"""Overrides of single keys: applied where the config or a signature has a place for them."""

from collections.abc import Collection, Mapping
from typing import Any

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.core.override_parser.types import Override, OverrideType
from hydra.errors import HydraException
from omegaconf import DictConfig, ListConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from xinzhi.config.near import UnknownNameError, near
from xinzhi.config.signatures import Signature, signature
from xinzhi.errors import ConfigError

# What people of other templates type, and what it is called here.
OURS = {"logger": "tracking", "hparams_search": "sweep", "data_module": "datamodule"}


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
    node = _parent(config, parents, override, before)
    takes_it = isinstance(node, ListConfig) or last in node
    if not takes_it and override.type is not OverrideType.FORCE_ADD:
        _refuse_unknown(node, parents, last, override, before)
        if override.type is OverrideType.CHANGE:
            override.type = OverrideType.FORCE_ADD  # the signature knows the key, the YAML does not
    elif override.type is OverrideType.ADD:
        override.type = OverrideType.FORCE_ADD
    try:
        ConfigLoaderImpl._apply_overrides_to_config([override], config)  # noqa: SLF001 - pinned
    except (HydraException, OmegaConfBaseException) as error:
        reason = str(error.__cause__ or error).partition("\n")[0]
        raise ConfigError(f"`{_typed(override)}` cannot be applied: {reason}") from None


def _parent(
    config: DictConfig, parents: list[str], override: Override, before: Mapping[str, Any]
) -> DictConfig | ListConfig:
    node: Any = config
    for depth, name in enumerate(parents):
        if isinstance(node, DictConfig) and name not in node:
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
    if parents and _had(before.get(parents[0]), [*parents[1:], last]):
        was = before[parents[0]].get("_target_", "the option that it replaced")
        raise ConfigError(
            f"`{path}` was meant for {was}; the {parents[0]} that is chosen now has no such key",
            candidates=[*near(last, known), *sorted(known - set(near(last, known)))],
        )
    passed = f"to pass it all the same: +{_typed(override)}"
    is_open = described is not None and described.is_open
    raise UnknownNameError(
        "the key", path, (".".join([*parents, k]) for k in known), mend=passed if is_open else None
    )


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
