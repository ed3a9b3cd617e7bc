"""How a fit on several ranks ends when one of them alone fails."""

import lightning as L
from lightning.pytorch.callbacks import ModelCheckpoint

from xinzhi.errors import CutShort

# what all ranks hear of, so that they write a checkpoint together
_SHARED = (KeyboardInterrupt, SystemExit, CutShort)


class LonelyFailure(L.Callback):
    """Lets a rank that fails end at once, without a checkpoint.

    To write one, each rank waits for all others; those wait for the rank's gradients meanwhile, and
    so for half an hour, until the connection gives up. What was kept before is kept.
    """

    def on_exception(
        self,
        trainer: L.Trainer,
        pl_module: L.LightningModule,  # noqa: ARG002 - Lightning's own form
        exception: BaseException,
    ) -> None:
        """Tells the callbacks that keep checkpoints, which come after this one."""
        if trainer.world_size == 1 or isinstance(exception, _SHARED):
            return
        for callback in trainer.checkpoint_callbacks:
            if isinstance(callback, ModelCheckpoint):
                callback.save_on_exception = False
