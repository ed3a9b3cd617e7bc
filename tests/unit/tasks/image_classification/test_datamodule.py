"""Decoded once, of one form, scaled by training images alone; broken ones left out and told."""

import io
import shutil

import numpy as np
import pytest
import torch
from PIL import Image
from sklearn.utils.class_weight import compute_class_weight

from xinzhi.data.batching import Batch
from xinzhi.errors import ConfigError, DataError
from xinzhi.tasks.image_classification.datamodule import ImageClassificationData


def png(shade, size=(12, 12), mode="L"):
    file = io.BytesIO()
    Image.new(mode, size, shade).save(file, "PNG")
    return file.getvalue()


def data_of(snapshot, folder, **settings):
    return ImageClassificationData(snapshot=snapshot, cache_folder=folder, **settings)


def test_mean_and_deviation_are_those_of_the_training_images(digits, tmp_path):
    data = data_of(digits, tmp_path)
    raw = np.load(digits.folder / "files" / "train.npy").astype(float)
    assert data.form == (8, 1, "crop")
    assert data.scale.mean[0] == pytest.approx(raw.mean())
    assert data.scale.std[0] == pytest.approx(raw.std(ddof=1))
    assert data.warnings() == []


def test_a_batch_holds_the_rows_it_was_asked_for(digits, tmp_path):
    data = data_of(digits, tmp_path)
    rows = np.array([5, 0, 17])
    batch = data.split("test")[Batch(rows, 3)]
    raw = np.load(digits.folder / "files" / "test.npy")
    np.testing.assert_array_equal(batch["images"][..., 0], raw[rows])
    labels = digits.table("test")["label"].to_pylist()
    assert [data.classes[target] for target in batch["targets"]] == [labels[row] for row in rows]


def test_images_are_decoded_once(files, tmp_path):
    rows = {f"{shade}.png": (png(shade), "ab"[shade % 2]) for shade in range(20)}
    snapshot = files({"train": rows, "val": rows, "test": rows})
    first = data_of(snapshot, tmp_path / "cache").split("train")
    shutil.rmtree(snapshot.folder / "files")
    again = data_of(snapshot, tmp_path / "cache", size=12, colour="grey").split("train")
    np.testing.assert_array_equal(first.pictures.pixels, again.pictures.pixels)
    np.testing.assert_array_equal(first.pictures.pixels[:, 3, 3, 0], np.arange(20))


def test_mixed_sizes_and_modes_become_one_form(files, tmp_path):
    rows = {
        "a.png": (png(7, (10, 30)), "a"),
        "b.png": (png((200, 0, 0), (50, 20), "RGB"), "b"),
        "c.png": (png((1, 2, 3, 255), (40, 40), "RGBA"), "a"),
    }
    data = data_of(files({"train": rows, "val": rows, "test": rows}), tmp_path)
    assert data.form == (20, 3, "crop")
    assert data.split("val").pictures.pixels.shape == (3, 20, 20, 3)
    assert data.model_inputs() == {"num_classes": 2, "colours": 3, "size": 20}


def test_size_stays_within_its_bounds(digits, tmp_path):
    assert data_of(digits, tmp_path, at_least=28).form.size == 28
    assert data_of(digits, tmp_path, at_least=4, at_most=6).form.size == 6
    assert data_of(digits, tmp_path, size=10, colour="rgb").form == (10, 3, "crop")
    assert data_of(digits, tmp_path).batch_size == 24  # of 1,257
    assert data_of(digits, tmp_path, batch_at_most=16).batch_size == 16
    assert data_of(digits, tmp_path, scale={"mean": 127, "std": 128}).scale.mean == (127,)


def test_broken_images_are_left_out_and_told(files, tmp_path):
    rows = {f"{shade}.png": (png(shade), "ab"[shade % 2]) for shade in range(30)}
    rows["cut.png"] = (png(99)[:45], "a")
    whole = {"x.png": (png(1), "a"), "new.png": (png(2), "unseen")}
    data = data_of(files({"train": rows, "val": whole, "test": whole}), tmp_path)
    assert len(data.split("train")) == 30
    (warning,) = data.warnings()
    assert warning.startswith("1 broken images of train are left out: cut.png must be")
    np.testing.assert_array_equal(data.split("test").targets, [0, -1])


def test_too_many_broken_images_stop(files, tmp_path):
    rows = {f"{shade}.png": (png(shade)[: 45 if shade < 3 else None], "a") for shade in range(9)}
    data = data_of(files({"train": rows, "val": rows, "test": rows}), tmp_path)
    with pytest.raises(DataError, match=r"3 of 9 are: 0\.png must be a complete image"):
        data.check()


def test_balanced_weights_are_scikit_learns(files, tmp_path):
    labels = ["a"] * 12 + ["b"] * 5 + ["c"]
    rows = {f"{place}.png": (png(place), label) for place, label in enumerate(labels)}
    data = data_of(files({"train": rows, "val": rows, "test": rows}), tmp_path)
    expected = compute_class_weight("balanced", classes=np.array(["a", "b", "c"]), y=labels)
    torch.testing.assert_close(data.balanced_weights(), torch.from_numpy(expected).float())


@pytest.mark.parametrize("setting", [{"size": 0}, {"batch_size": 0}, {"at_least": 9, "at_most": 8}])
def test_settings_that_cannot_be_are_refused(digits, tmp_path, setting):
    with pytest.raises(ConfigError, match="datamodule"):
        data_of(digits, tmp_path, **setting)
