"""What a training is, whatever it is called: its config, code, data and seed as one hash."""

import copy
from collections.abc import Mapping
from typing import Any, NamedTuple

from omegaconf import DictConfig

from xinzhi.config.compose import fully_resolved
from xinzhi.config.cosmetic import COSMETIC
from xinzhi.config.targets import build
from xinzhi.sweeping import unfrozen
from xinzhi.sweeping.code import code_of
from xinzhi.sweeping.hashing import LENGTH, hashed

_PARTED = "-"
UNPREPARED = "unprepared"


class Identity(NamedTuple):
    """The parts that make two trainings the same, each as a hash.

    Attributes:
        whole: all of them, so that it can be told which one differs.
        config: of the resolved config without cosmetic keys and the seed.
        code: of the modules that the config's targets import.
        data: the digest of the snapshot, None where it has not been prepared; without a snapshot
            of what the datamodule reads, `unknown` where nobody can tell.
        seed: of the training.
    """

    whole: str
    config: str
    code: str
    data: str | None
    seed: int


def identity(config: DictConfig, *, data: str | None = None) -> Identity:
    """Gives the identity of the training that a checked config describes.

    Args:
        config: of conf/train.yaml.
        data: the digest of its rows; looked for among the snapshots by default.
    """
    seed = int(config.get("seed") or 0)
    # with 0 for the seed, which others follow too, such as the batches' order; what names the
    # environment counts by its value, and leaves no trace but the hash
    plain = fully_resolved(_with_seed(config, 0))
    digest = data or data_digest(plain)
    what = hashed(essential(plain))
    code = code_of(plain)
    return Identity(_PARTED.join(parts(what, code, digest, seed)), what, code, digest, seed)


def parts(config: str, code: str, data: str | None, seed: int) -> tuple[str, str, str, str]:
    """Gives the parts of a whole identity, as text.

    Args:
        config: hash.
        code: hash.
        data: digest; None where the rows have not been prepared.
        seed: of the training.
    """
    return config, code, (data or UNPREPARED)[:LENGTH], str(seed)


def taken_apart(whole: str) -> tuple[str, ...]:
    """Gives the four parts of a whole identity again: config, code, data, seed.

    Args:
        whole: of a job.
    """
    return tuple(whole.split(_PARTED))


def _with_seed(config: DictConfig, seed: int) -> DictConfig:
    changed = copy.deepcopy(config)
    if changed.get("seed") is not None:
        changed.seed = seed
    return changed


def essential(plain: Mapping[str, Any]) -> dict[str, Any]:
    """Gives the config without its seed and what is cosmetic.

    Args:
        plain: the resolved config.
    """
    return {
        key: value
        for key, value in _without(plain, "").items()
        if key not in {"seed", "asked"} and value is not None
    }


def data_digest(plain: Mapping[str, Any]) -> str | None:
    """Gives the digest of the snapshot that a config's declaration has by now, if it has one.

    Without a declaration it is of what can be told of the rows that the datamodule reads.

    Args:
        plain: the resolved config.
    """
    node = plain.get("data")
    if not isinstance(node, Mapping):
        return unfrozen.digest(plain)
    found = build(dict(node)).prepared()
    return None if found is None else str(found.digest)


def _without(node: Mapping[str, Any], prefix: str) -> dict[str, Any]:
    kept: dict[str, Any] = {}
    for key, value in node.items():
        path = f"{prefix}{key}"
        if path in COSMETIC or key == "_suggests_":
            continue
        kept[str(key)] = _without(value, f"{path}.") if isinstance(value, Mapping) else value
    return kept
