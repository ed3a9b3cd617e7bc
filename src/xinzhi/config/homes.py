"""One home for each value: what is said in two places, of which one would not count, is refused.

`++key=value` insists: it is taken whatever stands elsewhere.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

from hydra.core.override_parser.types import Override, OverrideType
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from xinzhi.config import project
from xinzhi.config.interpolations import followed, is_suggestion, mirrored
from xinzhi.config.meant import typed as as_typed
from xinzhi.config.near import UnknownNameError
from xinzhi.config.provenance import TYPED, Layer
from xinzhi.errors import ConfigError

_SUGGESTED = "._suggests_."
# What a debug option decides, but a person may decide otherwise.
_LEFT_TO_A_PERSON = {"register"}
_OF_A_DEVICE = {"trainer.accelerator", "trainer.strategy"}
_ENDED_BY_ONE_BATCH = ("max_epochs", "max_steps", "limit_train_batches", "limit_val_batches")
# A key that counts only while another is null or auto.
_ECLIPSED = {
    "data.val_fraction": ("data.val", None),
    "data.test_fraction": ("data.test", None),
    "datamodule.batch_at_most": ("datamodule.batch_size", "auto"),
    "datamodule.at_least": ("datamodule.size", "auto"),
    "datamodule.at_most": ("datamodule.size", "auto"),
}


def check_homes(
    config: DictConfig, merged: Sequence[Layer], typed: Sequence[Override], groups: Sequence[str]
) -> None:
    """Refuse a value that is said in two places.

    Args:
        config: with all overrides applied.
        merged: the files that it was made of.
        typed: overrides of single keys.
        groups: whose option was typed.
    """
    insisted = {o.key_or_group for o in typed if o.type is OverrideType.FORCE_ADD and _doubled(o)}
    own = {o.key_or_group: o for o in typed if o.type is not OverrideType.DEL}
    layers = [*merged, Layer(TYPED, dict.fromkeys(own))]
    for key in own.keys() - insisted:
        _check_debug(config, key, merged)
        _check_device(config, key, merged, groups)
        _check_eclipsed(config, key, own)
        _check_suggestion(key, layers)
    _check_suggested(merged)
    for key, source in _set_by_hand(layers).items():
        if key not in insisted:
            _check_followed(config, key, source, layers)


def _doubled(override: Override) -> bool:
    return (override.input_line or "").startswith("++")


def _check_debug(config: DictConfig, key: str, merged: Sequence[Layer]) -> None:
    for layer in merged:
        if layer.group != "debug" or key not in layer.leaves or key in _LEFT_TO_A_PERSON:
            continue
        value = layer.leaves[key]
        if _at(config, key) != value:
            raise ConfigError(
                f"`{key}` has two homes: {layer.source} sets it to {as_typed(value)}, "
                f"{as_typed(_at(config, key))} was typed",
                mend=f"leave one out, or insist on yours:  ++{key}={as_typed(_at(config, key))}",
            )
    last = key.rpartition(".")[2]
    one_batch = OmegaConf.select(config, "trainer.fast_dev_run", default=False)
    said = _at(config, key) not in (None, -1)
    if key.startswith("trainer.") and last in _ENDED_BY_ONE_BATCH and one_batch and said:
        raise ConfigError(
            f"`{key}` counts for nothing with trainer.fast_dev_run={as_typed(one_batch)}",
            mend=f"leave out one of them:  {key}=… or trainer.fast_dev_run=…",
        )


def _check_device(
    config: DictConfig, key: str, merged: Sequence[Layer], groups: Sequence[str]
) -> None:
    if key not in _OF_A_DEVICE or "trainer" not in groups:
        return
    chosen = [layer for layer in merged if layer.group == "trainer"][-1:]
    for layer in chosen:
        there = layer.leaves.get(key, "auto")
        if there not in {"auto", _at(config, key)}:
            raise ConfigError(
                f"`{key}` has two homes: {layer.source} sets it to {there}, "
                f"{as_typed(_at(config, key))} was typed",
                mend=f"leave out trainer= or {key}=",
            )


def _check_eclipsed(config: DictConfig, key: str, typed: Collection[str]) -> None:
    other, free = _ECLIPSED.get(key, ("", None))
    if other not in typed:
        return
    there = _at(config, other)
    if there is not ... and there != free:
        raise ConfigError(
            f"`{key}` counts only where {other} is {as_typed(free)}, which is {as_typed(there)}",
            mend=f"leave out {key}=, or say {other}={as_typed(free)}",
        )


def _check_suggestion(key: str, layers: Sequence[Layer]) -> None:
    """Refuse a suggestion that nothing takes.

    Raises:
        UnknownNameError: such a suggestion.
    """
    if _SUGGESTED not in f".{key}":
        return
    taken = {name for layer in layers for v in layer.leaves.values() for name in followed(v)}
    if key not in taken and not any(name.startswith(f"{key}.") for name in taken):
        offered = [name for name in taken if _SUGGESTED in f".{name}"]
        raise UnknownNameError("the key", key, offered, mend="nothing takes this suggestion")


def _check_suggested(merged: Sequence[Layer]) -> None:
    """Refuse a suggestion in a file that no option of any group takes.

    Raises:
        UnknownNameError: such a suggestion.
    """
    taken = {name for layer in merged for v in layer.leaves.values() for name in followed(v)}
    for layer in merged:
        for key in layer.leaves:
            if _SUGGESTED in f".{key}" and key not in taken and not _is_below(key, taken):
                everywhere = set(_all_followed())
                if key not in everywhere and not _is_below(key, everywhere):
                    raise UnknownNameError(f"{layer.source}: the key", key, everywhere)


def _is_below(key: str, names: Collection[str]) -> bool:
    return any(key.startswith(f"{name}.") for name in names)


def _all_followed() -> Iterator[str]:
    """Find the suggestions that any option takes.

    Yields:
        Their keys.
    """
    for folder in project.conf_folders():
        for file in folder.rglob("*.yaml"):
            for name in followed(file.read_text(encoding="utf-8")):
                if _SUGGESTED in f".{name}":
                    yield name


def _set_by_hand(layers: Sequence[Layer]) -> dict[str, Layer]:
    """The last layer that sets a key, where it is no group's option."""
    return {
        key: layer
        for layer in layers
        if layer.source == TYPED or layer.group in {"experiment", "debug"}
        for key in layer.leaves
    }


