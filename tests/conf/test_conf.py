"""conf and src answer each other: the table of ARCHITECTURE.md, held against every YAML."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from omegaconf import DictConfig

from xinzhi.config import catalog, declared, project, targets
from xinzhi.config.check import check
from xinzhi.config.compose import compose
from xinzhi.config.identity import resolved
from xinzhi.config.ranges import range_of
from xinzhi.config.signatures import signature

CONF = project.packaged_conf().resolve()
PIPELINES = project.packaged_pipelines().resolve()
FILES = sorted(CONF.rglob("*.yaml"))

# Where the target of a group's option lives; {task} is the folder that the option is in.
TABLE = {
    "model": ["xinzhi.tasks.{task}"],
    "datamodule": ["xinzhi.tasks.{task}"],
    "task": ["xinzhi.tasks.{task}"],
    "baseline": ["xinzhi.tasks.{task}"],
    "data": ["xinzhi.data"],
    "engine": ["xinzhi.data"],
    "optimizer": ["torch.optim"],
    "scheduler": ["xinzhi.training", "torch.optim.lr_scheduler"],
    "trainer": ["lightning.pytorch.trainer"],
    "callbacks": ["xinzhi.training", "lightning.pytorch.callbacks"],
    "tracking": ["xinzhi.tracking"],
    "sweep": ["xinzhi.sweeping"],
    "gate": ["xinzhi.registry"],
    "export": ["xinzhi.deployment"],
    "serve": ["xinzhi.deployment"],
    "monitor": ["xinzhi.monitoring"],
}
# Groups that choose among the others, and configure nothing themselves.
CHOOSING = {"experiment", "debug"}
# What a nested target may come from besides: things that tasks share.
SHARED = ["xinzhi.data", "xinzhi.nn", "xinzhi.metrics"]
# What training hands over at run time; every other argument must stand in the YAML.
OFFERED = {
    "datamodule": {"snapshot", "cache_folder", "texts"},
    "task": {"model", "datamodule", "optimizer", "scheduler", "architecture"},
    "optimizer": {"params"},
    "scheduler": {"optimizer", "total_steps"},
    "callbacks": {"dirpath"},
    "sweep": {"workers"},  # a group of its own, sweep/workers
}
# What is composed beside a pipeline's own YAML: how `train -m` searches.
BESIDE = {"multirun"}


# Options that go with another experiment than the one for files of one's own.
WITH = {
    ("baseline", "series_forecasting/logistic_lags"): "failure_forecast",
    ("task", "series_forecasting/events"): "failure_forecast",
    ("data", "disease_progression"): "disease_progression",
}
# What each form of data leaves to be said; any file that exists will do.
_TRAIN = ("train", str(CONF / "train.yaml"))
OPEN = {
    "files": [_TRAIN, ("text", "text"), ("label", "label")],
    "table": [_TRAIN, ("label", "label")],
    "sentences": [_TRAIN],
    "images": [_TRAIN],
    "series": [_TRAIN, ("label", "label")],
    "triples": [_TRAIN],
    "steps": [_TRAIN, ("time", "hour")],
}


def nodes(tree: object, path: str = "") -> Iterator[tuple[str, dict]]:
    """Every node with a target, and its path in the file."""
    if isinstance(tree, dict):
        if "_target_" in tree:
            yield path, tree
        for key, value in tree.items():
            yield from nodes(value, f"{path}.{key}".lstrip("."))


def group_of(file: Path) -> str:
    relative = file.relative_to(CONF)
    return relative.parts[0] if len(relative.parts) > 1 else ""


def offered(file: Path) -> set[str]:
    """What training hands over: to a model what a datamodule of its task names as its inputs."""
    if group_of(file) != "model":
        return OFFERED.get(group_of(file), set())
    src = CONF.parent / "src" / "xinzhi"
    task = src / "tasks" / file.relative_to(CONF).parts[1]
    inputs = functions(task, {"model_inputs"})
    assert inputs
    calls = [node for one in inputs for node in ast.walk(one) if isinstance(node, ast.Call)]
    called = {ast.unparse(call.func).rpartition(".")[2] for call in calls}  # `**widths(…)`
    for folder in (task, src / "data", src / "nn"):
        inputs += functions(folder, called)
    constants = (node for one in inputs for node in ast.walk(one) if isinstance(node, ast.Constant))
    return {node.value for node in constants if isinstance(node.value, str)}


def functions(folder: Path, names: set[str]) -> list[ast.FunctionDef]:
    """The functions of these names that are defined in a folder."""
    return [
        node
        for module in folder.rglob("*.py")
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef) and node.name in names
    ]


def loaded(file: Path) -> dict:
    return yaml.safe_load(file.read_text(encoding="utf-8")) or {}


TARGETS = [
    pytest.param(file, path, node, id=f"{file.relative_to(CONF).as_posix()}:{path}")
    for file in FILES
    for path, node in nodes(loaded(file))
]
OPTIONS = [
    (group, option) for group in catalog.groups([CONF]) for option in catalog.options([CONF], group)
]


def data_of(experiment: str) -> str:
    """The form of data that an experiment asks a person for, if it does."""
    text = (CONF / "experiment" / f"{experiment}.yaml").read_text(encoding="utf-8")
    return text.partition("override /data: ")[2].split()[0]


def learning_from(data: str) -> str | None:
    """An experiment that has these rows, where they are of a form that one task alone takes."""
    if not {data, *declared.bases(CONF / "data" / f"{data}.yaml")} & {
        "images",
        "triples",
        "sentences",
    }:
        return None
    files = (CONF / "experiment").glob("*.yaml")
    return next(f.stem for f in files if f"override /data: {data}\n" in f.read_text("utf-8"))


def composed(group: str, option: str) -> DictConfig:
    """The option in a config of an experiment that it goes with."""
    if group == "sweep":
        of_workers = option.startswith("workers/")
        return compose("multirun", [f"sweep{'/' if of_workers else '='}{option.replace('/', '=')}"])
    if group == "gate":
        return compose("promote", [f"gate={option}", "reference=tested"])
    task, found, _ = option.partition("/")
    experiment = option if group == "experiment" else task if found else None
    experiment = WITH.get((group, option), experiment)
    if group == "data" and experiment is None:
        experiment = learning_from(option)
    form = option if group == "data" else data_of(experiment) if experiment else None
    overrides = [f"data.{key}={value}" for key, value in OPEN.get(form, ())]
    overrides += [f"experiment={experiment}", "name=tested"] if experiment else []
    if group != "experiment":
        overrides.append(f"{group}={option}")
    if option.rpartition("/")[2] == "encoder":
        overrides.append("model.encoder=package:minilm")
    return compose("train", overrides)


def test_the_cases_do_not_run_out():
    written = sum(file.read_text(encoding="utf-8").count("_target_:") for file in FILES)
    assert len(TARGETS) == written >= 25
    assert len(OPTIONS) + len(list(CONF.glob("*.yaml"))) == len(FILES) >= 35


def test_every_group_is_in_the_table():
    assert {group for group, _ in OPTIONS} <= set(TABLE) | CHOOSING


def test_choosing_groups_name_no_target():
    assert not [file for file in FILES if group_of(file) in CHOOSING and list(nodes(loaded(file)))]


def test_every_pipeline_has_its_yaml_and_every_yaml_its_pipeline():
    assert {f.stem for f in CONF.glob("*.yaml")} - BESIDE == {
        f.stem for f in PIPELINES.glob("*.py") if not f.stem.startswith("_")
    }


@pytest.mark.parametrize(("file", "path", "node"), TARGETS)
def test_a_target_lives_where_the_table_says(file, path, node):
    group = group_of(file)
    task = file.relative_to(CONF).parts[1]
    roots = [root.format(task=task) for root in TABLE[group]] + (SHARED if path else [])
    module = targets.admit(node["_target_"]).module
    assert any(module == root or module.startswith(f"{root}.") for root in roots)


@pytest.mark.parametrize(("file", "path", "node"), TARGETS)
def test_keys_are_the_signatures_names(file, path, node):
    read = signature(node["_target_"])
    keys = set(node) - targets.SPECIAL - {"defaults"}
    assert keys <= set(read.parameters) or read.is_open
    if not path:
        needed = {name for name, p in read.parameters.items() if p.default is None}
        assert needed <= keys | offered(file)


@pytest.mark.parametrize(("group", "option"), OPTIONS)
def test_every_option_composes(group, option):
    config = composed(group, option)
    check(config)
    deeper, _, inner = option.rpartition("/") if group == "sweep" else ("", "", option)
    assert config.asked.choices["/".join(filter(None, [group, deeper]))] == inner


@pytest.mark.parametrize("file", [f for f in CONF.glob("*.yaml") if f.stem != "train"], ids=str)
def test_every_pipeline_composes(file):
    compose(file.stem, [])


@pytest.mark.parametrize(
    ("group", "option"), [o for o in OPTIONS if o[0] in {"optimizer", "scheduler"}]
)
def test_optimizers_and_schedulers_build(group, option):
    import torch

    config = composed(group, option)
    make = targets.build(config.optimizer)
    optimizer = make([torch.nn.Parameter(torch.ones(2))])
    schedule = targets.build(config.scheduler)(optimizer, total_steps=10)
    assert len(schedule.get_last_lr()) == 1


@pytest.mark.parametrize("option", [o for g, o in OPTIONS if g == "data"])
def test_declarations_build(option):
    assert targets.build(composed("data", option).data).train


@pytest.mark.parametrize("option", [o for g, o in OPTIONS if g == "callbacks"])
def test_callbacks_build(option, tmp_path):
    from lightning.pytorch.callbacks import Callback

    callbacks = composed("callbacks", option).callbacks
    built = [targets.build(node, dirpath=str(tmp_path)) for node in callbacks.values() if node]
    assert built
    assert all(isinstance(one, Callback) for one in built)


@pytest.mark.parametrize(
    "option", [o for g, o in OPTIONS if g == "model" and o.startswith("text_classification/")]
)
def test_models_of_texts_build(option):
    from types import SimpleNamespace

    import torch

    node = composed("model", option).model
    if "encoder" in node:
        pytest.skip("needs weights")
    tokenizer = SimpleNamespace(vocabulary_size=50, pad_id=0)
    model = targets.build(node, tokenizer=tokenizer, num_classes=3)
    scores = model(torch.tensor([[3, 4, 5, 6], [7, 8, 9, 0]]), torch.tensor([4, 3]))
    assert scores.shape == (2, 3)


def test_a_run_whose_id_looks_like_a_number_keeps_its_digits():
    for digits in ("7e10", "00123456", "12345678"):
        assert compose("train", [f"ckpt_path={digits}"]).ckpt_path == digits
    assert compose("train", ["ckpt_path=null"]).ckpt_path is None


def numbers(node: object, path: str = "", target: str | None = None) -> Iterator[tuple]:
    """Every number in a config, or list of them, with the class that it goes to."""
    if isinstance(node, dict):
        target = node.get("_target_", target)
        for key, value in node.items():
            yield from numbers(value, f"{path}.{key}".lstrip("."), target)
    elif isinstance(node, (int, float)) and not isinstance(node, bool):
        yield path, target


@pytest.mark.parametrize(("group", "option"), [o for o in OPTIONS if not o[0].startswith("sweep")])
def test_every_number_has_a_range_that_holds_it(group, option):
    plain = resolved(composed(group, option))
    assert not [path for path, target in numbers(plain) if range_of(path, target) is None]
