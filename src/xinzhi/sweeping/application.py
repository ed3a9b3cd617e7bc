"""A program of Hydra's, as a sweep over it needs it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from omegaconf import DictConfig, OmegaConf

from xinzhi.sweeping.code import code_of_program
from xinzhi.sweeping.hashing import hashed
from xinzhi.sweeping.identity import parts

APPLICATION = "application"  # among a sweep's settings: the program that runs its jobs


@dataclass(frozen=True, kw_only=True)
class Application:
    """A program of Hydra's, as a sweep needs it.

    Attributes:
        name: of its job.
        file: of its task function.
        compose: the config by overrides.
        launch: runs configurations, the number of the first given.
        at_once: how many of them at a time.
        folder: for what the sweep writes.
    """

    name: str
    file: Path
    compose: Callable[[Sequence[str]], DictConfig]
    launch: Callable[[Sequence[Sequence[str]], int], Sequence[Any]]
    at_once: int
    folder: Path

    def identify(self, overrides: tuple[str, ...]) -> str:
        """Gives the identity of a job: its config as written, and the program's own code.

        Args:
            overrides: all of them.
        """
        plain = OmegaConf.to_container(self.compose(overrides), resolve=False)
        config = {key: value for key, value in dict(plain).items() if key != "hydra"}  # type: ignore[arg-type]
        return "-".join(parts(hashed(config), code_of_program(self.file), None, 0))
