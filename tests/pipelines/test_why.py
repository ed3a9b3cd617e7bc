"""`xinzhi why` from two finished runs to the cause: by a made-up trainer, and by a real one."""

import json
from types import SimpleNamespace

import numpy as np
import pytest

from xinzhi.config import identity
from xinzhi.config.compose import compose, fully_resolved
from xinzhi.config.entry import start
from xinzhi.config.targets import build
from xinzhi.pipelines import train as pipeline
from xinzhi.sweeping.ledger.opening import open_ledger
from xinzhi.tracking.run import start_run
from xinzhi.tracking.store import open_store

A = ("experiment=tumour_screening",)
B = (*A, "optimizer.lr=0.1", "model.hidden=64", "model.dropout=0.3", "model.layers=3",
     "task.label_smoothing=0.1", "scheduler=linear")  # fmt: skip
METRIC = "val/loss"


def _alone(plain):
    return 1.0 + 0.5 * (plain["optimizer"]["lr"] == 0.1)


def _together(plain):
    both = plain["model"]["hidden"] == 64 and plain["model"]["layers"] == 3
    return 1.0 + 0.5 * both


@pytest.fixture(scope="module")
def project(tmp_path_factory, place_store):
    """A project whose store the tests share: what each of them asks is in a ledger of its own."""
    folder = tmp_path_factory.mktemp("project")
    place_store(folder)
    return folder


@pytest.fixture(scope="module")
def known():
    """Runs of the module by what was trained: ids of all seeds."""
    return {}


@pytest.fixture
def made_up(project, known, monkeypatch, tmp_path):
    """A trainer whose metric is made up from the config, and `why` that trains by it."""
    made = SimpleNamespace(value=_alone, trained=[], breaks=lambda plain: False)  # noqa: ARG005
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setenv("XINZHI_LEDGER", str(tmp_path / "ledger.db"))
    monkeypatch.chdir(project)

    def run(config, beside=None):
        plain = fully_resolved(config)
        if made.breaks(plain):
            raise ValueError("the shapes do not fit")
        snapshot = (beside and beside.snapshot) or build(plain["data"]).prepare()
        plain["digest"] = snapshot.digest
        noise = np.random.default_rng([config.seed, len(str(plain))]).normal(0, 0.02)
        value = made.value(plain) + noise
        made.trained.append(plain)
        with start_run(
            open_store(mend=False),
            experiment=config.name,
            run_name=identity.run_name("made-up", config.asked.overrides, config.seed),
            config_yaml=identity.config_text(config),
            params=identity.flat(config),
            tags={"task": "tabular_classification", **(beside.tags if beside else {})},
            system_metrics=False,
        ) as tracked:
            read = {"source": "", "context": "training", "profile": snapshot.counts}
            tracked.dataset(snapshot, **read)
            tracked.metrics({METRIC: value}, step=1)
            command = identity.command_line("train", config.asked.overrides)
            tracked.describe(f"`{command}`\n\nIt finished.")
        return {"run_id": tracked.run_id, "metrics": {METRIC: value}, "wall_s": 0.1}

    monkeypatch.setattr(pipeline, "run", run)

    def trained(words, seeds=(1, 2, 3)):
        """The last of these runs; tests share those whose metric is made up the same way."""
        shared = made.value in (_alone, _together)
        name = made.value.__name__ if shared else tmp_path.name
        key = (name, words, seeds)
        if key not in known:
            known[key] = [
                run(compose("train", [*words, f"name={name}", f"seed={seed}"]))["run_id"]
                for seed in seeds
            ]
        return known[key][-1]

    made.trained_with = trained
    return made


def why(capfd, *words):
    capfd.readouterr()
    code = start("why", [*words, "workers=0", "report=json"])
    out, err = capfd.readouterr()
    told = json.loads(out) if out.strip() else {}
    return SimpleNamespace(code=code, err=err, told=told, **told)


def test_the_key_that_carries_the_difference_is_named(made_up, capfd):
    a, b = made_up.trained_with(A), made_up.trained_with(B)
    found = why(capfd, a, b)
    assert found.code == 0, found.err
    assert (found.cause, found.kind, found.real) == (["optimizer.lr"], "single", True)
    assert found.effect["low"] < 0.5 < found.effect["high"]
    assert {one["name"] for one in found.factors} == {
        "optimizer.lr", "model.hidden", "model.dropout", "model.layers", "task.label_smoothing",
        "scheduler",
    }  # fmt: skip
    assert len(found.probes) <= 8
    assert found.runs_of_a_and_b == 0
    assert found.next.endswith("optimizer.lr=0.1")
    assert "about" in found.err  # how long it takes is said before
    checked = fully_resolved(compose("train", found.next.split()[2:]))
    assert checked["optimizer"]["lr"] == 0.1
    assert checked["model"]["hidden"] == 128


def test_two_keys_that_carry_it_together_are_named(made_up, capfd):
    made_up.value = _together
    found = why(capfd, made_up.trained_with(A), made_up.trained_with(B))
    assert sorted(found.cause) == ["model.hidden", "model.layers"]
    assert found.kind == "both"
    assert len(found.probes) <= 14


def test_the_same_question_is_answered_from_the_ledger(made_up, capfd):
    made_up.value = lambda plain: _alone(plain) + 1  # runs of its own, of one seed alone
    a, b = made_up.trained_with(A, (1,)), made_up.trained_with(B, (1,))
    first = why(capfd, a, b)
    assert first.runs_of_a_and_b == 4
    count = len(made_up.trained)
    again = why(capfd, a, b)
    assert len(made_up.trained) == count
    assert (again.cause, again.probes) == (first.cause, first.probes)


