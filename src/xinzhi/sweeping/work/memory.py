"""A job that ran out of memory is tried again with half the batch, twice as often accumulated."""

from omegaconf import DictConfig, OmegaConf

# what bounds a batch, by the datamodules' own words; the first that is set counts
_BOUNDS = ("token_budget", "max_examples", "batch_size")
_TOLD_BY = ("out of memory", "can't allocate memory", "cannot allocate memory", "bad_alloc")


def ran_out(error: BaseException) -> bool:
    """Tells whether an error says that memory did not suffice.

    Args:
        error: that ended a job.
    """
    if isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError":
        return True
    return isinstance(error, RuntimeError) and any(w in str(error).lower() for w in _TOLD_BY)


def smaller(config: DictConfig) -> list[str]:
    """Gives the overrides that halve a batch and keep the examples of a step; none where none can.

    Args:
        config: of the job that ran out of memory.
    """
    for name in _BOUNDS:
        bound = OmegaConf.select(config, f"datamodule.{name}")
        if isinstance(bound, int) and bound > 1:
            parts = int(OmegaConf.select(config, "trainer.accumulate_grad_batches") or 1)
            return [
                f"datamodule.{name}={bound // 2}",
                f"trainer.accumulate_grad_batches={2 * parts}",
            ]
    return []
