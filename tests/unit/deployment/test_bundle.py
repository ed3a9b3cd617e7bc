"""A bundle answers when it is whole and says what is wrong when it is not."""

import json

import pytest

from xinzhi.deployment.bundle import Inference, open_bundle
from xinzhi.errors import StoreError, TargetError


def test_a_bundle_answers(bundle):
    inference = open_bundle(bundle)
    assert isinstance(inference, Inference)
    assert inference.predict(["good", "so bad"])["label"].tolist() == ["positive", "negative"]


@pytest.mark.parametrize("damage", ["truncated", "header", "empty"])
def test_damaged_weights_are_named(bundle, damage):
    path = bundle / "model.safetensors"
    whole = path.read_bytes()
    path.write_bytes({"truncated": whole[:-3], "header": b"x" * 40, "empty": b""}[damage])
    with pytest.raises(StoreError, match=r"whole safetensors files, model\.safetensors"):
        open_bundle(bundle)


def test_missing_weights_are_named(bundle):
    (bundle / "model.safetensors").unlink()
    with pytest.raises(StoreError, match="must hold all files of its model"):
        open_bundle(bundle)


def test_weights_of_another_architecture_are_named(bundle):
    import numpy as np
    from safetensors.numpy import save_file

    save_file({"other": np.zeros(2, np.float32)}, bundle / "model.safetensors")
    with pytest.raises(StoreError, match="KeyError: 'weights'"):
        open_bundle(bundle)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (
            '{"format": 2, "inference": "tiny_model.Tiny"}',
            "must be of format 1 for this version of xinzhi, was 2",
        ),
        (
            '{"inference": "tiny_model.Tiny"}',
            "must be of format 1 for this version of xinzhi, was None",
        ),
        ('{"format": 1', "cut or damaged"),
        ('["format"]', "must hold a bundle.json that names its `inference`"),
        ('{"format": 1}', "must hold a bundle.json that names its `inference`"),
    ],
)
def test_another_manifest_is_refused(bundle, content, message):
    (bundle / "bundle.json").write_text(content)
    with pytest.raises(StoreError, match=message) as caught:
        open_bundle(bundle)
    assert caught.value.mend


def test_a_folder_without_manifest_lists_what_is_there(bundle):
    (bundle / "bundle.json").unlink()
    with pytest.raises(StoreError, match=r"must hold bundle.json, there was model\.safetensors"):
        open_bundle(bundle)
    with pytest.raises(StoreError, match="no such folder"):
        open_bundle(bundle / "nowhere")


@pytest.mark.parametrize("target", ["os.system", "torch.optim.optimizer.torch.load", "evil.Model"])
def test_a_manifest_cannot_name_code_outside_the_allow_list(bundle, target):
    (bundle / "bundle.json").write_text(json.dumps({"format": 1, "inference": target}))
    with pytest.raises(TargetError):
        open_bundle(bundle)


def test_python_in_the_folder_is_never_run(bundle):
    (bundle / "tiny_model.py").write_text("raise SystemExit('ran code of a bundle')")
    (bundle / "__init__.py").write_text("raise SystemExit('ran code of a bundle')")
    assert open_bundle(bundle).predict(["good"])["label"].tolist() == ["positive"]
