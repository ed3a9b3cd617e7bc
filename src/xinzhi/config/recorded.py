"""The config of a run, as its `config.yaml` has it, made plain again."""

from omegaconf import OmegaConf

from xinzhi.config.identity import resolved
from xinzhi.errors import StoreError


def plain(text: str) -> dict[str, object]:
    """Gives the config, every interpolation resolved but those that name the environment.

    Args:
        text: as `identity.config_text` wrote it.

    Raises:
        StoreError: it is no mapping.
    """
    config = OmegaConf.create(text)
    if not OmegaConf.is_dict(config):
        raise StoreError("the config.yaml of a run must be a mapping, it was changed")
    return resolved(config)
