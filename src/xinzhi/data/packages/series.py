"""Packaged series: the motion of a smartwatch."""

from pathlib import Path

from xinzhi.data.packages.held import Held
from xinzhi.data.pickled import read_plain


def watch(folder: Path) -> Held:
    """Read series of a smartwatch: one list per channel, label (the exercise), subject and side.

    Burns et al., Shoulder physiotherapy exercise recognition, Physiological Measurement 39, 2018.

    Args:
        folder: the `seglearn` archive's.
    """
    import pyarrow as pa

    held = read_plain(folder / "watch_dataset.npy")
    channels = [str(name) for name in held["X_labels"]]
    columns: dict[str, list[object]] = {
        name: [series[:, at].tolist() for series in held["X"]] for at, name in enumerate(channels)
    }
    columns["label"] = [str(held["y_labels"][int(label)]) for label in held["y"]]
    columns["subject"] = [int(subject) for subject in held["subject"]]
    columns["side"] = [int(side) for side in held["side"]]
    return Held(pa.table(columns), extras=(*channels, "subject", "side"))
