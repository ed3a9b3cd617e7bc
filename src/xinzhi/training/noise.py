"""Silence for what Lightning and torch say that does not concern the person who waits."""

import logging
import warnings

_NOT_FOR_US = (
    ".*does not have many workers.*",  # a batch is assembled faster than a worker starts
    ".*sync_dist=True.*",  # what all ranks saw is gathered before it is judged
    ".*Checkpoint directory .* exists.*",
    ".*number of training batches.*smaller than the logging interval.*",
    ".*The dirpath has changed.*",  # every run has its own
    ".*resuming from a checkpoint that ended before the epoch ended.*",  # our sampler goes on there
    ".*Inferred schema contains integer column.*",  # inputs may be missing, answers never are
    ".*LeafSpec.*is deprecated.*",
    ".*isinstance.treespec, LeafSpec.*",
)


def quiet() -> None:
    """Keeps errors and warnings that can be acted on, and drops advertisements and the rest."""
    for name in ("lightning", "lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    for message in _NOT_FOR_US:
        warnings.filterwarnings("ignore", message=message)
