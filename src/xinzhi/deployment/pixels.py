"""The images of a snapshot's rows as arrays."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import pyarrow as pa

    from xinzhi.data.snapshot import Snapshot


def pictures(snapshot: "Snapshot", rows: "pa.Table") -> Iterator[np.ndarray[Any, Any]]:
    """Opens images one by one, as they were frozen.

    Args:
        snapshot: of images.
        rows: of one of its splits.

    Yields:
        Shape (H, W) or (H, W, 3), uint8.
    """
    folder = snapshot.folder / "files"
    if {"array", "place"} <= set(rows.column_names):
        names, places = rows["array"].to_pylist(), rows["place"].to_pylist()
        arrays = {name: np.load(folder / name, mmap_mode="r") for name in set(names)}
        for name, place in zip(names, places, strict=True):
            yield np.ascontiguousarray(arrays[name][place])
        return
    from PIL import Image

    for name in rows["sha256"].to_pylist():
        with Image.open(folder / name) as image:
            yield np.asarray(image.convert("L" if image.mode in {"1", "L"} else "RGB"))
