"""A composed config judged before anything heavy is imported."""

from omegaconf import DictConfig, OmegaConf

from xinzhi.config import targets
from xinzhi.errors import ConfigError


def check(config: DictConfig) -> None:
    """Refuse a config that cannot be run.

    Raises:
        ConfigError: what is wrong, with the near match or an example.
    """
    plain = OmegaConf.to_container(config, resolve=False)
    targets.check_all(plain)
    if OmegaConf.missing_keys(config):
        raise ConfigError(f"missing: {sorted(OmegaConf.missing_keys(config))}")
