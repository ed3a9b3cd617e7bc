import hashlib
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

SPLITS = ("train", "val", "test")


def snapshot_of(folder, images, labels):
    """A snapshot of arrays in memory: split → images (n, H, W), and split → labels."""
    (folder / "files").mkdir(parents=True)
    digest, tables = hashlib.sha256(), {}
    for split in SPLITS:
        np.save(folder / "files" / f"{split}.npy", images[split])
        digest.update(images[split].tobytes())
        count = len(images[split])
        tables[split] = pa.table(
            {
                "row": np.arange(count),
                "label": [str(label) for label in labels[split]],
                "array": [f"{split}.npy"] * count,
                "place": np.arange(count),
            }
        )
    return _snapshot(folder, tables, digest.hexdigest())


def _snapshot(folder, tables, digest):
    return SimpleNamespace(
        folder=folder,
        digest=digest[:32],
        order=lambda split: f"{digest}-{split}",
        table=tables.__getitem__,
        counts={split: tables[split].num_rows for split in SPLITS},
        classes=tuple(sorted(set(tables["train"]["label"].to_pylist()))),
        multilabel=False,
    )


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """Scikit-learn's digits, 70 % / 10 % / 20 %."""
    data = load_digits()
    images, labels = data.images.astype(np.uint8), data.target
    rest, test, rest_labels, test_labels = train_test_split(
        images, labels, test_size=0.2, stratify=labels, random_state=0
    )
    train, val, train_labels, val_labels = train_test_split(
        rest, rest_labels, test_size=0.125, stratify=rest_labels, random_state=0
    )
    return snapshot_of(
        tmp_path_factory.mktemp("digits") / "snapshot",
        {"train": train, "val": val, "test": test},
        {"train": train_labels, "val": val_labels, "test": test_labels},
    )


@pytest.fixture
def files(tmp_path):
    """Makes a snapshot of image files: split → {name: (bytes, label)}."""

    def make(content):
        folder = tmp_path / "snapshot"
        (folder / "files").mkdir(parents=True)
        tables, digest = {}, hashlib.sha256()
        for split in SPLITS:
            rows = []
            for path, (body, label) in content.get(split, {}).items():
                name = hashlib.sha256(body).hexdigest()
                (folder / "files" / name).write_bytes(body)
                rows.append({"sha256": name, "label": label, "path": path})
                digest.update(body)
            kinds = [(name, pa.string()) for name in ("sha256", "label", "path")]
            tables[split] = pa.Table.from_pylist(rows, schema=pa.schema(kinds))
        return _snapshot(folder, tables, digest.hexdigest())

    return make


@pytest.fixture
def photo():
    """A photo of 40 × 30 pixels: red on the left, blue on the right, bright at the top."""
    pixels = np.zeros((30, 40, 3), np.uint8)
    pixels[:, :20, 0] = pixels[:, 20:, 2] = 200
    pixels[:10, :, 1] = 150
    return Image.fromarray(pixels)
