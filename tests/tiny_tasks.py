"""A training of a second or two of each task, on a few real or made-up rows of a person's own."""

from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine

FIXTURES = Path(__file__).parent / "fixtures"
REVIEWS = FIXTURES / "text_classification" / "reviews.csv"
NEWS = FIXTURES / "token_classification" / "news.conll"
QUICK = ("trainer=cpu", "trainer.precision=32-true", "tracking.system_metrics=false")
TABLE = ("model.members=2", "model.hidden=8", "model.bins=4", "model.embedding=2",
         "optimizer.lr=1e-2", "trainer.max_epochs=5")  # fmt: skip
TEXT = ("experiment=text_classification", "model=textcnn", "model.embedding=8", "model.channels=4",
        f"data.train={REVIEWS}", "data.text=text", "datamodule.max_examples=16",
        "trainer.max_epochs=2")  # fmt: skip


def texts(_folder):
    return (*TEXT, "data.label=label", "data.ignore=[tags]")


def tagged_texts(_folder):
    """Several labels to a text."""
    return (*TEXT, "data.label=tags", "data.ignore=[label]", "data.multilabel=|")


def texts_and_columns(folder):
    rows = pd.read_csv(REVIEWS)
    rows["stars"] = rows["text"].str.len() % 5
    rows.loc[::7, "stars"] = None
    rows["row"] = rows["label"].str[0] + (rows.index % 3).astype(str)  # a name that is taken
    rows.to_csv(folder / "joined.csv", index=False)
    own = ("data.label=label", "data.features=[stars,row]", f"data.train={folder / 'joined.csv'}")
    return (*(word for word in TEXT if not word.startswith("data.train")), *own)


def _odd(table):
    random = np.random.default_rng(0)
    table["ward"] = random.choice(["north", "south", "Süd"], len(table))
    table["label"] = random.normal(size=len(table)).round(3)
    table["seen on"] = pd.date_range("2024-01-01", periods=len(table)).astype(str)
    table.loc[random.random(len(table)) < 0.2, table.columns[0]] = None
    return table


def two_classes(folder):
    """Decided at a threshold, calibrated; with gaps, dates, and patients who come several times."""
    data = load_breast_cancer(as_frame=True)
    table = _odd(data.data.iloc[:240, :4].copy())
    table["diagnosis"] = data.target[:240].map({0: "malignant", 1: "benign"})
    table["patient"] = np.arange(240) // 3
    table.to_csv(folder / "tumours.csv", index=False)
    return ("experiment=tabular_classification", f"data.train={folder / 'tumours.csv'}",
            "data.label=diagnosis", "data.group=patient", "data.split=group",
            "task.positive=malignant", "task.cost={false_positive: 1, false_negative: 5}",
            *TABLE)  # fmt: skip


def several_classes(folder):
    data = load_wine(as_frame=True)
    table = data.data.iloc[:, :5].assign(cultivar=data.target.map("c{}".format))
    table.to_csv(folder / "wine.csv", index=False)
    return ("experiment=tabular_classification", f"data.train={folder / 'wine.csv'}",
            "data.label=cultivar", *TABLE)  # fmt: skip


def quantities(folder):
    data = load_diabetes(as_frame=True)
    table = _odd(data.data.iloc[:, :4].copy()).assign(progression=data.target)
    table.to_csv(folder / "progress.csv", index=False)
    return ("experiment=tabular_regression", f"data.train={folder / 'progress.csv'}",
            "data.label=progression", "task.loss=absolute", *TABLE)  # fmt: skip


def images(folder):
    """Real digits; one of them is broken."""
    data = load_digits(n_class=3)
    for digit in range(3):
        (folder / "digits" / str(digit)).mkdir(parents=True)
        for number, pixels in enumerate(data.images[data.target == digit][:30]):
            image = Image.fromarray((pixels * 15).astype(np.uint8))
            image.save(folder / "digits" / str(digit) / f"{number}.png")
    for number in range(30):  # one of them lies in the test rows
        if number % 11 == 3:
            (folder / "digits" / "1" / f"{number}.png").write_bytes(b"no image %d" % number)
    return ("experiment=image_classification", f"data.train={folder / 'digits'}", "model=resnet",
            "model.stem=4", "model.widths=[8,16]", "model.blocks=[0,1]", "datamodule.size=12",
            "datamodule.batch_size=16", "optimizer=sgd", "trainer.max_epochs=2",
            "task.tta=flip")  # fmt: skip


