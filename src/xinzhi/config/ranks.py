"""Which process speaks for a run on several."""

import os
import sys


def first_rank() -> bool:
    """Whether this process is the one that speaks."""
    ranks = (os.environ.get(name) for name in ("RANK", "SLURM_PROCID", "LOCAL_RANK"))
    return next((int(rank) for rank in ranks if rank is not None), 0) == 0


def say(text: str) -> None:
    """Tell the person who waits, once however many processes there are."""
    if first_rank():
        sys.stderr.write(f"{text}\n")
        sys.stderr.flush()
