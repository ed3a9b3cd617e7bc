"""`xinzhi compare` from the shell's words to what is said of real runs."""

import json
import subprocess
import sys
from types import SimpleNamespace

import pytest
from conftest import last_of_each

import xinzhi
from xinzhi.config import entry
from xinzhi.config.entry import start
from xinzhi.config.project import store_folder
from xinzhi.sweeping.ledger.ledger import Ledger
from xinzhi.sweeping.records import Axis, Job, Sweep

RATES, SEEDS = ("0.05", "0.0001"), (1, 2)


@pytest.fixture(scope="module")
def project(tmp_path_factory, place_store, tiny, warm_cache):
    """A project with four runs: two learning rates, two seeds each, and a sweep that made them."""
    folder = tmp_path_factory.mktemp("project")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        patch.setenv("XINZHI_CACHE", str(warm_cache))
        patch.chdir(folder)
        place_store(folder)
        runs = {}
        for rate in RATES:
            for seed in SEEDS:
                own = (f"optimizer.lr={rate}", f"seed={seed}", "trainer.max_epochs=3")
                result = entry.run("train", entry.prepare("train", [*last_of_each(*tiny, *own)]))
                runs[rate, seed] = result
        enter_sweep(runs)
    return SimpleNamespace(folder=folder, runs={key: one.run_id for key, one in runs.items()})


def enter_sweep(runs):
    sweep = Sweep(
        name="rates", experiment="tiny", fixed=("experiment=text_classification",), seeds=SEEDS,
        axes=(Axis(key="optimizer.lr", choices=RATES),), phase="ended",
    )  # fmt: skip
    jobs = [
        Job(sweep="rates", number=n, trial=RATES.index(rate), seed=seed, identity=str(n),
            params={"optimizer.lr": rate}, overrides=(f"optimizer.lr={rate}", f"seed={seed}"),
            state="finished", run_id=one.run_id, values=(one.metrics["val/f1_macro"],))
        for n, ((rate, seed), one) in enumerate(runs.items())
    ]  # fmt: skip
    Ledger.open(store_folder() / "sweeps.db").create(sweep, jobs)


@pytest.fixture
def said(project, warm_cache, monkeypatch, capfd):
    """What the command says: code, output, errors."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("XINZHI_CACHE", str(warm_cache))
    monkeypatch.chdir(project.folder)

    def said(*words):
        capfd.readouterr()
        code = start("compare", list(words))
        out, err = capfd.readouterr()
        assert "Traceback" not in err
        return SimpleNamespace(code=code, out=out, err=err)

    return said


def test_two_runs_are_told_with_their_seeds(said, project):
    good, bad = (project.runs[rate, 1] for rate in RATES)
    found = said(bad, good, "resamples=1000")
    assert found.code == 0, found.err
    assert "seeds 1, 2" in found.out
    assert "optimizer.lr" in found.out
    assert "the same rows" in found.out
    told = json.loads(said(bad, good, "resamples=1000", "report=json").out)
    assert next(iter(told["metrics"])) == "f1_macro"
    assert told["differences"]["config"] == [{"key": "optimizer.lr", "values": [0.0001, 0.05]}]
    pair = next(one for one in told["pairs"] if one["metric"] == "f1_macro")
    assert pair["seeds"] == [2, 2]
    assert pair["value_b"] - pair["value_a"] == pytest.approx(pair["difference"])


def test_what_was_kept_is_what_was_logged(said, project):
    store = xinzhi.runs("tiny").set_index("run_id")
    first, second = project.runs.values().__iter__().__next__(), project.runs[RATES[1], 2]
    told = json.loads(said(first, second, "seeds=none", "report=json", "resamples=1000").out)
    for letter, run in zip("AB", (first, second), strict=True):
        for name in ("accuracy", "f1_macro", "auroc"):
            logged = store.loc[run, f"metrics.test/{name}"]
            assert told["metrics"][name][letter] == pytest.approx(logged, abs=1e-6)


def test_torch_is_not_needed_where_answers_were_kept(said, project):  # noqa: ARG001 - its folder
    a, b = project.runs[RATES[0], 1], project.runs[RATES[1], 1]
    code = (
        "import sys; from xinzhi.config.entry import start;"
        f"assert start('compare', ['{a}', '{b}', 'resamples=1000']) == 0;"
        "assert not {'torch', 'lightning', 'transformers'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)  # noqa: S603


@pytest.mark.parametrize("reference", ["tiny/1", "tiny@challenger", "last"])
def test_versions_and_the_last_run_are_meant_as_everywhere(said, project, reference):
    found = said(project.runs[RATES[0], 2], reference, "resamples=1000", "metrics=accuracy")
    assert found.code == 0, found.err
    assert "accuracy" in found.out


def test_a_sweep_is_ranked_with_its_ties(said, project):
    found = said("sweep:rates", f"figure={project.folder / 'sweep.png'}")
    assert found.code == 0, found.err
    assert "sweep rates, 2 configurations" in found.out
    assert (project.folder / "sweep.png").is_file()
    told = json.loads(said("sweep:rates", "report=json").out)
    assert told["counted"] == ["rows", "seeds"]
    assert [one["rank"] for one in told["places"]] == [1, 2]
    assert told["places"][0]["p_value"] is None
    values = [one["value"] for one in told["places"]]
    assert values == sorted(values, reverse=True)


def test_other_rows_are_judged_by_both(said, project, tiny):
    reviews = next(one for one in tiny if one.startswith("data.train=")).partition("=")[2]
    a, b = project.runs[RATES[0], 1], project.runs[RATES[1], 1]
    found = said(a, b, f"data.test={reviews}", "resamples=1000", "report=json")
    assert found.code == 0, found.err
    assert json.loads(found.out)["rows"].startswith("200 test rows of ")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("last",), "takes two runs or versions"),
        ((), "was given none"),
        (("last", "last"), "must be two runs"),
        (("last", "lost"), "'lost' must name a run"),
        (("sweep:rates", "last"), "a sweep is compared by itself"),
        (("sweep:rate",), "rates"),
        (("last~1", "last", "metrics=[f1_makro]"), "f1_macro"),
        (("last~1", "last", "figure=forest.txt"), "must end in"),
        (("last~1", "last", "seeds=all"), "auto"),
        (("last~1", "last", "resamples=0"), "resamples"),
        (("last~1", "last", "level=95"), "level"),
    ],
)
def test_what_cannot_be_compared_is_said(said, words, message):
    found = said(*words)
    assert found.code != 0
    assert message in found.err


@pytest.mark.usefixtures("said")
def test_python_gives_what_the_shell_prints(project):
    a, b = project.runs[RATES[0], 1], project.runs[RATES[1], 1]
    found = xinzhi.compare(a, b, overrides=["metrics=accuracy", "resamples=1000"])
    assert list(found.metrics) == ["accuracy"]
    assert "accuracy" in found.table()
