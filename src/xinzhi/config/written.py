"""The config that a run wrote down, read back as plain values."""

from typing import Any

from xinzhi.config.cosmetic import COSMETIC
from xinzhi.config.identity import leaves, resolved
from xinzhi.errors import ConfigError

_NO_MATTER = ("_suggests_", "asked")


def read_back(text: str, *, seed: int | None = None) -> dict[str, Any]:
    """Gives the config, every interpolation resolved but those that name the environment.

    Args:
        text: YAML, as `identity.config_text` writes it.
        seed: put in the place of the config's own, so that what follows the seed follows this one.

    Raises:
        ConfigError: it is no config.
    """
    import yaml
    from omegaconf import OmegaConf

    try:
        plain = yaml.safe_load(text) or {}
    except yaml.YAMLError as error:
        raise ConfigError(f"config.yaml of a run must be YAML, but: {error}") from None
    if not isinstance(plain, dict):
        raise ConfigError(f"config.yaml of a run must hold keys, was {type(plain).__name__}")
    if seed is not None and plain.get("seed") is not None:
        plain["seed"] = seed
    return resolved(OmegaConf.create(plain))


def telling(plain: dict[str, Any]) -> dict[str, Any]:
    """Gives what can change a fit, by dotted key: neither its seed nor what is cosmetic.

    Args:
        plain: the config, resolved.

    >>> telling({"seed": 1, "name": "a", "model": {"hidden": 8}, "tracking": {"uri": None}})
    {'model.hidden': 8}
    """
    return {key: value for key, value in leaves(plain) if key and not _is_cosmetic(key)}


def _is_cosmetic(key: str) -> bool:
    parts = key.split(".")
    if key == "seed" or any(part in _NO_MATTER for part in parts):
        return True
    return any(".".join(parts[:n]) in COSMETIC for n in range(1, len(parts) + 1))
