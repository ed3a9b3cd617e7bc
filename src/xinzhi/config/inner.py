"""Keys inside mappings, and options of third-party arguments: open in the signature, yet closed."""

import ast
from collections.abc import Iterator, Mapping

from xinzhi.config import sources
from xinzhi.config.near import UnknownNameError, near
from xinzhi.config.signatures import signature
from xinzhi.errors import ConfigError

# Keys of mappings, all of which must be given.
_WHOLE = {
    "task.cost": ("false_positive", "false_negative"),
    "baseline.cost": ("false_positive", "false_negative"),
    "datamodule.scale": ("mean", "std"),
}
# Mappings that are handed to a class as its arguments.
_ARGUMENTS = {"model.lora": "peft.LoraConfig"}
_STRATEGIES = (
    "auto", "ddp", "ddp_spawn", "ddp_fork", "ddp_notebook", "ddp_find_unused_parameters_true",
    "ddp_find_unused_parameters_false", "ddp_spawn_find_unused_parameters_true",
    "ddp_fork_find_unused_parameters_true", "ddp_notebook_find_unused_parameters_true", "fsdp",
    "fsdp_cpu_offload", "deepspeed", "deepspeed_stage_1", "deepspeed_stage_1_offload",
    "deepspeed_stage_2", "deepspeed_stage_2_offload", "deepspeed_stage_3",
    "deepspeed_stage_3_offload", "deepspeed_stage_3_offload_nvme", "single_device",
    "single_xla", "xla", "xla_fsdp",
)  # fmt: skip
_OPTIONS = {
    "trainer.strategy": _STRATEGIES,
    "trainer.profiler": ("simple", "advanced", "pytorch", "xla"),
    "trainer.gradient_clip_algorithm": ("norm", "value"),
}
_PACKAGE = "package:"
_ARCHIVED = ("model.encoder", "model.weights", "model.tokenizer.encoder")


def check_inner(plain: Mapping[str, object]) -> None:
    """Refuse unknown keys in mappings that are closed, and options that a library does not have.

    Args:
        plain: the resolved config.

    Raises:
        UnknownNameError: such a key, option or name.
    """
    values = dict(_below(plain, ""))
    for path, keys in _WHOLE.items():
        _check_whole(path, values.get(path), keys)
    for path, target in _ARGUMENTS.items():
        described, given = signature(target), values.get(path)
        for key in given if isinstance(given, Mapping) and described is not None else ():
            if key not in described.parameters:  # type: ignore[union-attr]
                known = [f"{path}.{name}" for name in described.parameters]  # type: ignore[union-attr]
                raise UnknownNameError("the key", f"{path}.{key}", known)
    for path, options in _OPTIONS.items():
        value = values.get(path)
        if isinstance(value, str) and value not in options:
            raise UnknownNameError(f"{path}=", value, options)
    _check_devices(values.get("trainer.devices"))
    for path in _ARCHIVED:
        _check_archived(path, values.get(path))


def _check_whole(path: str, given: object, keys: tuple[str, ...]) -> None:
    if not isinstance(given, Mapping):
        return
    for key, value in given.items():
        if key not in keys:
            raise UnknownNameError("the key", f"{path}.{key}", [f"{path}.{k}" for k in keys])
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            raise ConfigError(
                f"`{path}.{key}` must be a number from 0, was {value!r}",
                mend=f"for example  {path}.{key}=1",
            )
    missing = [key for key in keys if key not in given]
    if missing:
        example = ", ".join(f"{key}: {given.get(key, 1)}" for key in keys)
        raise ConfigError(
            f"`{path}` must have {' and '.join(keys)}, has no {missing[0]}",
            mend=f"{path}='{{{example}}}'",
        )


def _check_devices(value: object) -> None:
    if isinstance(value, str) and value != "auto":
        parts = [part.strip().lstrip("-") for part in value.split(",")]
        if not all(part.isdigit() for part in parts):
            close = near(value, ["auto"])
            raise ConfigError(
                f"`trainer.devices` must be a number, a list of devices or auto, was {value}",
                candidates=close or ["auto"],
                mend=f"trainer.devices={close[0] if close else 1}",
            )


def _check_archived(path: str, value: object) -> None:
    """Refuse the name of a packaged encoder or weights that there are none of.

    Raises:
        UnknownNameError: such a name.
    """
    if not isinstance(value, str) or not value.startswith(_PACKAGE):
        return
    found = sources.assigned("xinzhi.data.pins", "ARCHIVES")
    tree = found[0] if found is not None else None
    keys = tree.keys if isinstance(tree, ast.Dict) else []
    known = [str(key.value) for key in keys if isinstance(key, ast.Constant)]
    if known and value.removeprefix(_PACKAGE) not in known:
        raise UnknownNameError(f"{path}=", value, [f"{_PACKAGE}{name}" for name in known])


def _below(node: Mapping[str, object], prefix: str) -> Iterator[tuple[str, object]]:
    for key, value in node.items():
        yield f"{prefix}{key}", value
        if isinstance(value, Mapping):
            yield from _below(value, f"{prefix}{key}.")
