"""Faults planted in configs, and valid configs: how many of the faults the check of configs finds.

    python benchmarks/config_faults.py --in-process
    python benchmarks/config_faults.py --part held_out --valid 100 --show-misses

Both are drawn from the experiments in conf/ by a fixed seed. A fault is caught where the command is
refused without a traceback, before anything is trained; the suggestion is right where the answer
names what a person who knows the project would name. A line that lists many names suggests none.
Half of the faults are held out: whoever works on the check looks at the open half alone.
"""

import argparse
import contextlib
import copy
import io
import itertools
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

CONF = Path(__file__).resolve().parents[1] / "conf"
SEED, FAULTS, TIMED = 2026, 200, 40
CAUGHT, RIGHT, FALSE_ALARMS = 0.95, 0.90, 0.01
LONG_LIST = 10  # a line with more commas names everything and suggests nothing
OWN = "own"  # the experiment that a person writes
VALID = "valid"

Draw = random.Random  # noqa: S311 - a draw, no secret
Found = Iterator[tuple[str, "Case"]]  # what a fault is about, and the fault


@dataclass(frozen=True, kw_only=True)
class Case:
    """A command, with a fault or without.

    Attributes:
        kind: of the fault, or `valid`.
        experiment: it was made from.
        words: after `xinzhi train`.
        expected: what the answer must name, each; `a|b` stands for either.
        files: path in the project's folder → text, beside the files that all projects have.
        held_out: whether it is kept from who works on the check.
    """

    kind: str = VALID
    experiment: str
    words: tuple[str, ...]
    expected: tuple[str, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    held_out: bool = False


# What conf/ offers


def read(path: Path) -> dict[str, Any]:
    """Reads a YAML file."""
    return dict(yaml.safe_load(path.read_text(encoding="utf-8")))


def merged(below: dict[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Lays one mapping over another."""
    result = dict(below)
    for key, value in above.items():
        under = result.get(key)
        both = isinstance(value, dict) and isinstance(under, dict)
        result[key] = merged(under, value) if both else copy.deepcopy(value)
    return result


@cache
def options(group: str, folder: str = "") -> tuple[str, ...]:
    """Gives the names of a group's options."""
    return tuple(sorted(path.stem for path in (CONF / group / folder).glob("*.yaml")))


def option(group: str, name: str) -> dict[str, Any]:
    """Gives the keys of an option, those that it takes from another one included."""
    own = read(CONF / group / f"{name}.yaml")
    parents = [parent for parent in own.pop("defaults", []) if parent != "_self_"]
    result: dict[str, Any] = {}
    for parent in parents:
        result = merged(result, option(group, parent))
    return merged(result, own)


def form(data: str) -> str:
    """Gives the option of data that one is made of: table, images, …; files for texts."""
    return next(iter(read(CONF / "data" / f"{data}.yaml").get("defaults", ["files"])))


def flat(settings: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Gives dotted keys → values, without what Hydra and the models say to each other."""
    result = {}
    for key, value in settings.items():
        path = f"{above}{key}"
        if key.startswith("_") or path == "task.cost" or path in WIRING:
            continue
        if isinstance(value, dict) and value:
            result |= flat(value, f"{path}.")
        else:
            result[path] = value
    return result


def targets(settings: Mapping[str, Any], above: str = "") -> dict[str, str]:
    """Gives dotted keys → the classes and functions that they name."""
    result = {}
    for key, value in settings.items():
        if isinstance(value, dict) and f"{above}{key}" not in WIRING:
            result |= targets(value, f"{above}{key}.")
        elif key == "_target_":
            result[f"{above}{key}"] = value
    return result


WIRING = {f"callbacks.{name}" for name in ("best", "last", "random", "curves", "progress")}


@dataclass(frozen=True, kw_only=True)
class Experiment:
    """A shipped experiment and what it composes."""

    name: str
    source: Mapping[str, Any]
    chosen: Mapping[str, str]
    settings: Mapping[str, Any]
    extra: tuple[str, ...] = ()

    @property
    def task(self) -> str:
        """The folder of its options."""
        return self.chosen["task"].split("/")[0]

    @property
    def generic(self) -> bool:
        """Whether it is for files of one's own."""
        return self.source.get("name") == "???"

    @property
    def needs(self) -> tuple[str, ...]:
        """What must be said beside its name."""
        return tuple(NEEDS.get(self.name, "").split())

    @property
    def words(self) -> tuple[str, ...]:
        """The shortest command that trains it."""
        return (f"experiment={self.name}", *self.needs, *self.extra)

    @property
    def keys(self) -> dict[str, Any]:
        """Its keys, and values that can be given to them."""
        found = {path: GIVEN.get(path, value) for path, value in flat(self.settings).items()}
        return {path: value for path, value in found.items() if not referred(value)}

    @property
    def parts(self) -> set[str]:
        """Those of val and test that the data has by itself."""
        stated = {word.split("=")[0] for word in self.needs}
        data = self.settings["data"]
        return {part for part in ("val", "test") if data[part] or f"data.{part}" in stated}

    @property
    def label(self) -> str | None:
        """The column of the label."""
        said = dict(word.split("=", 1) for word in self.needs)
        found = said.get("data.label", self.settings["data"]["label"])
        return None if referred(found) else found

    def models(self) -> tuple[str, ...]:
        """The models of its task that need no more than their name."""
        named = [name for name in options("model", self.task) if name != "encoder"]
        events = self.chosen["task"].endswith("/events")
        return tuple(name for name in named if (name == "event_tcn") == events)

    def with_model(self, name: str) -> "Experiment":
        """Gives the same experiment with another model."""
        if name == self.chosen["model"].split("/")[1]:
            return self
        settings = {**self.settings, "model": option("model", f"{self.task}/{name}")}
        return replace(self, settings=settings, extra=(*self.extra, f"model={name}"))


def referred(value: Any) -> bool:
    """Whether a value is missing or taken from elsewhere."""
    return isinstance(value, str) and ("${" in value or value == "???")


def chosen_by(defaults: Iterable[Any]) -> dict[str, str]:
    """Gives group → option of a list of defaults."""
    pairs = [pair for entry in defaults if isinstance(entry, dict) for pair in entry.items()]
    return {group.removeprefix("override /"): name for group, name in pairs if name}


@cache
def experiments() -> tuple[Experiment, ...]:
    """Reads all shipped experiments."""
    top, result = read(CONF / "train.yaml"), []
    start = chosen_by(top.pop("defaults"))
    for name in options("experiment"):
        source = read(CONF / "experiment" / f"{name}.yaml")
        chosen = {**start, **chosen_by(source["defaults"])}
        del chosen["experiment"]
        settings = top | {group: option(group, picked) for group, picked in chosen.items()}
        own = {key: value for key, value in source.items() if key != "defaults"}
        result.append(
            Experiment(name=name, source=source, chosen=chosen, settings=merged(settings, own))
        )
    return tuple(result)


# A project's folder, with files to train on

NEEDS = {
    "cifar10": "data.train=cifar-10-batches-bin",
    "image_classification": "name=parts data.train=photos",
    "link_prediction": "name=graph data.train=facts.txt",
    "product_image": "data.train=fashion-mnist",
    "series_classification": "name=pumps data.train=pumps.csv data.series=run data.time=second "
    "data.label=state",
    "series_forecasting": "name=load data.train=load.csv data.time=hour "
    "data.features=[load,temperature]",
    "tabular_classification": "name=loans data.train=loans.csv data.label=repaid",
    "tabular_regression": "name=prices data.train=houses.csv data.label=price",
    "text_classification": "name=tickets data.train=tickets.csv data.text=description "
    "data.label=queue",
    "token_classification": "name=names data.train=sentences.conll",
}
TABLES = {  # columns of one's own files; each is there a second time as NAME_test
    "工单.csv": "描述,班组",
    "faults.csv": "text,Fault(Code)",
    "tickets.csv": "subject,description,queue,tier,amount,customer,opened",
    "loans.csv": "amount,purpose,income,customer,opened,repaid",
    "houses.csv": "area,rooms,street,address,price",
    "pumps.csv": "run,second,vibration,pressure,machine,state",
    "load.csv": "hour,load,temperature,site",
    "reviews.csv": "text,label",
    "reviews_zh.csv": "text,label",
    "work_orders.csv": "OriginalShorttext,FuncLocation,BscStartDate",
    "credits.csv": "amount,purpose,creditability",
    "readings.csv": "amount,pressure,state",
    "tumours.csv": "area,pressure,diagnosis",
    "patients.csv": "area,income,progression",
    "motion.csv": "ax,ay,az,wx,wy,wz,subject,label",
    "electricity.csv": "time,demand,half_hour,weekday",
}
FOLDERS = ("photos", "digits", "fashion-mnist", "cifar-10-batches-bin")
TRIPLES = ("facts.txt", "kinships.txt", "nations.txt", "concepts.txt", "movies.txt")
TEXTS = ("sentences.conll", "peoples_daily.conll")
FILES = {  # experiment → a file of one's own that it could be trained on
    "cifar10": "cifar-10-batches-bin",
    "credit_risk": "credits.csv",
    "demand_forecast": "electricity.csv",
    "digit_image": "digits",
    "disease_progression": "patients.csv",
    "entity_recognition": "peoples_daily.conll",
    "failure_forecast": "electricity.csv",
    "image_classification": "photos",
    "kinship_links": "kinships.txt",
    "link_prediction": "facts.txt",
    "motion_state": "motion.csv",
    "movie_links": "movies.txt",
    "nation_links": "nations.txt",
    "product_image": "fashion-mnist",
    "review_sentiment": "reviews.csv",
    "review_sentiment_zh": "reviews_zh.csv",
    "sensor_fault": "readings.csv",
    "series_classification": "pumps.csv",
    "series_forecasting": "load.csv",
    "tabular_classification": "loans.csv",
    "tabular_regression": "houses.csv",
    "text_classification": "tickets.csv",
    "token_classification": "sentences.conll",
    "tumour_screening": "tumours.csv",
    "umls_links": "concepts.txt",
    "work_order_triage": "work_orders.csv",
}
CLASSES = ("red", "green", "blue")
NUMBERS = {"amount", "income", "area", "rooms", "price", "vibration", "pressure", "load", "demand"}
NUMBERS |= {"temperature", "progression", "ax", "ay", "az", "wx", "wy", "wz"}


def second(name: str) -> str:
    """Gives the name of a file's test rows."""
    path = Path(name)
    return f"{path.stem}_test{path.suffix}"


def cell(column: str, row: int) -> str:
    """Gives a cell that looks as its column says."""
    if column in NUMBERS:
        return f"{(row * 37 % 101) / 10 + row % 3}"
    day = f"2026-{1 + row // 28 % 12:02d}-{1 + row % 28:02d}"
    known = {
        "second": row % 40,
        "half_hour": row % 48,
        "weekday": row // 48 % 7,
        "run": row // 40,
        "machine": f"m{row // 80}",
        "subject": f"s{row % 10}",
        "site": "north",
        "customer": f"c{row % 50}",
        "hour": f"2026-{1 + row // 672:02d}-{1 + row // 24 % 28:02d} {row % 24:02d}:00:00",
        "time": f"2026-{1 + row // 1344:02d}-{1 + row // 48 % 28:02d} "
        f"{row // 2 % 24:02d}:{row % 2 * 30:02d}:00",
        "opened": day,
        "BscStartDate": day,
        "text": f"item {row} is {CLASSES[row % 3]}",
        "description": f"the part {row} is {CLASSES[row % 3]} and leaks at valve {row % 17}",
        "OriginalShorttext": f"replace hose {row} of the {CLASSES[row % 3]} boom",
        "state": CLASSES[row // 40 % 3],
        "repaid": CLASSES[row % 2],
        "creditability": ("good", "bad")[row % 2],
        "diagnosis": CLASSES[row % 2],
        "描述": f"第 {row} 号阀门漏油",
    }
    return str(known.get(column, CLASSES[row % 3]))


def furnish(folder: Path) -> None:
    """Writes what a project's folder holds in all cases."""
    (folder / "xinzhi.yaml").write_text("allow: []\n", encoding="utf-8")
    for name, header in TABLES.items():
        for first, each in ((0, name), (600, second(name))):
            places = range(first, first + 600)
            rows = [",".join(cell(column, n) for column in header.split(",")) for n in places]
            (folder / each).write_text("\n".join([header, *rows, ""]), encoding="utf-8")
    links = "".join(f"e{n % 23}\tr{n % 3}\te{n * 7 % 29}\n" for n in range(300))
    names = "".join(f"Anna B-PER\nsaw O\nRome B-LOC\n{n} O\n\n" for n in range(120))
    texts = dict.fromkeys(TRIPLES, links) | dict.fromkeys(TEXTS, names)
    for name, text in texts.items():
        for each in (name, second(name)):
            (folder / each).write_text(text, encoding="utf-8")
    for name in ("photos", "photos_test", "digits", "digits_test"):
        photographs(folder / name)
    for name in ("fashion-mnist", "fashion-mnist_test"):
        digits_of_idx(folder / name)
    for name in ("cifar-10-batches-bin", "cifar-10-batches-bin_test"):
        (folder / name).mkdir()
        for each in (*(f"data_batch_{n}.bin" for n in range(1, 6)), "test_batch.bin"):
            rows = b"".join(bytes([n % 10]) + bytes([n]) * 3072 for n in range(100))
            (folder / name / each).write_bytes(rows)


def photographs(folder: Path) -> None:
    """Writes a folder of small images per class."""
    from PIL import Image

    for shade, name in enumerate(CLASSES):
        (folder / name).mkdir(parents=True)
        for n in range(20):
            image = Image.new("RGB", (16, 16), (80 * shade, 10 * n, 40))
            image.save(folder / name / f"{n:02d}.png")


def digits_of_idx(folder: Path) -> None:
    """Writes the four files of MNIST's form."""
    folder.mkdir()
    for part, rows in (("train", 200), ("t10k", 50)):
        images = bytes(n % 251 for n in range(rows * 784))
        shape = (rows, 28, 28)
        head = bytes([0, 0, 8, 3]) + b"".join(side.to_bytes(4, "big") for side in shape)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(head + images)
        head = bytes([0, 0, 8, 1]) + rows.to_bytes(4, "big")
        labels = bytes(n % 10 for n in range(rows))
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(head + labels)


# Writing a value, misspelling a word


def said(value: Any) -> str:
    """Writes a value as a person types it."""
    if isinstance(value, list):
        return f"[{','.join(map(said, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {said(each)}" for key, each in value.items()) + "}"
    named = {None: "null", True: "true", False: "false"}
    simple = value is None or isinstance(value, bool)
    return named[value] if simple else str(value)


ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
BESIDE = {a: b for row in ROWS for a, b in itertools.pairwise(row)}
BESIDE |= {row[-1]: row[-2] for row in ROWS}


def distance(a: str, b: str) -> int:
    """Counts letters put in, left out, changed or swapped with their neighbour."""
    before: list[int] = []
    row = list(range(len(b) + 1))
    for i, x in enumerate(a, 1):
        after = [i]
        for j, y in enumerate(b, 1):
            best = min(row[j] + 1, after[j - 1] + 1, row[j - 1] + (x != y))
            if i > 1 and j > 1 and x == b[j - 2] and a[i - 2] == y:
                best = min(best, before[j - 2] + 1)
            after.append(best)
        before, row = row, after
    return row[-1]


def misspellings(draw: Draw, word: str) -> list[str]:
    """Gives one misspelling of each sort: dropped, swapped, doubled, beside, dash, capital."""
    letters = [i for i in range(1, len(word)) if word[i].isalpha()]
    if not letters or len(word) < 3:
        return []
    i = draw.choice(letters)
    swaps = [j for j in letters if word[j] != word[j - 1] and word[j - 1].isalpha()]
    made = [word[:i] + word[i + 1 :], word[:i] + word[i] + word[i:]]
    made.append(word[:i] + BESIDE.get(word[i].lower(), "e") + word[i + 1 :])
    if swaps:
        j = draw.choice(swaps)
        made.append(word[: j - 1] + word[j] + word[j - 1] + word[j + 1 :])
    made += [word.replace(*pair) for pair in ("_-", "-_") if pair[0] in word]
    return [*made, word[0].swapcase() + word[1:]]


def misspelt(draw: Draw, word: str, others: Iterable[str]) -> str | None:
    """Gives a misspelling that is nearer to its word than to any other one; None if there is none.

    Args:
        draw: chooses.
        word: that is meant.
        others: that could be meant in its place.
    """
    rivals = {plain(other) for other in others} - {plain(word)}
    fit = [
        made
        for made in misspellings(draw, word)
        if made != word
        and all(distance(plain(made), each) > distance(plain(made), plain(word)) for each in rivals)
    ]
    return draw.choice(fit) if fit else None


def plain(word: str) -> str:
    """Gives a word without what a person overlooks."""
    return word.lower().replace("-", "_")


# Planting


def own_yaml(experiment: Experiment, path: str, value: Any, instead_of: str = "") -> str:
    """Writes an experiment of one's own: the shipped one with a key changed or added.

    Args:
        experiment: that was copied.
        path: dotted key.
        value: it gets.
        instead_of: a dotted key that goes.
    """
    source = copy.deepcopy(dict(experiment.source))
    *above, last = instead_of.split(".")
    node: Any = source
    for part in above:
        node = node.get(part, {})
    node.pop(last, None)
    *above, last = path.split(".")
    node = source
    for part in above:
        node = node.setdefault(part, {})
    node[last] = value
    return written(source)


def written(source: Mapping[str, Any]) -> str:
    """Gives the text of an experiment's file."""
    return "# @package _global_\n" + yaml.safe_dump(
        dict(source), sort_keys=False, allow_unicode=True
    )


def own(experiment: Experiment, text: str, expected: tuple[str, ...]) -> Case:
    """Gives a case whose fault is in an experiment of one's own."""
    return Case(
        experiment=experiment.name,
        words=(f"experiment={OWN}", *experiment.needs),
        expected=expected,
        files={f"conf/experiment/{OWN}.yaml": text},
    )


def overriding(experiment: Experiment, group: str, instead: str, name: str) -> str:
    """Writes an experiment of one's own that chooses otherwise.

    Args:
        experiment: that was copied.
        group: whose line changes.
        instead: what stands there for the group.
        name: of the option.
    """
    source = copy.deepcopy(dict(experiment.source))
    for entry in source["defaults"]:
        if entry.pop(f"override /{group}", None):
            entry[f"override /{instead}"] = name
    return written(source)


def typed(experiment: Experiment, words: Iterable[str], expected: Iterable[str]) -> Case:
    """Gives a case whose fault is in the words after the experiment's own."""
    return Case(
        experiment=experiment.name,
        words=(*experiment.words, *words),
        expected=tuple(expected),
    )


def stated(
    draw: Draw,
    experiment: Experiment,
    path: str,
    value: Any,
    expected: Sequence[str],
    *,
    instead_of: str = "",
    in_file: float = 0.35,
) -> Case:
    """Gives a case in which a key has a value, typed or in a file."""
    already = {word.split("=")[0] for word in experiment.needs}
    if not experiment.extra and path not in already and draw.random() < in_file:
        text = own_yaml(experiment, path, value, instead_of or path)
        return own(experiment, text, tuple(expected))
    return typed(experiment, [f"{path}={said(value)}"], expected)


def varied(draw: Draw, experiment: Experiment) -> Experiment:
    """Gives the experiment, or now and then the same with another model of its task."""
    return (
        experiment.with_model(draw.choice(experiment.models()))
        if draw.random() < 0.4
        else experiment
    )


GIVEN: dict[str, Any] = {  # values for keys that ship without one, or with one from elsewhere
    "data.limit": 2000,
    "datamodule.batch_size": 64,
    "datamodule.scaling": "standard",
    "datamodule.seed": 1,
    "model.encoder_dropout": 0.0,
    "model.members": 8,
    "model.seed": 1,
    "name": "trial",
    "optimizer.lr": 1e-3,
    "register": False,
    "tags": ["first"],
    "task.class_weights": "balanced",
    "task.noise": 0.05,
    "trainer.max_epochs": 5,
    "trainer.precision": "32-true",
}


# A key that is misspelt, its last part or its first.
def key_typos(draw: Draw, experiment: Experiment) -> Found:
    experiment = varied(draw, experiment)
    keys = experiment.keys
    for path, value in keys.items():
        if value is None or value in ({}, []) or path == "data.train":
            continue
        parts = path.split(".")
        place = 0 if len(parts) > 1 and draw.random() < 0.2 else len(parts) - 1
        above = parts[:place]
        rivals = {
            p.split(".")[place] for p in flat(experiment.settings) if p.split(".")[:place] == above
        }
        wrong = misspelt(draw, parts[place], rivals)
        if wrong:
            stem = ".".join([*above, wrong, *parts[place + 1 :]])
            expected = (parts[place],)
            case = stated(draw, experiment, stem, value, expected, instead_of=path)
            yield parts[0] if above else "", case


GROUPS = ("data", "datamodule", "model", "task", "baseline", "optimizer", "scheduler", "trainer")
GROUPS += ("callbacks", "tracking", "experiment", "debug")
BRITISH = {"optimizer": "optimiser", "callbacks": "callback", "experiment": "experiments"}
BRITISH |= {"model": "models", "trainer": "trainers", "scheduler": "schedulers"}


# A group whose name is misspelt.
def group_typos(draw: Draw, experiment: Experiment) -> Found:
    top = {*GROUPS, *experiment.settings}
    for group in GROUPS:
        wrong = BRITISH.get(group) if draw.random() < 0.2 else misspelt(draw, group, top)
        if wrong is None:
            continue
        name = offered(draw, experiment, group)
        if group == "experiment":
            words = (f"{wrong}={experiment.name}", *experiment.needs)
            yield group, replace(typed(experiment, (), (group,)), words=words)
        elif draw.random() < 0.3 and group in chosen_by(experiment.source["defaults"]):
            text = overriding(experiment, group, wrong, experiment.chosen[group])
            yield group, own(experiment, text, (group,))
        else:
            yield group, typed(experiment, [f"{wrong}={name}"], (group,))


def offered(draw: Draw, experiment: Experiment, group: str) -> str:
    """Draws an option that a person could choose for an experiment."""
    if group == "model":
        return draw.choice(experiment.models())
    if group in {"data", "datamodule", "task", "baseline", "tracking"}:
        return experiment.chosen[group]
    found = [name for name in options(group) if name not in {"fsdp", "mps"}]
    return experiment.name if group == "experiment" else draw.choice(found)


# An option of a group that is misspelt.
def option_typos(draw: Draw, experiment: Experiment) -> Found:
    for group in GROUPS:
        name = offered(draw, experiment, group)
        folder, _, last = name.rpartition("/")
        foldered = (CONF / group / experiment.task).is_dir()
        rivals = options(group, experiment.task if foldered else "")
        wrong = misspelt(draw, last, rivals)
        if not wrong:
            continue
        whole = f"{folder}/{wrong}" if folder else wrong
        case = typed(experiment, [f"{group}={whole}"], (last,))
        if draw.random() < 0.3 and experiment.chosen.get(group) == name and folder:
            case = own(experiment, overriding(experiment, group, group, whole), (last,))
        if group == "experiment":
            case = replace(case, words=(f"experiment={wrong}", *experiment.needs))
        yield group, case


CHOICES: dict[str, str] = {
    "data.conflicts": "keep drop",
    "data.duplicates": "merge keep",
    "data.engine": "duckdb spark",
    "data.label_as": "class number",
    "data.numbered": "keep gather",
    "data.on_violation": "fail drop quarantine",
    "data.rare": "drop other",
    "data.split": "stratified time group hash",
    "datamodule.colour": "auto grey rgb",
    "datamodule.fit": "crop pad stretch",
    "datamodule.scaling": "quantile standard minmax",
    "datamodule.short": "pad refuse",
    "datamodule.training": "auto softmax bce sampled",
    "model.attention": "auto eager sdpa",
    "model.cell": "gru lstm",
    "model.pooling": "mean first",
    "mode": "max min",
    "report": "table json",
    "task.calibration": "platt temperature isotonic none",
    "task.class_weights": "balanced",
    "task.loss": "squared absolute",
    "task.rules.confidence": "standard pca",
    "task.tta": "none flip flip_and_shift",
    "baseline.kind": "svc boosting logistic",
    "baseline.rules.confidence": "standard pca",
    "trainer.accelerator": "auto cpu gpu cuda mps",
    "trainer.precision": "auto 32-true bf16-mixed 16-mixed bf16-true 64-true",
}
CLASSIFIED = (("val/accuracy", "max"), ("val/f1_macro", "max"), ("val/loss", "min"))
METRICS = {
    "text_classification": CLASSIFIED,
    "image_classification": CLASSIFIED,
    "series_classification": CLASSIFIED,
    "tabular_classification": (("val/loss", "min"),),
    "tabular_regression": (("val/loss", "min"),),
    "token_classification": (("val/entity_f1", "max"),),
    "link_prediction": (("val/mrr", "max"),),
    "series_forecasting": (("val/quantile_loss", "min"),),
}


# A value out of few that is misspelt.
def choice_typos(draw: Draw, experiment: Experiment) -> Found:
    experiment = varied(draw, experiment)
    known = flat(experiment.settings)
    for path, listed in CHOICES.items():
        values = listed.split()
        meant = draw.choice(values)
        wrong = misspelt(draw, meant, values)
        if path in known and wrong and len(meant) > 3:
            yield path, stated(draw, experiment, path, wrong, (meant,))
    metric = str(experiment.settings["objective"])
    wrong = misspelt(draw, metric.removeprefix("val/"), ())
    if wrong and not experiment.extra:
        yield "objective", stated(draw, experiment, "objective", f"val/{wrong}", (metric,))


TYPES = {
    "int": "int|integer|whole|number",
    "float": "float|number",
    "bool": "bool|boolean|true",
    "list": "list|List|Sequence|sequence|tuple",
    "str": "str|string|text|column|name|one of",
}
WRONG: dict[str, tuple[Any, ...]] = {
    "int": ("many", "ten", 2.5, [2, 4], {"value": 3}),
    "float": ("high", "small", [0.1, 0.2], {"value": 0.1}),
    "bool": (3, "sometimes", [True, False]),
    "list": (3, 64, {"first": 1}),
    "str": ([1, 2], {"value": 3}, 2.5),
}
STRINGS = {"objective", "mode", "report", "data.split", "data.duplicates", "data.rare"}
STRINGS |= {"data.on_violation", "data.conflicts", "data.engine", "model.pooling", "datamodule.fit"}
STRINGS |= {"datamodule.training", "datamodule.short", "task.calibration", "task.tta", "task.loss"}
SEVERAL = {"trainer.devices", "trainer.val_check_interval", "datamodule.scale", "datamodule.size"}
SEVERAL |= {"tags", "datamodule.at_least", "datamodule.at_most", "trainer.deterministic"}
SEVERAL |= {"model.norm", "tracking.uri", "register", "trainer.strategy", "seed", "name"}
OPTIONAL = {"optimizer.fused"}


def type_of(path: str, value: Any) -> str | None:
    """Gives the name of the type that a key takes; None where it takes several."""
    if path in SEVERAL or value is None:
        return None
    if path in STRINGS:
        return "str"
    plain_types = {bool: "bool", int: "int", float: "float", list: "list"}
    return plain_types.get(type(value))


# A value of another type than its key takes.
def wrong_types(draw: Draw, experiment: Experiment) -> Found:
    experiment = varied(draw, experiment)
    known = flat(experiment.settings)
    for path, value in experiment.keys.items():
        kind_of_value = type_of(path, value)
        if kind_of_value is None:
            continue
        wrong = list(WRONG[kind_of_value])
        needed = path.split(".")[0] in {"model", "task", "optimizer"} and path not in OPTIONAL
        if needed and kind_of_value != "str" and value and known[path] is not None:
            wrong.append(None)
        if kind_of_value == "list" and value and isinstance(value[0], int | float):
            wrong += [[*value[:-1], "wide"], "wide"]
        if path.endswith("_batches") and kind_of_value == "float":
            wrong = ["half", [0.1, 0.2]]
        picked = draw.choice(wrong)
        told = "|".join([TYPES[kind_of_value], *CHOICES.get(path, "").split()])
        expected = (path.split(".")[-1], told)
        yield (
            f"{kind_of_value}, {type(picked)}",
            stated(draw, experiment, path, picked, expected),
        )


# A file whose name is nearly that of one that is there.
def missing_files(draw: Draw, experiment: Experiment) -> Found:
    right = FILES[experiment.name]
    names = [*TABLES, *TRIPLES, *TEXTS, *FOLDERS]
    rivals = {*names, *map(second, names)}
    for part, meant in (("train", right), ("test", second(right)), ("val", second(right))):
        stem, dot, ending = meant.partition(".")
        wrong = misspelt(draw, stem, (name.partition(".")[0] for name in rivals))
        if not wrong:
            continue
        endings = [ending] * 3 + ["tsv" if ending == "csv" else "dat"]
        if dot and draw.random() < 0.25:
            wrong, ending = stem, endings[-1]
        near = f"{wrong}{dot}{ending}"
        bare = tuple(word for word in experiment.needs if not word.startswith(f"data.{part}="))
        words = (f"experiment={experiment.name}", *bare, f"data.{part}={near}")
        case = replace(typed(experiment, (), (meant,)), words=words)
        if bare == experiment.needs and draw.random() < 0.3:
            case = own(experiment, own_yaml(experiment, f"data.{part}", near), (meant,))
        yield part, case


ELSEWHERE = {
    "torch.optim": ("torch.nn", "torch.optimizers", "torch"),
    "lightning": ("lightning.trainers", "torch"),
    "lightning.pytorch.callbacks": ("lightning.callbacks", "lightning.pytorch"),
    "xinzhi.training.schedules": ("xinzhi.schedules", "torch.optim.lr_scheduler"),
    "xinzhi.data.tokenizers": ("xinzhi.tokenizers", "xinzhi.nn.tokenizers"),
    "xinzhi.data.declaration": ("xinzhi.data", "xinzhi.data.snapshot"),
    "xinzhi.nn.augmentation": ("xinzhi.augmentation", "xinzhi.data.augmentation"),
}


# A class that is misspelt, or looked for in a module that does not hold it.
def unknown_classes(draw: Draw, experiment: Experiment) -> Found:
    experiment = varied(draw, experiment)
    for path, target in targets(experiment.settings).items():
        module, _, name = target.rpartition(".")
        parts = module.split(".")
        task = [f"xinzhi.models.{parts[2]}", module.rpartition(".")[0]] if "tasks" in parts else []
        modules = [*ELSEWHERE.get(module, ()), *task]
        wrong_name, wrong_part = misspelt(draw, name, ()), misspelt(draw, parts[-1], ())
        made = [(f"{module}.{wrong_name}", name)] * 2 if wrong_name else []
        if wrong_part:
            made.append((".".join([*parts[:-1], wrong_part, name]), target))
        made += [(f"{elsewhere}.{name}", target) for elsewhere in modules]
        wrong, expected = draw.choice(made)
        yield path, stated(draw, experiment, path, wrong, (expected,), in_file=0.6)


UNITS: dict[str, tuple[Any, ...]] = {  # percent for shares, steps for shares, pixels, signs, ms
    "baseline.rules.min_confidence": (5, 10),
    "data.max_dropped": (5, 10, 20),
    "data.test_fraction": (20, 25, 30),
    "data.val_fraction": (10, 15, 20),
    "model.dropout": (10, 20, 50),
    "model.encoder_dropout": (10,),
    "model.levels": ([5, 25, 50, 75, 95],),
    "model.word_dropout": (5, 10),
    "optimizer.betas": ([90, 99.9],),
    "optimizer.eps": (1e8,),
    "optimizer.momentum": (90,),
    "optimizer.weight_decay": (10, 50),
    "scheduler.warmup": (10, 100, 500, 1000),
    "task.accept": (90, 95, 99),
    "task.augmentation.cutout": (25, 8),
    "task.augmentation.cutout_probability": (50,),
    "task.augmentation.flip": (50,),
    "task.augmentation.shift": (12.5, 4),
    "task.augmentation.zoom": (10,),
    "task.average": (99, 99.9),
    "task.label_smoothing": (5, 10),
    "task.layer_decay": (80, 90, 95),
    "task.level": (80, 90, 95),
    "task.precision": (80, 90),
    "task.rules.min_confidence": (5, 10),
    "tracking.every_n_seconds": (5000, 10000),
    "trainer.limit_train_batches": (10.0, 25.0),
    "trainer.limit_val_batches": (50.0,),
    "trainer.val_check_interval": (50.0, 25.0),
}


# A number in another unit than its key takes.
def swapped_units(draw: Draw, experiment: Experiment) -> Found:
    experiment = varied(draw, experiment)
    known = flat(experiment.settings)
    split_off = {f"data.{part}_fraction" for part in experiment.parts}
    split_off |= {"data.test_fraction"} if experiment.name == "product_image" else set()
    for path, values in UNITS.items():
        if path in known and path not in split_off:
            wrong = draw.choice(values)
            yield path, stated(draw, experiment, path, wrong, (path.split(".")[-1],))
    suggests = experiment.settings["model"].get("_suggests_", {})
    rate = suggests.get("lr" if experiment.chosen["optimizer"] == "adamw" else "sgd_lr", 0.1)
    times = draw.choice((1e3, 1e7))
    yield "lr", stated(draw, experiment, "optimizer.lr", round(rate * times, 6), ("lr",))
    if "files" in experiment.chosen["data"] or experiment.task == "text_classification":
        yield (
            "similarity",
            stated(draw, experiment, "data.near_duplicates", 90, ("near_duplicates",)),
        )


# One value in two places


class Clash(NamedTuple):
    """What contradicts what.

    Attributes:
        about: what the fault is about.
        words: that contradict each other, or the experiment.
        expected: what the answer must name.
    """

    about: str
    words: tuple[str, ...]
    expected: tuple[str, ...]


# A value that is stated in two places which contradict each other.
def two_homes(draw: Draw, experiment: Experiment) -> Found:
    for clash in (
        *twice(draw, experiment),
        *of_another_task(draw, experiment),
        *contradictions(draw, experiment),
        *misplaced(draw, experiment),
        *of_data(experiment),
        *of_baseline(experiment),
    ):
        yield clash.about, typed(experiment, clash.words, clash.expected)
    text = written(experiment.source)
    if "optimizer" not in experiment.source:
        text += "optimizer:\n  lr: 0.001\n"
        text += "optimizer:\n  lr: 0.0003\n"
        yield "twice in a file", own(experiment, text, ("optimizer",))


# The same key or group, with two values.
def twice(draw: Draw, experiment: Experiment) -> Iterator[Clash]:
    for path, values in {
        "optimizer.lr": (1e-3, 3e-4),
        "seed": (1, 2),
        "trainer.max_epochs": (3, 8),
        "optimizer": ("adamw", "sgd"),
        "trainer.accumulate_grad_batches": (2, 4),
    }.items():
        pair = tuple(f"{path}={value}" for value in draw.sample(values, 2))
        yield Clash(f"{path} twice", pair, (path.split(".")[-1],))
    if len(models := experiment.models()) > 1:
        a, b = draw.sample(models, 2)
        yield Clash("model twice", (f"model={a}", f"model={b}"), ("model",))


# Data or a model that the experiment's task cannot use.
def of_another_task(draw: Draw, experiment: Experiment) -> Iterator[Clash]:
    task, mine = experiment.task, form(experiment.chosen["data"])
    strangers = [other for other in experiments() if other.task != task and not other.generic]
    other = draw.choice([each for each in strangers if form(each.chosen["data"]) != mine])
    told = f"experiment|{experiment.name}|{task}|{other.task}"
    if not experiment.needs:
        data = other.chosen["data"]
        yield Clash("data of another task", (f"data={data}",), ("data", told))
    model = other.chosen["model"]
    yield Clash("model of another task", (f"model={model}",), ("model", told))


# Two keys of which one makes the other untrue.
def contradictions(draw: Draw, experiment: Experiment) -> Iterator[Clash]:
    metric, mode = draw.choice(METRICS[experiment.task])
    if experiment.name == "failure_forecast":
        metric, mode = "val/average_precision", "max"
    against = f"mode={'min' if mode == 'max' else 'max'}"
    yield Clash("objective, mode", (f"objective={metric}", against), ("objective", "mode"))
    yield Clash(
        "trainer, accelerator",
        ("trainer=gpu", "trainer.accelerator=cpu"),
        ("trainer", "accelerator"),
    )
    yield Clash(
        "max_epochs, max_steps",
        ("trainer.max_epochs=3", "trainer.max_steps=100000"),
        ("max_epochs", "max_steps"),
    )
    if experiment.chosen["model"].endswith("/minilm"):
        words = ("model.encoder=package:minilm", "model.tokenizer.encoder=bert-base-chinese")
        yield Clash("encoder of the tokenizer", words, ("encoder", "tokenizer"))


HOMES = {  # key → groups in which people look for it
    "data.val_fraction": ("datamodule", "trainer"),
    "datamodule.batch_size": ("data", "trainer"),
    "datamodule.horizon": ("model", "task"),
    "datamodule.max_examples": ("data", "trainer"),
    "datamodule.max_length": ("data", "task"),
    "datamodule.window": ("data", "task"),
    "model.dropout": ("task", "optimizer"),
    "optimizer.lr": ("model", "trainer", "task"),
    "optimizer.weight_decay": ("model", "trainer"),
    "scheduler.warmup": ("optimizer", "trainer"),
    "task.label_smoothing": ("model", "optimizer"),
    "trainer.gradient_clip_val": ("optimizer",),
    "trainer.max_epochs": ("model", "task"),
}


# A key of one group, given to another one.
def misplaced(draw: Draw, experiment: Experiment) -> Iterator[Clash]:
    known, keys = flat(experiment.settings), experiment.keys
    for path, groups in HOMES.items():
        last, group = path.split(".")[-1], draw.choice(groups)
        if path in known and keys.get(path) is not None and f"{group}.{last}" not in known:
            word = f"{group}.{last}={said(keys[path])}"
            yield Clash("key of another group", (word,), (path,))
    sgd = experiment.chosen["optimizer"] == "sgd"
    word, expected = ("betas=[0.9,0.98]", "adamw") if sgd else ("momentum=0.9", "sgd")
    key = word.partition("=")[0]
    yield Clash("key of another option", (f"optimizer.{word}",), (key, expected))


# Keys of data that exclude each other.
def of_data(experiment: Experiment) -> Iterator[Clash]:
    val = f"data.val={second(FILES[experiment.name])}"
    yield Clash("val, share", (val, "data.val_fraction=0.2"), ("val", "val_fraction"))
    if experiment.label and experiment.label != "label":
        word = f"data.ignore=[{experiment.label}]"
        yield Clash("label ignored", (word,), ("label", "ignore"))
    if not experiment.parts and experiment.name != "product_image":
        words = ("data.val_fraction=0.5", "data.test_fraction=0.6")
        yield Clash("shares above 1", words, ("val_fraction", "test_fraction"))
    if experiment.task == "text_classification":
        words = ("data.multilabel=|", "data.label_as=number")
        yield Clash("classes, number", words, ("label_as",))  # which texts never take
        column = experiment.settings["data"]["text"]
        column = "description" if referred(column) else column
        yield Clash("text ignored", (f"data.ignore=[{column}]",), ("text", "ignore"))
    if experiment.settings["data"]["group"]:
        column = experiment.settings["data"]["group"]
        yield Clash("group ignored", (f"data.ignore=[{column}]",), ("group", "ignore"))


# A baseline that does not see what the model sees.
def of_baseline(experiment: Experiment) -> Iterator[Clash]:
    for key, values in {"window": (128, 256), "horizon": (24, 12)}.items():
        if experiment.settings["baseline"].get(key) == f"${{datamodule.{key}}}":
            words = (f"datamodule.{key}={values[0]}", f"baseline.{key}={values[1]}")
            yield Clash("of the baseline", words, ("baseline", key))


KINDS: dict[str, Callable[[Draw, Experiment], Found]] = {
    "typo in a key": key_typos,
    "typo in a group": group_typos,
    "typo in an option": option_typos,
    "typo in a choice": choice_typos,
    "wrong type": wrong_types,
    "missing file": missing_files,
    "unknown class": unknown_classes,
    "swapped unit": swapped_units,
    "two homes": two_homes,
}


# All experiments again and again, each time in another order.
def rounds(draw: Draw) -> Iterator[Experiment]:
    while True:
        yield from draw.sample(experiments(), len(experiments()))


def faults(seed: int = SEED, count: int = FAULTS) -> list[Case]:
    """Plants faults: as many of each kind, as many in each experiment, about many things.

    Each has draws of its own, so that a key that is added to conf/ changes few of them.

    Args:
        seed: of all draws.
        count: of the faults.
    """
    turns, result = rounds(Draw(seed)), []
    share, rest = divmod(count // 2, len(KINDS))  # pairs, so that half of each kind is held out
    for place, (kind, plant) in enumerate(KINDS.items()):
        about: Counter[str] = Counter()
        many = 2 * (share + (place < rest))
        held_out = set(Draw(f"{seed} {kind}").sample(range(many), many // 2))
        for n in range(many):
            draw = Draw(f"{seed} {kind} {n}")
            found = list(plant(draw, next(turns)))
            draw.shuffle(found)
            topic, case = min(found, key=lambda each: about[each[0]])
            about[topic] += 1
            result.append(replace(case, kind=kind, held_out=n in held_out))
    return result


# Valid configs: of a list of lists, at most one of each inner one

SAME: tuple[tuple[str, ...], ...] = (
    ("seed=2", "seed=7", "seed=2026"),
    ("trainer.max_epochs=1", "trainer.max_epochs=3", "trainer.max_epochs=30"),
    ("trainer=cpu", "trainer=gpu", "trainer=ddp trainer.devices=2", "trainer.accelerator=cpu"),
    ("trainer.precision=32-true",),
    ("trainer.gradient_clip_val=0.5", "trainer.gradient_clip_val=5.0"),
    ("trainer.accumulate_grad_batches=2", "trainer.accumulate_grad_batches=4"),
    ("trainer.limit_train_batches=0.5", "trainer.limit_train_batches=20"),
    ("trainer.limit_val_batches=0.5", "trainer.limit_val_batches=10"),
    ("trainer.val_check_interval=0.5", "trainer.val_check_interval=0.25"),
    ("trainer.num_sanity_val_steps=2",),
    ("trainer.log_every_n_steps=1", "trainer.log_every_n_steps=50"),
    ("trainer.deterministic=true", "trainer.deterministic=warn"),
    ("trainer.enable_model_summary=true",),
    ("optimizer.weight_decay=0", "optimizer.weight_decay=0.001", "optimizer.weight_decay=0.01"),
    ("scheduler=cosine", "scheduler=linear scheduler.warmup=0.06", "scheduler=constant"),
    ("callbacks=early_stopping callbacks.early_stopping.patience=5", "callbacks=early_stopping"),
    ("tags=[first]", "tags=[trial,night]"),
    ("report=json", "report=table"),
    ("refresh=true",),
    ("register=false", "register=true"),
    ("tracking.system_metrics=false", "tracking.every_n_seconds=2.0"),
)
DEBUG = ("debug=fdr", "debug=limit", "debug=overfit", "debug=profiler")
ADAMW = ("optimizer.betas=[0.9,0.98]", "optimizer.eps=1e-6", "optimizer.fused=false")
SGD = ("optimizer.momentum=0.8", "optimizer.nesterov=false", "optimizer.lr=0.05")
ENCODER = (
    "model.dropout=0.2",
    "model.encoder_dropout=0.1",
    "model.attention=eager",
    "model.attention=sdpa",
    "model.freeze=[embeddings]",
    "model.lora={r: 8, lora_alpha: 16, target_modules: [query, value]}",
)
MODELS: dict[str, tuple[str, ...]] = {  # of each model what can be asked of it
    "text_classification/minilm": (*ENCODER, "model.pooling=first", "optimizer.lr=3e-5"),
    "text_classification/textcnn": ("model.channels=64", "model.kernel_sizes=[3,4,5]"),
    "text_classification/bilstm": ("model.hidden=64", "model.layers=2", "model.dropout=0.3"),
    "text_classification/transformer": ("model.width=256", "model.heads=8", "model.layers=3"),
    "text_classification/ngrams": ("model.embedding=64", "model.word_dropout=0.1"),
    "text_classification/ngram_linear": ("model.orders=[1,2]", "model.min_count=3"),
    "token_classification/minilm": (*ENCODER, "model.crf=true"),
    "token_classification/bilstm_crf": ("model.hidden=64", "model.pair_embedding=0"),
    "token_classification/idcnn": ("model.channels=128", "model.dilations=[1,2,4]"),
    "image_classification/lenet": ("optimizer.lr=0.01",),
    "image_classification/resnet": ("model.stem=32", "model.widths=[32,64,128]"),
    "image_classification/efficientnet_lite": ("model.frozen_blocks=0", "model.dropout=0.3"),
    "tabular_classification/network": ("model.hidden=64", "model.members=8", "model.bins=0"),
    "tabular_classification/logistic": ("optimizer.lr=0.01",),
    "tabular_regression/network": ("model.hidden=256", "model.layers=3", "model.embedding=8"),
    "tabular_regression/linear": ("optimizer.lr=0.001",),
    "series_classification/rocket": ("model.features=5000", "model.rank=512"),
    "series_classification/resnet": ("model.widths=[32,64]", "model.stride=1"),
    "series_classification/inception": ("model.depth=2", "model.width=32"),
    "series_classification/recurrent": ("model.cell=lstm", "model.hidden=32"),
    "series_forecasting/dlinear": ("model.width=64", "model.levels=[0.1,0.5,0.9]"),
    "series_forecasting/gru": ("model.hidden=64", "model.trend=49"),
    "series_forecasting/tcn": ("model.channels=16", "model.kernel=5"),
    "series_forecasting/event_tcn": ("model.channels=64", "model.dropout=0.1"),
    "link_prediction/complex": ("model.dimension=100", "model.dropout=0.0"),
    "link_prediction/distmult": ("model.dimension=128", "model.dropout=0.2"),
    "link_prediction/rotate": ("model.margin=6.0", "model.dimension=64"),
    "link_prediction/transe": ("model.norm=2", "model.margin=12.0"),
    "link_prediction/tucker": ("model.relation_dimension=30", "model.dropout=0.2"),
}
SMOOTH = ("task.label_smoothing=0.05", "task.label_smoothing=0")
RULES = ("baseline=link_prediction/frequency", "baseline=link_prediction/rules")
ACCEPT = ("task.accept=0.9", "task.accept=0.99")
TASKS: dict[str, tuple[tuple[str, ...], ...]] = {
    "text_classification": (
        ("trainer.precision=bf16-mixed", "trainer.precision=auto"),
        (*SMOOTH, "task.class_weights=balanced"),
        ACCEPT,
        ("datamodule.max_length=64", "datamodule.max_length=256"),
        ("datamodule.max_examples=16", "datamodule.token_budget=8192"),
        ("objective=val/f1_macro", "objective=val/accuracy", "objective=val/loss mode=min"),
        ("data.unicode=nfkc", "data.near_duplicates=0.9"),
        ("data.conflicts=keep", "data.rare=other"),
        ("baseline.C=1.0", "baseline.ngram_range=[1,2]"),
    ),
    "token_classification": (
        ("trainer.precision=bf16-mixed", "trainer.precision=auto"),
        ("datamodule.max_length=64", "datamodule.max_length=192"),
        ("datamodule.max_examples=16", "datamodule.token_budget=8192"),
        ("baseline.epochs=3",),
        ("data.duplicates=merge", "data.duplicates=keep"),
    ),
    "image_classification": (
        (*SMOOTH, "task.class_weights=balanced"),
        ACCEPT,
        ("datamodule.batch_size=32", "datamodule.batch_size=128", "datamodule.batch_size=auto"),
        ("datamodule.size=64", "datamodule.fit=pad", "datamodule.fit=stretch"),
        ("task.augmentation=null", "task.augmentation.flip=0 task.tta=none"),
        ("task.average=0.995", "task.average=0"),
        ("objective=val/f1_macro", "objective=val/loss mode=min"),
        ("baseline.kind=logistic", "baseline.max_rows=2000"),
        ("optimizer=adamw", "optimizer=sgd"),
    ),
    "tabular_classification": (
        (*SMOOTH, "task.class_weights=balanced", "task.focal=2"),
        ACCEPT,
        ("task.calibration=isotonic", "task.calibration=none", "task.calibration=temperature"),
        ("datamodule.scaling=standard", "datamodule.scaling=minmax"),
        ("datamodule.batch_size=64", "datamodule.min_count=10"),
        ("task.cost={false_positive: 1, false_negative: 3}",),
        ("data.rare=other", "data.min_count=10"),
    ),
    "tabular_regression": (
        ("task.loss=absolute", "task.loss=squared"),
        ("task.level=0.8", "task.level=0.95"),
        ("datamodule.scaling=standard", "datamodule.batch_size=64"),
    ),
    "series_classification": (
        (*SMOOTH, "task.class_weights=balanced"),
        ACCEPT,
        ("datamodule.window=128 datamodule.stride=64", "datamodule.short=refuse"),
        ("datamodule.shift=false", "datamodule.max_examples=64"),
        ("task.noise=0.1", "task.drift=0.05"),
        ("objective=val/accuracy", "objective=val/loss mode=min"),
        ("baseline.features=5000",),
    ),
    "series_forecasting": (
        ("datamodule.horizon=24", "datamodule.horizon=6"),
        ("datamodule.window=96", "datamodule.window=144"),
        ("datamodule.season=48", "datamodule.season=auto"),
        ("datamodule.stride=2", "datamodule.max_examples=32"),
    ),
    "link_prediction": (
        ("task.n3=0.001", "task.n3=0"),
        ("task.rules.max_rules=50", "task.rules=null", "task.rules.confidence=pca"),
        ("task.answers=5", "datamodule.max_val=2000"),
        ("datamodule.max_examples=128", "datamodule.chunk_scores=2000000"),
        ("datamodule.training=sampled task.negatives=256", "datamodule.training=auto"),
    ),
}
ALONE: dict[str, tuple[tuple[str, ...], ...]] = {  # what fits one experiment alone
    "credit_risk": (("task.positive=good", "task.positive=bad"),),
    "demand_forecast": (
        ("data.features=[demand,half_hour,weekday] datamodule.known=[half_hour,weekday]",),
    ),
    "failure_forecast": (("datamodule.above=36000", "task.precision=0.8"),),
    "text_classification": (
        ("data.ignore=[customer]", "data.private={customer: mask}"),
        (
            "data.split=group data.group=customer",
            "data.split=time data.time=opened",
            "data.test=tickets_test.csv",
        ),
        ("data.schema={amount: {min: 0}}", "data.limit=300"),
    ),
    "tabular_classification": (
        ("data.ignore=[customer]", "data.ignore=[customer,opened]"),
        ("data.missing={amount: median}", "data.outliers={income: iqr}"),
        ("data.test=loans_test.csv", "data.schema={income: {min: 0}}"),
        ("datamodule.columns={amount: quantile}",),
    ),
    "tabular_regression": (
        ("data.ignore=[address]", "data.ignore=[address,street]"),
        ("data.missing={area: mean}", "data.outliers={rooms: zscore}"),
    ),
    "series_classification": (("data.group=machine data.split=group",),),
    "series_forecasting": (
        ("data.features=[load,site] datamodule.series=site",),
        ("datamodule.target=load",),
    ),
    "token_classification": (("data.test=sentences_test.conll", "data.val=sentences_test.conll"),),
    "link_prediction": (("data.test=facts_test.txt",), RULES),
    "umls_links": (RULES,),
    "kinship_links": (RULES,),
    "nation_links": (RULES,),
    "image_classification": (("data.test=photos_test", "datamodule.colour=rgb"),),
}
BY_HAND = (  # much as the README and the tasks have them
    "experiment=text_classification name=orders data.train=工单.csv data.text=描述 data.label=班组 "
    "model=ngram_linear optimizer=sgd",
    "experiment=text_classification name=faults data.train=faults.csv data.text=text "
    "data.label=Fault(Code)",
    "experiment=text_classification name=tickets data.train=tickets.csv "
    "data.text=[subject,description] data.label=queue",
    "experiment=text_classification name=tickets data.train=tickets.csv data.text=subject "
    "data.features=[tier,amount] data.label=queue",
    "experiment=product_image data.train=fashion-mnist model=lenet task.augmentation=null "
    "task.label_smoothing=0 task.average=0 task.tta=none optimizer.nesterov=false "
    "optimizer.weight_decay=0",
    "experiment=review_sentiment_zh model=textcnn optimizer=adamw",
    "experiment=entity_recognition model=encoder model.encoder=package:minilm",
    "experiment=text_classification name=tickets data.train=tickets.csv data.text=description "
    "data.label=queue model=encoder model.encoder=package:minilm",
)


def topics(draw: Draw, experiment: Experiment) -> list[tuple[str, ...]]:
    """Gives what can be varied at once, each with its alternatives."""
    model = draw.choice(experiment.models())
    sizes = MODELS[f"{experiment.task}/{model}"]
    current = experiment.chosen["model"].split("/")[1]
    choice = "" if model == current and draw.random() < 0.5 else f"model={model} "
    if model != current and experiment.name == "review_sentiment_zh":
        choice += "optimizer=adamw "  # its own is for the linear model
    found = [tuple(f"{choice}{size}" for size in sizes)] * 3
    if experiment.chosen["optimizer"] == "adamw":
        found.append(ADAMW)
    elif experiment.task != "image_classification":
        found.append(SGD)
    return [*found, *SAME, *TASKS[experiment.task] * 2, *ALONE.get(experiment.name, ()) * 2]


def of_split(experiment: Experiment) -> list[tuple[str, ...]]:
    """Gives what can be said of the split where rows are split off."""
    fixed = {"val", "test"} if experiment.task == "link_prediction" else experiment.parts
    by_time = experiment.settings["data"]["split"] == "time"
    result = [] if fixed or by_time else [("data.split_seed=3", "data.split_seed=11")]
    if "val" not in fixed:
        result.append(("data.val_fraction=0.15", "data.val_fraction=0.2"))
    if "test" not in fixed and experiment.name not in {"product_image", "cifar10"}:
        result.append(("data.test_fraction=0.15", "data.test_fraction=0.25"))
    return result


def parted(words: str) -> list[str]:
    """Parts words at the blanks before a key."""
    return re.split(r" (?=[a-z_.]+=)", words.strip())


def valid(count: int, seed: int = SEED) -> list[Case]:
    """Draws valid configs, after all shipped experiments untouched and some by hand.

    Args:
        count: of the configs.
        seed: of all draws.
    """
    draw = Draw(seed + 1)
    result = [Case(experiment=each.name, words=each.words) for each in experiments()]
    by_hand = [tuple(parted(words)) for words in BY_HAND]
    result += [Case(experiment=words[0].split("=")[1], words=words) for words in by_hand]
    seen, turns = {(case.experiment, case.words) for case in result}, rounds(draw)
    while len(result) < count:
        case = combined(draw, next(turns))
        if (case.experiment, case.words) not in seen:
            result.append(case)
        seen.add((case.experiment, case.words))
    return result[:count]


def combined(draw: Draw, experiment: Experiment) -> Case:
    """Draws one valid config of an experiment; some stand in a file of one's own."""
    pool = [*topics(draw, experiment), *of_split(experiment)]
    if draw.random() < 0.1:
        pool = [DEBUG]
    words: dict[str, str] = {}
    for alternatives in draw.sample(pool, min(len(pool), draw.randint(1, 6))):
        said_now = [word.split("=", 1) for word in parted(draw.choice(alternatives))]
        if not any(excluded(key, words) or key in words for key, _ in said_now):
            words |= dict(said_now)
    needs = [word for word in experiment.needs if word.split("=")[0] not in words]
    own_one = draw.random() < 0.1
    name = OWN if own_one else experiment.name
    file = {f"conf/experiment/{OWN}.yaml": written(experiment.source)} if own_one else {}
    typed_words = (
        f"experiment={name}",
        *needs,
        *(f"{key}={value}" for key, value in words.items()),
    )
    return Case(experiment=experiment.name, words=typed_words, files=file)


def excluded(key: str, words: Mapping[str, str]) -> bool:
    """Whether a key was said, or is of a group whose option was said, or the reverse."""
    group, _, rest = key.partition(".")
    if group not in {"model", "optimizer", "baseline"}:
        return key in words or (key == "data.split_seed" and "data.split" in words)
    return group in words or (not rest and any(each.startswith(f"{group}.") for each in words))


# Asking and judging


class Answer(NamedTuple):
    """What a command answered.

    Attributes:
        refused: whether it ended with an error.
        text: all that it printed.
        seconds: it took.
    """

    refused: bool
    text: str
    seconds: float


# Gives a folder to ask in: the shared one, or one with the case's files.
@contextlib.contextmanager
def project(case: Case, shared: Path) -> Iterator[Path]:
    if not case.files:
        yield shared
        return
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for each in shared.iterdir():
            if each.name not in case.files:
                (folder / each.name).symlink_to(each)
        for name, text in case.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        yield folder


def by_process(case: Case, shared: Path) -> Answer:
    """Asks as a person does, in a process of its own."""
    program = str(Path(sys.executable).parent / "xinzhi")
    command = [program, "train", *case.words, "--cfg", "job"]
    if plans(program):
        command = [program, "plan", *case.words]
    with project(case, shared) as folder:
        since = time.perf_counter()
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=600
        )
        seconds = time.perf_counter() - since
    return Answer(done.returncode != 0, done.stdout + done.stderr, seconds)


@cache
def plans(program: str) -> bool:
    """Whether there is a command that only checks and plans."""
    done = subprocess.run([program, "--help"], capture_output=True, text=True, check=True)
    return re.search(r"^\s*plan\b", done.stdout, re.MULTILINE) is not None


def in_process(case: Case, shared: Path) -> Answer:
    """Asks for the config that training would start from, in this process."""
    from xinzhi.config.entry import prepare

    printed, refused = io.StringIO(), False
    with project(case, shared) as folder, contextlib.chdir(folder):
        since = time.perf_counter()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                prepare("train", list(case.words))
            except (Exception, SystemExit) as error:  # noqa: BLE001 - what it answers is judged
                refused = not (isinstance(error, SystemExit) and not error.code)
                printed.write(f"{error}")
        seconds = time.perf_counter() - since
    return Answer(refused, printed.getvalue(), seconds)


def caught(answer: Answer) -> bool:
    """Whether a fault was refused with an answer for people."""
    return answer.refused and "Traceback (most recent call last)" not in answer.text


def suggested(case: Case, answer: Answer) -> bool:
    """Whether the answer names all that it should, in lines that do not name everything."""
    lines = [line for line in answer.text.splitlines() if line.count(",") <= LONG_LIST]
    text = "\n".join(lines)
    return caught(answer) and all(
        any(re.search(rf"(?<!\w){re.escape(each)}(?!\w)", text) for each in one.split("|"))
        for one in case.expected
    )


class Judged(NamedTuple):
    """A case with its answer."""

    case: Case
    answer: Answer


def row(name: str, cases: Sequence[Judged]) -> str:
    """Writes a row of the table of faults."""
    found = sum(caught(each.answer) for each in cases)
    right = sum(suggested(*each) for each in cases)
    total = max(len(cases), 1)
    shares = f"{found:>6} {found / total:>5.0%} {right:>9} {right / total:>5.0%}"
    return f"{name:<20} {len(cases):>7} {shares}"


def shown(judged: Judged) -> str:
    """Writes a case with what was answered."""
    case, answer = judged
    lines = [f"- {case.kind}: xinzhi train {json.dumps(case.words, ensure_ascii=False)}"]
    lines += [f"  expected: {' and '.join(case.expected)}"] if case.expected else []
    for text in case.files.values():
        lines += [f"  | {line}" for line in text.splitlines()]
    told = answer.text.strip().splitlines() if answer.refused else ["(not refused)"]
    return "\n".join([*lines, *(f"  > {line[:300]}" for line in told[-12:])])


def tell(planted: Sequence[Judged], good: Sequence[Judged], *, misses: int) -> bool:
    """Prints the tables; says whether they are good enough.

    Args:
        planted: the faults.
        good: the valid configs.
        misses: how many misses are printed.
    """
    kinds: defaultdict[str, list[Judged]] = defaultdict(list)
    for each in planted:
        kinds[each.case.kind].append(each)
    print(f"{'kind':<20} {'planted':>7} {'caught':>12} {'suggestion':>15}")
    print("\n".join(row(name, cases) for name, cases in kinds.items()))
    print(row("all", planted))
    alarms = [each for each in good if each.answer.refused]
    print(f"\nvalid configs: {len(good)}, false alarms: {len(alarms)} ({share(alarms, good):.1%})")
    for each in alarms[: max(misses, 5)]:
        print(shown(each))
    missed = [each for each in planted if not suggested(*each)]
    if misses:
        print(f"\nmissed, or without the right suggestion: {len(missed)}")
    for each in missed[:misses]:
        print(shown(each))
    found = [each for each in planted if caught(each.answer)]
    enough = share(found, planted) >= CAUGHT and share(missed, planted) <= 1 - RIGHT
    return enough and share(alarms, good) <= FALSE_ALARMS


def share(some: Sequence[Any], whole: Sequence[Any]) -> float:
    """Gives a share of a whole that may be empty."""
    return len(some) / max(len(whole), 1)


def tell_times(name: str, answers: Iterable[Judged]) -> None:
    """Prints how long commands took."""
    seconds = [each.answer.seconds for each in answers]
    middle = statistics.median(seconds)
    print(f"{name}: {len(seconds)}, median {middle:.2f} s, max {max(seconds):.2f} s")


def asked() -> argparse.Namespace:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--part", choices=("open", "held_out", "all"), default="open")
    parser.add_argument("--valid", type=int, default=500, help="how many valid configs")
    parser.add_argument("--show-misses", action="store_true", help="print all that is missed")
    parser.add_argument("--in-process", action="store_true", help="ask in this process: faster")
    return parser.parse_args()


def main() -> None:
    """Asks about all cases and prints what came of it."""
    args = asked()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    part = {"open": {False}, "held_out": {True}, "all": {False, True}}[args.part]
    planted = [case for case in faults() if case.held_out in part]
    good = valid(args.valid)
    ask = in_process if args.in_process else by_process
    with tempfile.TemporaryDirectory() as scratch:
        shared = Path(scratch)
        furnish(shared)
        judged = [Judged(case, ask(case, shared)) for case in [*planted, *good]]
        sample = Draw(SEED).sample([*planted, *good], TIMED) if args.in_process else []
        processes = [Judged(case, by_process(case, shared)) for case in sample]
    misses = len(planted) if args.show_misses else 0
    enough = tell(judged[: len(planted)], judged[len(planted) :], misses=misses)
    print()
    tell_times("in this process" if args.in_process else "commands", judged)
    if processes:
        tell_times("commands", processes)
        pairs = zip(sample, processes, strict=True)
        inside = {id(each.case): each.answer.refused for each in judged}
        differ = sum(inside[id(case)] != each.answer.refused for case, each in pairs)
        print(f"commands that answered otherwise than this process: {differ}")
    sys.exit(0 if enough else 1)


if __name__ == "__main__":
    main()