def series(folder):
    """Longer than a window: an answer is the mean of several."""
    random, time, tables = np.random.default_rng(0), np.arange(48), []
    for index in range(60):
        turned = (0.2, 0.5, 1.1)[index % 3] * time + random.uniform(0, 6)
        table = {"a": np.sin(turned) + random.normal(size=48), "b": np.cos(turned)}
        table |= {"run": f"r{index}", "second": time, "machine": f"m{index // 6}"}
        tables.append(pd.DataFrame(table | {"state": ("slow", "even", "fast")[index % 3]}))
    pd.concat(tables).sample(frac=1, random_state=0).to_csv(folder / "pumps.csv", index=False)
    return ("experiment=series_classification", f"data.train={folder / 'pumps.csv'}",
            "data.series=run", "data.time=second", "data.label=state", "data.group=machine",
            "data.split=group", "model=resnet", "model.widths=[8,8]", "datamodule.window=32",
            "trainer.max_epochs=2")  # fmt: skip


def _load():
    hours = pd.date_range("2025-01-06", periods=24 * 40, freq="h")
    random, tables = np.random.default_rng(0), []
    for site, size in (("north", 1.0), ("south", 30.0)):
        swing = 2 * np.sin(2 * np.pi * hours.hour / 24) + (hours.dayofweek >= 5)
        load = size * (5 + swing + 0.3 * random.normal(size=len(hours)))
        table = pd.DataFrame({"hour": hours, "site": site, "load": load})
        table["failed"] = (random.random(len(hours)) < 0.02).astype(int)
        tables.append(table)
    return pd.concat(tables)


def forecasts(folder):
    steps = _load()
    steps.loc[steps.index % 97 == 5, "load"] = None
    steps.to_csv(folder / "load.csv", index=False)
    return ("experiment=series_forecasting", f"data.train={folder / 'load.csv'}",
            "data.time=hour", "data.features=[load,site]", "datamodule.series=site",
            "datamodule.window=48", "trainer.max_epochs=1")  # fmt: skip


def events(folder):
    _load().to_csv(folder / "failures.csv", index=False)
    return ("experiment=failure_forecast", "data=steps", f"data.train={folder / 'failures.csv'}",
            "data.time=hour", "data.features=[failed,site,load]", "datamodule.series=site",
            "datamodule.target=failed", "datamodule.above=0.5", "datamodule.horizon=6",
            "datamodule.window=24", "trainer.max_epochs=1")  # fmt: skip


def sentences(_folder):
    return ("experiment=token_classification", "model=bilstm_crf", "model.embedding=16",
            "model.pair_embedding=8", "model.pairs=500", "model.hidden=16",
            f"data.train={NEWS}", "trainer.max_epochs=4", "optimizer.lr=0.02")  # fmt: skip


def triples(folder):
    """Families in which grandparents follow from parents; one name comes in test alone."""
    found = []
    for family in range(12):
        name = f"f{family}".__add__
        for child, grandchild in product((1, 2), (3, 4)):
            own = f"_{child}_{grandchild}"
            found.append((name(f"_{child}"), "parent", name(own)))
            found.append((name("_0"), "grandparent", name(own)))
        found += [(name("_0"), "parent", name(f"_{child}")) for child in (1, 2)]
    grand = [row for row in found if row[1] == "grandparent"]
    parts = {"val": grand[::4], "test": [*grand[1::4], ("f0_0", "grandparent", "stranger")]}
    parts["train"] = [row for row in found if row not in {*parts["val"], *parts["test"]}]
    for part, rows in parts.items():
        text = "".join("\t".join(row) + "\n" for row in rows)
        (folder / f"{part}.txt").write_text(text, encoding="utf-8")
    return ("experiment=link_prediction",
            *(f"data.{part}={folder / part}.txt" for part in ("train", "val", "test")),
            "model.dimension=8", "trainer.max_epochs=2", "task.recommend=grandparent",
            "objective=val/ndcg_at_10")  # fmt: skip


TASKS = {one.__name__: one for one in (
    texts, tagged_texts, texts_and_columns, two_classes, several_classes, quantities, images,
    series, forecasts, events, sentences, triples,
)}  # fmt: skip


def words(task, folder, name="tiny"):
    """Overrides of the training, its files written into a folder."""
    return (*TASKS[task](folder), f"name={name}", *QUICK)
