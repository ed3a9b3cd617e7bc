"""The average of the weights against its recursion, mixed targets, and the threshold's looks."""

from functools import partial

import lightning as L
import pytest
import torch

from xinzhi.nn.augmentation import Augmentation
from xinzhi.nn.images import looked_at
from xinzhi.tasks.image_classification.datamodule import ImageClassificationData
from xinzhi.tasks.image_classification.mistakes import mistakes
from xinzhi.tasks.image_classification.model import ResNet
from xinzhi.tasks.image_classification.task import ImageClassification


@pytest.fixture
def task(digits, tmp_path):
    torch.manual_seed(0)
    data = ImageClassificationData(snapshot=digits, cache_folder=tmp_path, batch_size=400)
    arguments = {"stem": 4, "widths": [8, 8], "blocks": [0, 0]}
    return partial(
        ImageClassification,
        model=ResNet(num_classes=10, colours=1, **arguments),
        datamodule=data,
        optimizer=partial(torch.optim.SGD, lr=0.2, momentum=0.9),
    ), data


def fitted(module, data, *callbacks, epochs=2):
    trainer = L.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        callbacks=list(callbacks),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
    )
    trainer.fit(module, datamodule=data)
    return trainer


class Followed(L.Callback):
    """The weights before every step."""

    def __init__(self):
        self.weights = []

    def on_before_zero_grad(self, trainer, pl_module, optimizer):  # noqa: ARG002
        self.weights.append(pl_module.model.head.weight.detach().clone())


def test_the_average_is_its_recursion(task):
    make, data = task
    module, followed = make(average=0.3), Followed()
    mean = module.averaged.head.weight.clone()
    fitted(module, data, followed)
    assert len(followed.weights) == 8
    for step, weight in enumerate(followed.weights):
        decay = min(0.3, (1 + step) / (10 + step))
        mean = decay * mean + (1 - decay) * weight
    torch.testing.assert_close(module.averaged.head.weight, mean)
    assert module.answering is module.averaged
    learned = module.configure_optimizers().param_groups
    assert sum(len(group["params"]) for group in learned) == len(list(module.model.parameters()))


def test_mixing_whole_images_with_themselves_is_no_mixing(task, monkeypatch):
    make, data = task
    module = make(augmentation=Augmentation(mixup=1.0))
    batch = next(iter(data.train_dataloader()))
    module.trainer = L.Trainer(accelerator="cpu", logger=False, enable_checkpointing=False)
    monkeypatch.setattr(torch, "randperm", lambda count, **_: torch.arange(count))
    mixed = module.training_step(batch, 0)
    module.augmentation = None
    torch.testing.assert_close(mixed, module.training_step(batch, 0))


def test_the_threshold_is_chosen_by_the_looks_that_answer(task):
    make, data = task
    module = make(tta="flip_and_shift")
    trainer = fitted(module, data, epochs=4)
    once = module.judgements["val"].scores
    trainer.test(module, datamodule=data, verbose=False)
    several = module.judgements["val"].scores
    pixels = torch.from_numpy(data.split("val").pictures.pixels.copy())
    module.eval()
    with torch.no_grad():
        torch.testing.assert_close(once, module(pixels), rtol=1e-4, atol=1e-4)
        expected = looked_at(module, pixels, "flip_and_shift")
    torch.testing.assert_close(several, expected, rtol=1e-4, atol=1e-4)
    assert module.judgements["test"].threshold == module.judgements["val"].threshold
    assert {"confusion_matrix", "mistakes"} <= set(module.figures())


def test_no_mistake_needs_no_sheet():
    right = torch.eye(3)
    assert mistakes(right, torch.arange(3), "abc", lambda _: None) is None