def _check_followed(config: DictConfig, key: str, by: Layer, layers: Sequence[Layer]) -> None:
    """Refuse a value in the place of one that follows another key, where both were set."""
    at = layers.index(by)
    base = [x for x in layers[:at] if x.group not in {"experiment", "debug"} and key in x.leaves]
    stood = base[-1].leaves[key] if base else None
    if is_suggestion(stood):
        for other in followed(stood):
            later = [x for x in layers[at:] if other in x.leaves and _is_by_hand(x)]
            if later and _at(config, key) != _at(config, other):
                _refuse_both(config, key, by, other, later[-1])
        return
    other_key = mirrored(stood)
    if other_key is not None and _at(config, key) != _at(config, other_key):
        _refuse_both(config, key, by, other_key, None)


def _refuse_both(
    config: DictConfig, key: str, by: Layer, other: str, other_by: Layer | None
) -> None:
    told = {key: _at(config, key), other: _at(config, other)}
    shown = {name: as_typed(value) for name, value in told.items()}
    where = f" ({other_by.source})" if other_by is not None else ""
    one = key if other_by is not None and other_by.source == TYPED else other
    raise ConfigError(
        f"`{key}` has two homes: it takes the value of `{other}`, which is {shown[other]}{where}, "
        f"yet {_told(by)} {key}={shown[key]}",
        candidates=[f"{key}={shown[key]}", f"{other}={shown[other]}"],
        mend=f"leave out {key}=, or say {one}={shown[key]}, or insist:  ++{key}={shown[key]}",
    )


def _told(layer: Layer) -> str:
    return "what was typed is" if layer.source == TYPED else f"{layer.source} says"


def _is_by_hand(layer: Layer) -> bool:
    return layer.source == TYPED or layer.group in {"experiment", "debug"}


def _at(config: DictConfig, key: str) -> Any:  # noqa: ANN401 - any value of a config
    try:
        found = OmegaConf.select(config, key, default=...)
    except OmegaConfBaseException:
        return ...
    return OmegaConf.to_container(found) if OmegaConf.is_config(found) else found
