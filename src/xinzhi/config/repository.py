"""Hydra's config repository over our own search path, without what experiments no longer mean."""

import copy
from collections.abc import Collection, Sequence
from pathlib import Path

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra._internal.config_repository import CachingConfigRepository
from hydra._internal.config_search_path_impl import ConfigSearchPathImpl
from hydra._internal.core_plugins.file_config_source import FileConfigSource
from hydra._internal.core_plugins.structured_config_source import StructuredConfigSource
from hydra._internal.sources_registry import SourcesRegistry
from hydra.plugins.config_source import ConfigResult
from omegaconf import DictConfig

EXPERIMENT = "experiment"


class Repository(CachingConfigRepository):
    """The YAML of a list of folders, of which the first that has a file wins."""

    def __init__(self, folders: Sequence[Path]) -> None:
        # only the two sources that are used: a scan for plugins would import packages that
        # nobody asked for, and takes longer than all the rest
        SourcesRegistry.instance().register(FileConfigSource)
        SourcesRegistry.instance().register(StructuredConfigSource)
        path = ConfigSearchPathImpl()
        for folder in folders:
            path.append(provider=folder.parent.name, path=f"file://{folder}")
        path.append(provider="schema", path="structured://")
        self.loader = ConfigLoaderImpl(path)
        self.dropped: frozenset[str] = frozenset()
        super().__init__(self.loader.repository)

    def drop(self, groups: Collection[str]) -> None:
        """Leave out what experiments set for these groups: it was meant for another option."""
        self.dropped = frozenset(groups)

    def load_config(self, config_path: str) -> ConfigResult | None:
        """Load one file, an experiment without what was dropped."""
        loaded = super().load_config(config_path=config_path)
        if loaded is None or not self.dropped or not config_path.startswith(f"{EXPERIMENT}/"):
            return loaded
        pruned = copy.copy(loaded)
        pruned.config = copy.deepcopy(loaded.config)
        for group in self.dropped:
            if isinstance(pruned.config, DictConfig) and group in pruned.config:
                del pruned.config[group]
        return pruned

    def body(self, config_path: str) -> DictConfig | None:
        """What a file says, as it stands."""
        loaded = super().load_config(config_path=config_path)
        return (
            loaded.config if loaded is not None and isinstance(loaded.config, DictConfig) else None
        )
