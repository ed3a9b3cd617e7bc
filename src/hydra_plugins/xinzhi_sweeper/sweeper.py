"""Hydra's side of the sweeper: what it is told, and how jobs get to the launcher.

Every application of Hydra imports this module as it starts, so nothing heavy stands at its top.
"""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hydra.core.config_store import ConfigStore
from hydra.errors import CompactHydraException
from hydra.plugins.sweeper import Sweeper
from hydra.types import HydraContext, TaskFunction
from omegaconf import DictConfig

if TYPE_CHECKING:
    from hydra.plugins.launcher import Launcher

_KEY = re.compile(r"\bsweep\.(method|trials|seed|name)\b")  # as `xinzhi train -m` calls them


@dataclass
class XinzhiSweeperConf:
    """The keys of `hydra.sweeper`.

    Attributes:
        method: grid, random, quasi_random, tpe, cmaes or nsga2.
        trials: configurations in all; None for all of a grid.
        seed: of the search.
        space: searched values by key, in Hydra's override grammar, beside those typed.
        direction: min or max, whether less or more of what the task returns is better; a list
            where it returns several numbers.
        name: of the sweep, to go on with it; made of the command where it is None.
        ledger: a file or postgresql://…; mlruns/sweeps.db where it is None.
        batch: jobs that the launcher gets at once; as many as it says it runs where None.
    """

    _target_: str = "hydra_plugins.xinzhi_sweeper.sweeper.XinzhiSweeper"
    method: str = "grid"
    trials: int | None = None
    seed: int = 0
    space: dict[str, Any] = field(default_factory=dict)
    direction: Any = "min"
    name: str | None = None
    ledger: str | None = None
    batch: int | None = None


ConfigStore.instance().store(
    group="hydra/sweeper", name="xinzhi", node=XinzhiSweeperConf, provider="xinzhi"
)


class XinzhiSweeper(Sweeper):
    """Searches with what a task function returns, and keeps the results in a ledger.

    Args:
        settings: fields of XinzhiSweeperConf.
    """

    def __init__(self, **settings: Any) -> None:  # noqa: ANN401 - by Hydra, from the class above
        self._settings = settings
        self.hydra_context: HydraContext | None = None
        self.config: DictConfig | None = None
        self.launcher: Launcher | None = None

    def setup(
        self, *, hydra_context: HydraContext, task_function: TaskFunction, config: DictConfig
    ) -> None:
        """Makes the launcher that is configured.

        Args:
            hydra_context: composes configs.
            task_function: the application's own.
            config: of the sweep.
        """
        from hydra.core.plugins import Plugins

        self.hydra_context, self.config, self._task = hydra_context, config, task_function
        self.launcher = Plugins.instance().instantiate_launcher(
            hydra_context=hydra_context, task_function=task_function, config=config
        )

    def sweep(self, arguments: list[str]) -> dict[str, Any]:
        """Runs what is missing of a sweep, and gives its best configuration.

        Args:
            arguments: the overrides as typed.

        Raises:
            CompactHydraException: something does not fit, or jobs failed.
        """
        from xinzhi.errors import XinzhiError
        from xinzhi.sweeping import applications

        if self.config is None or self.hydra_context is None or self.launcher is None:
            raise CompactHydraException("setup() must come before sweep()")
        try:
            return applications.search(
                arguments,
                self._settings,
                config=self.config,
                compose=self.hydra_context.config_loader.load_sweep_config,
                launch=self.launcher.launch,
                task=self._task,
            )
        except XinzhiError as error:
            told = _KEY.sub(r"hydra.sweeper.\1", str(error))
            raise CompactHydraException(told) from error  # which Hydra tells without a traceback
