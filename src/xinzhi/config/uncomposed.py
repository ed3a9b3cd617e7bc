"""Why Hydra could not compose a config, told with what was meant."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from xinzhi.config import catalog
from xinzhi.config.near import near
from xinzhi.errors import ConfigError

_NO_GROUP = re.compile(r"Could not override '(?P<group>[\w/]+)'")
_NO_PACKAGE = re.compile(r"In '(?P<file>[\w/.-]+)': Could not override '[\w/]+@")
_NO_OPTION = re.compile(r"Could not find '(?P<path>[\w/.-]+)'")
_TWICE = re.compile(r"found duplicate key (?P<key>[^\s;]+)")
_LAST = re.compile(r"Overrides must be at the end of the defaults list")
_LONGEST = 600


def refuse(error: Exception, folders: Sequence[Path], groups: Sequence[str]) -> NoReturn:
    """Tell the error as a person should meet it.

    Args:
        error: of Hydra, OmegaConf or YAML.
        folders: the search path.
        groups: that the pipeline has.

    Raises:
        ConfigError: always.
    """
    reason = _reason(error)
    candidates: list[str] = []
    mend = None
    if found := _NO_PACKAGE.search(reason):
        mend = f"begin conf/{found['file']}.yaml with the line  # @package _global_"
    elif found := _NO_GROUP.search(reason):
        candidates = near(found["group"], groups) or sorted(groups)
        mend = f"override /{candidates[0]}: …"
    elif found := _NO_OPTION.search(reason):
        candidates = _options(found["path"], folders, groups)
        mend = f"{candidates[0].replace('/', ': ', 1)}" if candidates else None
    elif found := _TWICE.search(reason):
        mend = f"keep one of the lines that begin with {found['key']}:"
    elif _LAST.search(reason):
        mend = "write  override /GROUP: OPTION  where the pipeline has the group already"
    raise ConfigError(
        f"the config cannot be composed: {reason}", candidates=candidates, mend=mend
    ) from None


def _options(path: str, folders: Sequence[Path], groups: Sequence[str]) -> list[str]:
    group, _, option = path.partition("/")
    if group not in groups:
        return [f"{one}/{option}" for one in near(group, groups)]
    there = catalog.options(folders, group)
    close = near(option, there)
    if not close:  # the folder may be another one
        last = option.rpartition("/")[2]
        close = [name for name in there if name.rpartition("/")[2] == last]
    return [f"{group}/{name}" for name in close]


def _reason(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    kept = (
        line
        for line in lines
        if "search path" not in line.lower() and not line.startswith("provider=")
    )
    return "; ".join(kept)[:_LONGEST]
