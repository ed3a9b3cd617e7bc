"""What is fitted on training rows, through the whole road."""

import json

import numpy as np
import pandas as pd
import pytest

from xinzhi.data.declaration import Declaration


@pytest.fixture
def files(tmp_path):
    dice = np.random.default_rng(0)
    frame = pd.DataFrame({
        "order": [f"order {i} {dice.integers(1e9)}" for i in range(200)],
        "label": [("late", "lost")[i % 2] for i in range(200)],
        "price": dice.normal(100, 10, 200).round(2),
        "town": dice.choice(["Ulm", "Bonn"], 200, p=[0.7, 0.3]),
    })  # fmt: skip
    frame.loc[3, "price"] = 9999.0
    frame.loc[[5, 150], "price"] = np.nan
    frame.loc[[7, 160], "town"] = ""
    frame.loc[170, "price"] = 9999.0
    frame[:120].to_csv(tmp_path / "train.csv", index=False)
    frame[120:].to_csv(tmp_path / "test.csv", index=False)
    return frame, tmp_path


def prepared(folder, engine_name, **declared):
    declaration = Declaration(
        train=str(folder / "train.csv"), test=str(folder / "test.csv"), text=None, label="label",
        val_fraction=0.1, engine=engine_name, schema={"price": {"type": "number"}}, **declared,
    )  # fmt: skip
    return declaration.prepare()


def test_outliers_leave_train_alone_and_gaps_are_filled_everywhere(
    files, engine_name, monkeypatch, tmp_path
):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    frame, folder = files
    snapshot = prepared(
        folder,
        engine_name,
        outliers={"price": [0, 500]},
        missing={"price": "median", "town": "mode"},
    )
    assert snapshot.manifest["fitted"]["outliers"] == {"price": [0, 500]}
    rows = {split: snapshot.table(split).to_pandas() for split in ("train", "val", "test")}
    assert 9999.0 not in set(rows["train"]["price"]) | set(rows["val"]["price"])
    assert 9999.0 in set(rows["test"]["price"])
    learned = rows["train"].merge(frame, on="order", suffixes=("", "_given"))["price_given"]
    fitted = json.loads(json.dumps(snapshot.manifest["fitted"]["missing"]))
    assert fitted == {"price": pytest.approx(learned.median()), "town": "Ulm"}
    test = rows["test"].set_index("order")
    assert test.loc[frame["order"][150], "price"] == fitted["price"]
    assert test.loc[frame["order"][160], "town"] == "Ulm"
    assert not pd.concat(rows).isna().any().any()
