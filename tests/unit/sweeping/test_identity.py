"""What makes two trainings the same, and what does not."""

import shutil
import subprocess
import sys

import pytest

from xinzhi.config import sources
from xinzhi.config.cosmetic import COSMETIC
from xinzhi.config.entry import prepare
from xinzhi.sweeping.code import modules_of
from xinzhi.sweeping.identity import identity


def of(*overrides):
    return identity(prepare("train", ["experiment=tumour_screening", *overrides]), data="rows")


def test_what_is_cosmetic_changes_nothing():
    plain = of()
    for word in ("name=other", "tags=[x]", "register=false", "offline=true",
                 "tracking.every_n_seconds=60", "report=json", "data.engine=spark"):  # fmt: skip
        assert of(word) == plain, word


def test_each_part_changes_what_it_is_of():
    plain = of()
    assert of("model.hidden=7").config != plain.config
    assert of("model.hidden=7")._replace(whole="", config="") == plain._replace(whole="", config="")
    seeded = of("seed=7")
    assert (seeded.config, seeded.code, seeded.seed) == (plain.config, plain.code, 7)
    assert seeded.whole != plain.whole
    assert of("data.split_seed=4").config != plain.config
    other = identity(prepare("train", ["experiment=tumour_screening"]), data="others")
    assert (other.config, other.code) == (plain.config, plain.code)
    assert other.whole != plain.whole


def test_another_way_to_ask_for_the_same_is_the_same():
    assert of("optimizer.lr=0.001") == of("optimizer.lr=1e-3")
    assert of("model.hidden=64", "model.layers=3") == of("model.layers=3", "model.hidden=64")


def test_another_task_is_not_imported():
    there = modules_of(frozenset({"xinzhi.tasks.tabular_classification.task"}))
    assert "xinzhi.tasks.tabular_classification.inference" in there
    assert "xinzhi.training.steps" in there
    assert not [name for name in there if "text_classification" in name or "tracking" in name]


@pytest.fixture
def own(store_folder, monkeypatch):
    """A user's project with a module that imports another."""
    project = store_folder.parent
    (project / "xinzhi.yaml").write_text("allow: [mine]")
    package = project / "mine"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "inner.py").write_text("RATE = 1\n")
    (package / "beside.py").write_text("UNUSED = 1\n")
    (package / "outer.py").write_text("from mine.inner import RATE\n\n\nclass A:\n    pass\n")
    monkeypatch.syspath_prepend(str(project))
    sources.forget()
    yield package
    shutil.rmtree(package)
    sources.forget()


def code(package):
    script = (
        "from xinzhi.config import project; project.make_importable();"
        "from xinzhi.sweeping.code import code_of;"
        "print(code_of({'_target_': 'mine.outer.A'}))"
    )
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", script],
        cwd=package.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_code_counts_by_what_it_does_and_only_where_it_is_imported(own):
    before = code(own)
    (own / "inner.py").write_text('"""A docstring."""\n\n# a comment\nRATE = 1  # beside it\n')
    (own / "beside.py").write_text("UNUSED = 2\n")
    assert code(own) == before
    (own / "inner.py").write_text("RATE = 2\n")
    assert code(own) != before


def test_every_cosmetic_key_says_why_and_is_one():
    whole = prepare("train", ["experiment=tumour_screening"])
    for key, why in COSMETIC.items():
        assert why
        top = key.partition(".")[0]
        assert top in whole or top == "sweep", key


def test_no_torch_is_imported_for_it():
    script = (
        "import sys; from xinzhi.config.entry import prepare;"
        "from xinzhi.sweeping.identity import identity;"
        "identity(prepare('train', ['experiment=review_sentiment']));"
        "assert not {'torch', 'mlflow', 'lightning', 'optuna'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603


def test_what_the_environment_holds_counts(monkeypatch):
    found = []
    for rate in ("0.01", "0.5"):
        monkeypatch.setenv("RATE", rate)
        found.append(of("optimizer.lr=${oc.decode:${oc.env:RATE}}"))
    assert found[0].config != found[1].config


def test_a_folder_without_init_counts_and_so_do_packages_around(own):
    (own / "__init__.py").unlink()
    before = code(own)
    (own / "outer.py").write_text("from mine.inner import RATE\n\n\nclass A:\n    x = RATE\n")
    between = code(own)
    (own / "__init__.py").write_text("SET = 1\n")
    assert len({before, between, code(own)}) == 3
