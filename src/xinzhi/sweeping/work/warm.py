"""All that a training imports, at once: the process that loads this gives birth to warm workers."""

import optuna  # noqa: F401 - proposals and pruners

from xinzhi.data import sources, table_rows  # noqa: F401
from xinzhi.data.features import numeric  # noqa: F401
from xinzhi.deployment import artifacts  # noqa: F401
from xinzhi.registry import versions  # noqa: F401
from xinzhi.sweeping.work import (
    watching,  # noqa: F401
    worker,  # noqa: F401
)
from xinzhi.tracking import environment, loaded, logger, run, store  # noqa: F401
from xinzhi.training import assembly, curves, fit, progress, resuming, schedules  # noqa: F401

environment.packages()  # listed once in a process's life
