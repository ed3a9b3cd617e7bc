"""What every task's step and optimiser have in common."""

from collections.abc import Callable, Mapping
from typing import Any

import lightning as L
import torch
from torch import Tensor, nn

from xinzhi.errors import ConfigError
from xinzhi.training.parameters import parameter_groups


def step_loss(each: Tensor, batch: Mapping[str, Tensor], trainer: L.Trainer) -> Tensor:
    """Gives the loss of a batch so that every example of the optimiser step weighs the same.

    Lightning divides by the accumulated batches and averages over ranks; both are undone, however
    unequal the batches are.

    Args:
        each: losses of the batch's examples, shape (B,).
        batch: whose `step_examples` counts the examples of the step on all ranks.
        trainer: knows ranks and accumulation.
    """
    parts = trainer.accumulate_grad_batches * trainer.world_size
    return each.sum() * (parts / batch["step_examples"])


def log_split(
    task: L.LightningModule, split: str, metrics: Mapping[str, float], *, examples: int
) -> None:
    """Logs what a split was judged by, each value under the split's name.

    Every rank does, since each has judged the gathered examples of all.

    Args:
        task: that is fitted.
        split: val or test.
        metrics: name → value.
        examples: how many were judged.
    """
    values = {f"{split}/{name}": value for name, value in metrics.items()}
    task.log_dict(values, batch_size=examples, rank_zero_only=False)


def optimisation(
    model: nn.Module,
    *,
    optimizer: Callable[..., torch.optim.Optimizer],
    scheduler: Callable[..., Any] | None,
    trainer: L.Trainer,
    layer_decay: float = 1.0,
) -> Any:  # noqa: ANN401 - Lightning's union
    """Makes the optimiser, without decay on biases and norms, and its schedule by step.

    Args:
        model: whose parameters are fitted.
        optimizer: makes an optimiser of parameter groups.
        scheduler: makes a schedule of an optimiser and `total_steps`; None keeps the rate.
        trainer: knows how many steps there will be.
        layer_decay: learning rate of a layer relative to the one above it.

    Returns:
        What Lightning takes from `configure_optimizers`.
    """
    settings = getattr(optimizer, "keywords", {})
    groups = parameter_groups(model, lr=settings.get("lr"), layer_decay=layer_decay)
    made = optimizer(groups)
    total = trainer.estimated_stepping_batches
    if scheduler is None or total == float("inf"):
        return made
    schedule = scheduler(made, total_steps=int(total))
    return {"optimizer": made, "lr_scheduler": {"scheduler": schedule, "interval": "step"}}


def check_share(name: str, value: float, *, with_0: bool = False) -> None:
    """Refuses what is no share.

    Args:
        name: of the task's key.
        value: that was given.
        with_0: whether 0 is one.

    Raises:
        ConfigError: it is outside of 0 to 1.
    """
    if not (0 < value <= 1 or (with_0 and value == 0)):
        msg = f"task.{name} must be {'from' if with_0 else 'above'} 0 to 1, was {value}"
        raise ConfigError(msg)
