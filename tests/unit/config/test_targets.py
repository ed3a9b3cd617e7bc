import functools
import sys

import pytest
from omegaconf import OmegaConf

from xinzhi.config import targets
from xinzhi.errors import ConfigError, TargetError


@pytest.mark.parametrize(
    "path",
    [
        "lightning.Trainer",
        "lightning.pytorch.callbacks.ModelCheckpoint",
        "torch.optim.AdamW",
        "torch.optim.lr_scheduler.OneCycleLR",
        "torch.nn.Linear",
        "torchmetrics.classification.MulticlassF1Score",
        "xinzhi.data.declaration.Declaration",
    ],
)
def test_what_may_run(path):
    assert targets.admit(path).node.name == path.rpartition(".")[2]


@pytest.mark.parametrize(
    "path",
    [
        "torch.optim.optimizer.torch.load",  # the bypass: a module held by an allowed module
        "lightning.pytorch.callbacks.callback.torch.load",
        "torch.optim.adamw.torch.hub.load",
        "torch.load",
        "torch.hub.load",
        "os.system",
        "builtins.eval",
        "subprocess.run",
        "importlib.import_module",
        "hydra.utils.instantiate",
        "hydra.utils.get_method",
        "functools.partial",
        "pickle.loads",
        "lightning.pytorch.core.saving._load_state",
        "lightning.fabric.utilities.cloud_io._load",
        "lightning.pytorch.LightningModule.load_from_checkpoint",
        "transformers.AutoModel.from_pretrained",
        "xinzhi.config.entry.start",
        "xinzhi.cli.main",
        "xinzhi.config.grammar.Path",
        "xinzhi.data.archives.Path",
        "xinzhi.config.sources.importlib.import_module",
        "xinzhi.errors",
        "torch.optim",
        "",
        "AdamW",
        "torch.optim.AdamW()",
        "torch.optim..AdamW",
    ],
)
def test_what_may_not(path):
    with pytest.raises(TargetError):
        targets.admit(path)


@pytest.mark.parametrize(
    "node",
    [
        {"_target_": "os.system"},
        {"_target_": "os.system", "_partial_": True},
        {"_target_": "torch.nn.Linear", "bias": {"_target_": "os.system"}},
        {"_target_": "torch.nn.Linear", "x": [1, {"y": {"_target_": "builtins.eval"}}]},
        {"_target_": ["torch.nn.Linear"]},
        {"_target_": "${oc.env:HOME}"},
    ],
)
def test_nested_and_partial_targets_are_judged_alike(node):
    with pytest.raises(TargetError):
        targets.check_all({"a": [node]})
    with pytest.raises(TargetError):
        targets.build({"_target_": "torch.nn.Identity", "node": node})


def test_an_interpolated_target_is_judged_when_it_is_resolved():
    config = OmegaConf.create(
        {"a": {"_target_": "torch.nn.Linear", "x": "${b}"}, "b": {"_target_": "os.system"}}
    )
    with pytest.raises(TargetError, match=r"os\.system"):
        targets.build(config.a)


@pytest.fixture
def acme(tmp_path, monkeypatch):
    """A user's package that re-exports what it should not."""
    (tmp_path / "acme").mkdir()
    (tmp_path / "acme" / "__init__.py").write_text(
        "from subprocess import run\nfrom torch.optim import AdamW\n"
        "from .parts import Part\nimport os\n"
    )
    (tmp_path / "acme" / "parts.py").write_text(
        "class Part:\n    def __init__(self, a, b=2, **rest):\n"
        "        self.a, self.b, self.rest = a, b, rest\n"
        "    @classmethod\n    def make(cls, a):\n        return cls(a)\n"
        "def double(x):\n    return 2 * x\n"
    )
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    yield tmp_path
    from xinzhi.config import sources

    sources.forget()
    for name in [n for n in sys.modules if n.partition(".")[0] == "acme"]:
        del sys.modules[name]


def test_a_users_package_is_admitted_by_its_project_alone(acme):
    with pytest.raises(TargetError, match=r"allow: \[acme\]"):
        targets.build({"_target_": "acme.Part", "a": 1})
    (acme / "xinzhi.yaml").write_text("allow: [acme]\n")
    assert targets.build({"_target_": "acme.Part", "a": 1}).a == 1
    assert targets.build({"_target_": "acme.parts.Part.make", "a": 3}).a == 3
    for path in ("acme.run", "acme.os.system", "acme.parts.nothing"):
        with pytest.raises(TargetError):
            targets.admit(path)


@pytest.mark.parametrize("allow", ["[os]", "[torch]", "[builtins]", "[a.b]", "acme", "[1]"])
def test_what_a_project_cannot_admit(tmp_path, monkeypatch, allow):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xinzhi.yaml").write_text(f"allow: {allow}\n")
    with pytest.raises(ConfigError, match="allow"):
        targets.admit("torch.nn.Linear")


def test_build_offers_what_the_signature_names(acme):
    (acme / "xinzhi.yaml").write_text("allow: [acme]\n")
    part = targets.build({"_target_": "acme.Part", "b": 1}, a="offered", b=object, unknown=3)
    assert (part.a, part.b, part.rest) == ("offered", object, {})


def test_build_nests_and_makes_partials(acme):
    (acme / "xinzhi.yaml").write_text("allow: [acme]\n")
    node = {"_target_": "acme.Part", "a": [{"_target_": "acme.parts.double", "x": 2}],
            "b": {"_target_": "acme.parts.double", "_partial_": True}}  # fmt: skip
    part = targets.build(OmegaConf.create(node))
    assert part.a == [4]
    assert isinstance(part.b, functools.partial)
    assert part.b(x=4) == 8


def test_a_missing_argument_is_a_config_error(acme):
    (acme / "xinzhi.yaml").write_text("allow: [acme]\n")
    with pytest.raises(ConfigError, match="missing a required argument: 'a'"):
        targets.build({"_target_": "acme.Part"})


def test_load_class(acme):
    (acme / "xinzhi.yaml").write_text("allow: [acme]\n")
    assert targets.load_class("acme.Part").__name__ == "Part"
    with pytest.raises(TargetError, match="must be a class"):
        targets.load_class("acme.parts.double")