def test_probes_are_no_trainings_of_their_own(made_up, capfd):
    made_up.value = lambda plain: _alone(plain) - 1  # runs of its own, the latest
    a, b = made_up.trained_with(A), made_up.trained_with(B)
    found = why(capfd, "last~3", "last")
    assert found.code == 0, found.err
    store = open_store()
    tags = [store.client.get_run(one["run_id"]).data.tags for one in found.probes]
    assert {one["pipeline"] for one in tags} == {"why"}
    assert why(capfd, a, "last").told["b"] == b  # `last` passes over them
    assert not store.client.search_registered_models()
    over = store.client.get_run(tags[0]["mlflow.parentRunId"])
    assert over.info.status == "FINISHED"
    assert "optimizer.lr" in over.data.tags["mlflow.note.content"]


def test_a_difference_that_seeds_make_is_not_searched(made_up, capfd):
    made_up.value = lambda plain: 1.0 + 0.02 * (plain["optimizer"]["lr"] == 0.1)
    a, b = made_up.trained_with(A), made_up.trained_with(B)
    found = why(capfd, a, b, "rate=0.001")
    assert (found.real, found.cause, found.probes) == (False, None, [])
    assert "not more than seeds make" in found.answer
    forced = why(capfd, a, b, "rate=0.001", "force=true", "probes=3")
    assert len(forced.probes) == 3


def test_a_single_difference_needs_no_probe(made_up, capfd):
    a, b = made_up.trained_with(A), made_up.trained_with((*A, "optimizer.lr=0.1"))
    count = len(made_up.trained)
    found = why(capfd, a, b)
    assert found.cause == ["optimizer.lr"]
    assert len(made_up.trained) == count


def test_mixtures_that_do_not_train_are_passed_over(made_up, capfd):
    def breaks(plain):  # wide and deep do not fit together, but for A's own
        return (plain["model"]["hidden"] == 64) != (plain["model"]["layers"] == 3)

    made_up.breaks = breaks
    found = why(capfd, made_up.trained_with(A), made_up.trained_with(B))
    if found.code == 0:
        assert found.cause == ["optimizer.lr"]
    else:
        assert "probes failed" in found.err


def test_rows_are_one_of_the_factors(made_up, capfd, tmp_path):
    """The same file holds others rows by the time B is trained, and no declaration differs."""
    file = tmp_path / "rows.csv"
    lines = [f"{n},{n % 7},{'yes' if n % 3 else 'no'}" for n in range(200)]
    own = ("experiment=tabular_classification", f"data.train={file}", "data.label=c")
    file.write_text("\n".join(["a,b,c", *lines[:100]]))
    made_up.value = lambda plain: 1.0  # noqa: ARG005
    made_up.trained_with(own)
    first = made_up.trained[-1]["digest"]
    made_up.value = lambda plain: 1.0 + 0.5 * (plain["digest"] != first)
    file.write_text("\n".join(["a,b,c", *lines]))
    made_up.trained_with((*own, "model.hidden=32", "optimizer.lr=0.01"))
    found = why(capfd, "last~3", "last", "metric=val/loss")
    assert found.code == 0, found.err
    assert (found.cause, found.kind) == (["data"], "single")
    assert {one["name"] for one in found.factors} == {"data", "model.hidden", "optimizer.lr"}
    assert " data diff " in found.next


def test_more_runs_than_asked_for_are_not_made(made_up, capfd):
    a, b = made_up.trained_with(A), made_up.trained_with(B)
    found = why(capfd, a, b, "probes=2", "probes_for_one=2")
    assert len(found.probes) == 2
    assert found.code == 0


def test_shorter_probes_measure_a_and_b_anew(made_up, capfd):
    a, b = made_up.trained_with(A), made_up.trained_with((*B, "trainer.max_epochs=7"))
    count = len(made_up.trained)
    found = why(capfd, a, b, "probe.max_epochs=2")
    assert found.cause == ["optimizer.lr"]
    assert found.runs_of_a_and_b == 6
    assert all(one["trainer"]["max_epochs"] == 2 for one in made_up.trained[count:])
    assert any("trainer.max_epochs is not exchanged" in note for note in found.notes)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ((), "takes two runs"),
        (("last",), "takes two runs"),
        (("last", "last"), "must be two runs"),
        (("last~1", "last", "metric=val/losss"), "val/loss"),
        (("last~1", "last", "seeds=1"), "seeds at least 2"),
        (("last~1", "last", "sure=1"), "sure must be"),
        (("last~1", "nobody"), "nobody"),
    ],
)
def test_bad_questions_are_answered(made_up, capfd, words, told):
    made_up.trained_with(A, (1,))
    made_up.trained_with(B, (1,))
    found = why(capfd, *words)
    assert found.code != 0
    assert told in found.err
    assert "Traceback" not in found.err


def test_what_was_cut_short_goes_on(made_up, capfd):
    a, b = made_up.trained_with(A), made_up.trained_with(B)
    before, count = made_up.value, len(made_up.trained)

    def cut(plain):
        if len(made_up.trained) == count + 2:  # the third probe
            raise KeyboardInterrupt
        return before(plain)

    made_up.value = cut
    assert why(capfd, a, b).code == 130
    ledger = open_ledger()
    (sweep,) = [sweep for sweep, _ in ledger.sweeps()]
    assert sweep.phase == "stopped"
    assert ledger.counts(sweep.name)["finished"] == 2
    made_up.value = before
    found = why(capfd, a, b)
    assert found.cause == ["optimizer.lr"]
    assert found.sweep == sweep.name
    assert start("sweep", ["resume", sweep.name]) != 0
    assert "xinzhi why" in capfd.readouterr().err
    assert len({one["seed"] for one in found.probes}) == len(found.probes)
