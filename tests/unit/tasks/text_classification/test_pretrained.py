"""Encoders: LoRA trains little, merges exactly, and a bundle answers as the module does."""

import numpy as np
import pytest
import torch

from xinzhi.data.tokenizers import pretrained
from xinzhi.errors import ConfigError
from xinzhi.nn.saving import save_bundle
from xinzhi.tasks.text_classification.inference import TextClassifier
from xinzhi.tasks.text_classification.pretrained import PretrainedClassifier

TEXTS = ["very good, thanks", "so bad", "服务很好"]
LORA = {"r": 2, "lora_alpha": 4, "target_modules": ["query", "value"]}


def made(encoder, **settings):
    torch.manual_seed(1)
    tokenizer = pretrained([], encoder=str(encoder))
    return PretrainedClassifier(
        num_classes=2, encoder=str(encoder), tokenizer=tokenizer, **settings
    ), tokenizer


def batch(tokenizer):
    encoded = tokenizer.encode(TEXTS, max_length=32)
    parts = np.split(encoded.ids, encoded.offsets[1:-1])
    lengths = torch.tensor([len(part) for part in parts])
    ids = torch.full((len(parts), int(lengths.max())), tokenizer.pad_id)
    for row, part in enumerate(parts):
        ids[row, : len(part)] = torch.from_numpy(part)
    return ids, lengths


@pytest.mark.parametrize("lora", [None, LORA], ids=["whole", "lora"])
def test_the_bundle_answers_as_the_trained_module(encoder, tmp_path, lora):
    model, tokenizer = made(encoder, lora=lora)
    ids, lengths = batch(tokenizer)
    optimizer = torch.optim.SGD([p for p in model.parameters() if p.requires_grad], lr=0.5)
    for _ in range(3):  # so that LoRA's second matrix is no longer zero
        loss = torch.nn.functional.cross_entropy(model(ids, lengths), torch.tensor([1, 0, 1]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    model.eval()
    with torch.inference_mode():
        expected = model(ids, lengths).softmax(1).numpy()
    settings = {"classes": ["no", "yes"], "multilabel": False, "max_length": 32}
    target = f"{PretrainedClassifier.__module__}.PretrainedClassifier"
    arguments = {"encoder": str(encoder), "lora": lora}
    architecture = {"target": target, "arguments": arguments}
    save_bundle(
        tmp_path,
        model=model,
        architecture=architecture,
        settings=settings,
        beside=[tokenizer],
        inference=TextClassifier,
    )
    answers = TextClassifier.load(tmp_path).predict(TEXTS)
    np.testing.assert_allclose(answers[["p:no", "p:yes"]], expected, rtol=1e-4, atol=1e-5)
    assert str(encoder) not in (tmp_path / "bundle.json").read_text()  # it stands alone


def test_lora_trains_its_matrices_and_the_head_alone(encoder):
    model, _ = made(encoder, lora=LORA)
    trained = {name for name, p in model.named_parameters() if p.requires_grad}
    assert all("lora_" in name or name.startswith("head.") for name in trained)
    assert len(trained) == 2 * 2 * 2 + 2  # layers × (query, value) × (A, B), and the head


def test_a_tokenizer_of_another_encoder_is_refused(encoder):
    from xinzhi.data.tokenizers import characters

    other = characters([chr(code) for code in range(200, 400)], min_frequency=1)
    with pytest.raises(ConfigError, match="must have an embedding each"):
        PretrainedClassifier(num_classes=2, encoder=str(encoder), tokenizer=other)
