"""Networks: their size, the loss falls, and a bundle answers as the model that was saved."""

import json

import numpy as np
import pandas as pd
import pytest
import torch
from conftest import FIXTURES
from PIL import Image

from xinzhi.errors import ConfigError, DataError
from xinzhi.nn.images import normalised
from xinzhi.nn.saving import save_bundle
from xinzhi.tasks.image_classification.efficientnet import EfficientNetLite, in_our_words
from xinzhi.tasks.image_classification.inference import ImageClassifier
from xinzhi.tasks.image_classification.model import LeNet, ResNet

SMALL = {
    LeNet: {},
    ResNet: {"stem": 4, "widths": [8, 12], "blocks": [1, 0]},
    EfficientNetLite: {"weights": None, "dropout": 0.0, "frozen_blocks": 14},
}


def made(state):
    """Weights that the reference had too when its scores were written down."""
    found = {}
    for number, (name, value) in enumerate(state.items()):
        drawn = torch.rand(value.shape, generator=torch.Generator().manual_seed(number))
        if value.ndim == 0:
            found[name] = value
        elif value.ndim == 1:
            found[name] = 0.5 + drawn
        else:
            found[name] = (drawn - 0.5) * (12.0 / value[0].numel()) ** 0.5
    return found


@pytest.fixture(params=SMALL, ids=lambda cls: cls.__name__)
def model(request):
    torch.manual_seed(0)
    given = {"num_classes": 3, "colours": 3, **SMALL[request.param]}
    built = request.param(**given, **({"size": 32} if request.param is LeNet else {}))
    if request.param is EfficientNetLite:  # its norms keep statistics that fit their weights
        built.load_state_dict(in_our_words(made(built.state_dict()), built))
    return built


def settings(**more):
    return {
        "classes": ["a", "b", "c"],
        "size": 32,
        "colours": 3,
        "fit": "crop",
        "mean": [120.0, 110.0, 100.0],
        "std": [60.0, 61.0, 62.0],
        "looks": "none",
        **more,
    }


def pictures(count=6, size=32):
    return np.random.default_rng(0).integers(0, 256, (count, size, size, 3), dtype=np.uint8)


def test_lenet_has_the_parameters_of_every_tutorial():
    model = LeNet(num_classes=10, colours=1, size=28)
    assert sum(p.numel() for p in model.parameters()) == 61_706
    with pytest.raises(ConfigError, match="at least 12"):
        LeNet(num_classes=10, colours=1, size=8)


@pytest.mark.parametrize("model", [LeNet, ResNet], indirect=True)  # those trained from scratch
def test_loss_falls(model):
    images = normalised(torch.from_numpy(pictures()), torch.tensor(127.0), torch.tensor(64.0))
    targets = torch.tensor([0, 1, 2, 0, 1, 2])
    trained = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trained, lr=3e-3)
    history = []
    for _ in range(25):
        loss = torch.nn.functional.cross_entropy(model.train()(images), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(loss.item())
    assert history[-1] < 0.5 * history[0]


@pytest.mark.parametrize("looks", ["none", "flip", "flip_and_shift"])
def test_bundle_answers_as_the_model_does(model, tmp_path, looks):
    told = settings(looks=looks, threshold=0.4)
    save_bundle(
        tmp_path,
        inference=ImageClassifier,
        model=model.eval(),
        architecture={
            "target": f"{type(model).__module__}.{type(model).__name__}",
            "arguments": SMALL[type(model)],
        },
        settings=told,
    )
    images = pictures()
    opened = ImageClassifier.load(tmp_path)
    answers = opened.predict(list(images))
    expected = ImageClassifier(model, told).predict(list(images))
    pd.testing.assert_frame_equal(answers, expected, rtol=1e-4, atol=1e-5)
    if looks == "none":
        seen = normalised(torch.from_numpy(images), *map(torch.tensor, (told["mean"], told["std"])))
        scores = model(seen).softmax(1).detach().numpy()
        found = answers[["p:a", "p:b", "p:c"]].to_numpy()
        np.testing.assert_allclose(found, scores, rtol=1e-3, atol=1e-5)
    assert opened.predict(opened.example()).shape == (1, 6)
    assert opened.embed(list(images)).shape[0] == 6


def test_files_and_their_order(model, tmp_path):
    paths = []
    for number, pixels in enumerate(pictures(5, 40)):
        paths.append(str(tmp_path / f"{number}.png"))
        Image.fromarray(pixels).save(paths[-1])
    classifier = ImageClassifier(model, settings())
    forward = classifier.predict(pd.DataFrame({"path": paths}))["p:a"]
    backward = classifier.predict(paths[::-1])["p:a"][::-1].to_numpy()
    np.testing.assert_allclose(forward, backward, rtol=1e-4)


def test_broken_files_are_named_and_nothing_is_answered(model, tmp_path):
    classifier = ImageClassifier(model, settings())
    whole = tmp_path / "whole.jpg"
    Image.fromarray(pictures(1, 300)[0]).save(whole)
    cut = tmp_path / "cut.jpg"
    cut.write_bytes(whole.read_bytes()[:2000])
    with pytest.raises(DataError, match=r"cut\.jpg must be a complete image"):
        classifier.predict([str(whole), str(cut)])
    with pytest.raises(DataError, match="path"):
        classifier.predict(pd.DataFrame({"file": [str(whole)]}))


def test_efficientnet_scores_as_the_reference():
    model = EfficientNetLite(num_classes=1000, weights=None).eval()
    model.load_state_dict(in_our_words(made(model.state_dict()), model))
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    file = FIXTURES / "image_classification" / "efficientnet_lite0.json"
    expected = torch.tensor(json.loads(file.read_text(encoding="utf-8"))["scores"])
    with torch.no_grad():
        torch.testing.assert_close(model(images)[:, :8], expected, atol=1e-4, rtol=1e-4)


def test_frozen_blocks_get_no_gradient():
    model = EfficientNetLite(num_classes=3, weights=None, frozen_blocks=6)
    model(torch.rand(2, 3, 32, 32)).sum().backward()
    learned = {name for name, p in model.named_parameters() if p.grad is not None}
    assert not any(
        name.startswith(("stem", *(f"blocks.{n}." for n in range(6)))) for name in learned
    )
    assert {name for name, p in model.named_parameters() if p.requires_grad} == learned
    with pytest.raises(ConfigError, match="frozen_blocks"):
        EfficientNetLite(num_classes=3, weights=None, frozen_blocks=17)
    with pytest.raises(ConfigError, match="colours"):
        EfficientNetLite(num_classes=3, weights=None, colours=1)


def test_pretrained_weights_know_a_palace_and_a_flower():
    from sklearn.datasets import load_sample_images

    told = settings(
        classes=[str(number) for number in range(1000)],
        size=224,
        mean=[127.0] * 3,
        std=[128.0] * 3,
    )
    classifier = ImageClassifier(EfficientNetLite(num_classes=1000), told)
    answers = classifier.predict(load_sample_images().images)
    assert answers["label"].tolist() == ["698", "985"]  # ImageNet's palace and daisy
