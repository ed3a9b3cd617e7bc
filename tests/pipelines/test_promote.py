"""`xinzhi promote` from the shell's words to aliases, receipts and the page."""

import json
import shutil
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from xinzhi.config.entry import start

TINY = Path(__file__).parents[1] / "fixtures" / "bundle" / "tiny_model.py"
TEXTS = ["it is good", "it is bad", "good but bad, so bad"]  # the last is bad, but says good once
BLIND, SEEING = [2.0, 0.0], [2.0, -2.0]  # a model that does not hear `bad`, and one that does
ROWS = 4000
CONFIG = "objective: val/accuracy\nmode: max\ndata: {train: a.csv}"
GATE = ("gate.gain=0.05", "gate.calibration_margin=0.1")


def frozen(name, first_row=0):
    """A snapshot of texts, whose test rows come after 100 for training; a tenth is mislabelled."""
    from xinzhi.data import snapshot

    def rows(start, count):
        dice = np.random.default_rng(start)
        kinds = dice.choice(3, count, p=[0.5, 0.3, 0.2])
        positive = (kinds == 0) ^ (dice.random(count) < 0.1)
        labels = np.where(positive, "positive", "negative")
        return pa.table({"text": [TEXTS[kind] for kind in kinds], "label": labels.tolist(),
                         "row": np.arange(start, start + count)})  # fmt: skip

    parts = {"train": rows(first_row, 50), "val": rows(first_row + 50, 50), "test": rows(100, ROWS)}
    manifest = {"name": name, "digest": f"{first_row + 7:04x}" * 8, "columns": {"label": "string"},
                "counts": {split: len(part) for split, part in parts.items()}}  # fmt: skip
    return snapshot.write(parts, manifest, inputs=f"{name}{first_row}")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """Makes finished runs, and versions of them, in a user's project."""
    from safetensors.numpy import save_file

    from xinzhi.deployment.bundle import open_bundle
    from xinzhi.deployment.flavor import input_example, signature
    from xinzhi.registry.versions import register
    from xinzhi.tracking.run import start_run
    from xinzhi.tracking.store import open_store

    folder = tmp_path_factory.mktemp("project")
    (folder / "xinzhi.yaml").write_text("allow: [tiny_model]")
    shutil.copy(TINY, folder)

    def make(name, weights, *, data=None, task="text", registered=True):
        bundle = tmp_path_factory.mktemp("bundle")
        save_file({"weights": np.array(weights, np.float32)}, bundle / "model.safetensors")
        manifest = {"format": 1, "inference": "tiny_model.Tiny"}
        (bundle / "bundle.json").write_text(json.dumps(manifest))
        inference = open_bundle(bundle)
        words = {"run_name": f"tiny {weights}", "params": {}, "tags": {"task": task},
                 "config_yaml": CONFIG}  # fmt: skip
        with start_run(store, experiment=name, system_metrics=False, **words) as tracked:
            tracked.dataset(data or frozen("texts"), source="a.csv", context="training")
            model_id = tracked.model(
                "model", bundle, signature=signature(inference),
                input_example=input_example(inference),
            )  # fmt: skip
        if registered:
            register(store, model_id=model_id, run_id=tracked.run_id, name=name)
        return tracked.run_id

    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.syspath_prepend(str(folder))
        patch.setenv("XINZHI_CACHE", str(folder / "cache"))
        store = open_store()
        make.store, make.champions = store, set()
        yield make


def said(capfd, *words):
    code = start("promote", [*words, "report=json"])
    out = capfd.readouterr()
    return code, json.loads(out.out), out.err


def aliases(made, name):
    found = made.store.client.get_registered_model(name).aliases
    return {alias: int(version) for alias, version in found.items()}


def receipts(made, name):
    from xinzhi.registry.receipts import open_ledger

    return open_ledger(made.store).receipts(name)


@pytest.fixture
def champion(made, capfd, request):
    """The name of a model whose first version, the blind one, is champion."""
    name = request.node.originalname
    if name in made.champions:
        return name  # of another case of the same test
    made(name, BLIND)
    code, told, err = said(capfd, name, "gate.floors.objective=0.6")
    assert code == 0, err
    assert told["decision"] == "promoted"
    assert aliases(made, name) == {"champion": 1}
    made.champions.add(name)
    return name


def test_the_better_one_answers_from_now_on(made, champion, capfd):
    made(champion, SEEING)
    code, told, _ = said(capfd, champion, "text=hears what is bad", *GATE)
    assert (code, told["decision"], told["exit_code"]) == (0, "promoted", 0), told["sentence"]
    assert aliases(made, champion) == {"champion": 2, "previous": 1}
    gates = {gate["name"]: gate for gate in told["gates"]}
    assert {"main", "calibration", "unseen rows", "signature", "size", "latency single",
            "robustness typos", "provenance"} <= set(gates)  # fmt: skip
    main = gates["main"]["figures"]
    assert main["champion"] == pytest.approx(0.74, abs=0.03)
    assert main["challenger"] == pytest.approx(0.9, abs=0.02)
    last = receipts(made, champion)[-1]
    assert (last.action, last.text, last.number) == (
        "promote",
        "hears what is bad",
        told["receipt"],
    )
    assert last.hash == told["head"]
    page = Path(told["page"]).read_text(encoding="utf-8")
    assert told["sentence"].split(";")[0] in page.replace("&#39;", "'")
    assert "://" not in page
    assert last.files.keys() == {f"promotion/{Path(told['page']).name}"}


def test_one_that_is_no_better_is_refused_and_so_noted(made, champion, capfd):
    made(champion, [2.0, 0.1])
    code, told, _ = said(capfd, f"{champion}/2", *GATE)
    assert (code, told["decision"]) == (3, "refused")
    assert told["sentence"].startswith(f"Do not promote {champion}/2 over {champion}/1")
    assert aliases(made, champion) == {"champion": 1, "challenger": 2}
    assert [one.action for one in receipts(made, champion)] == ["promote", "refuse"]


def test_a_person_may_override_and_the_receipt_says_so(made, champion, capfd):
    made(champion, [2.0, 0.1])
    code, told, _ = said(capfd, champion, "override=the old one cannot be run, it breaks")
    assert (code, told["decision"]) == (0, "promoted")
    assert "by override (the old one cannot be run, it breaks)" in told["sentence"]
    assert receipts(made, champion)[-1].override == "the old one cannot be run, it breaks"
    assert aliases(made, champion)["champion"] == 2


def test_an_override_of_what_cannot_be_decided_is_on_the_receipt_too(made, champion, capfd):
    made(champion, SEEING)
    narrow = [GATE[1], "gate.gain=0.001", "gate.power=0.99", "override=we must"]
    code, told, _ = said(capfd, champion, *narrow)
    assert (code, told["decision"], told["override"]) == (0, "promoted", "we must")
    assert receipts(made, champion)[-1].override == "we must"


def test_a_dry_look_decides_nothing(made, champion, capfd):
    made(champion, SEEING)
    code, told, _ = said(capfd, champion, *GATE, "dry=true")
    assert (code, told["decision"], told["receipt"]) == (0, "would promote", None)
    assert aliases(made, champion)["champion"] == 1
    assert len(receipts(made, champion)) == 1
    assert "Nothing was decided (dry=true)" in Path(told["page"]).read_text(encoding="utf-8")
    assert told["page"].endswith("-default-dry.html")


@pytest.mark.parametrize("dry", ["dry=true", "dry=false"])
@pytest.mark.parametrize("reference", ["/2", "/3", ""])
def test_an_alias_that_was_moved_by_hand_stops_the_judgement(made, champion, capfd, reference, dry):
    name, client = champion, made.store.client
    while len(client.search_model_versions(f"name='{name}'")) < 3:
        made(name, SEEING)
    before = len(receipts(made, name))
    for move in (
        lambda: client.delete_registered_model_alias(name, "champion"),
        lambda: client.set_registered_model_alias(name, "champion", "2"),
    ):
        move()
        assert start("promote", [f"{name}{reference}", *GATE, dry]) == 2
        err = capfd.readouterr().err
        assert "must point where the last decision let it, at version 1" in err
        assert f"xinzhi rollback {name} to=1 " in err
        assert len(receipts(made, name)) == before
    assert start("rollback", [name, "to=1"]) == 0  # as the message says
    capfd.readouterr()
    code, told, _ = said(capfd, f"{name}/2", *GATE, "dry=true")
    assert (code, told["champion"]) == (0, f"{name}/1")


def test_where_all_champions_were_deleted_a_person_says_which_is_it(made, champion, capfd):
    made(champion, SEEING)
    made.store.client.delete_model_version(champion, "1")
    assert start("promote", [f"{champion}/2"]) == 2
    assert f"xinzhi rollback {champion} to=VERSION override='why'" in capfd.readouterr().err
    assert start("rollback", [champion, "to=2", "override=version 1 was deleted"]) == 0
    assert aliases(made, champion)["champion"] == 2


def test_a_champion_of_before_there_were_receipts_is_adopted(made, capfd):
    for weights in (BLIND, SEEING):
        made("adopted", weights)
    made.store.client.set_registered_model_alias("adopted", "champion", "1")
    code, told, err = said(capfd, "adopted/2", *GATE)
    assert (code, told["champion"]) == (0, "adopted/1"), err
    assert "`champion` pointed at version 1 before there was a receipt" in told["told"][0]
    assert receipts(made, "adopted")[-1].data["adopted"] == 1
    assert "before there was a receipt" in Path(told["page"]).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("gate.slices={young: {column: age, values: [1]}}", "age"),
        ("gate.slices={endless: {words: [900, 999]}}", "slice endless must hold rows"),
        ("gate.sensitive=[sex]", "sex"),
    ],
)
def test_what_the_gate_names_is_checked_for_the_first_champion_too(made, capfd, words, message):
    if "unheard" not in made.champions:
        made("unheard", BLIND)
        made.champions.add("unheard")
    assert start("promote", ["unheard", "gate.floors.objective=0.6", words]) in {1, 2}
    assert message in capfd.readouterr().err
    assert receipts(made, "unheard") == []


def test_a_second_person_may_have_to_approve(made, champion, capfd):
    made(champion, SEEING)
    code, told, _ = said(capfd, champion, *GATE, "gate.approvals=1")
    assert (code, told["decision"]) == (4, "waits for approval")
    assert told["sentence"].startswith("Waits for another person to approve, and the alias has not")
    assert aliases(made, champion)["champion"] == 1
    last = receipts(made, champion)[-1]
    assert (last.action, last.sentence) == ("propose", told["sentence"])
    dry, looked, _ = said(capfd, champion, *GATE, "gate.approvals=1", "dry=true")
    assert (dry, looked["decision"]) == (4, "would wait for approval")


def test_a_run_becomes_a_version_to_be_promoted(made, champion, capfd):
    run_id = made(champion, SEEING, registered=False)
    code, told, _ = said(capfd, run_id[:12], *GATE)
    assert (code, told["challenger"]) == (0, f"{champion}/2")
    assert aliases(made, champion)["champion"] == 2


def test_rows_that_the_challenger_was_trained_on_do_not_decide(made, champion, capfd):
    made(champion, SEEING, data=frozen("texts", first_row=300))
    code, told, _ = said(capfd, champion, *GATE)
    gate = next(one for one in told["gates"] if one["name"] == "unseen rows")
    assert (code, gate["passed"]) == (3, False)
    assert "saw 100 of them" in gate["sentence"]


def test_each_further_pair_spends_of_the_same_test_rows(made, capfd):
    for number in (1, 2, 3):
        made("spent", [2.0, -0.01 * number])
    # rows of their own, since all other tests decide by the same ones
    earlier = [one.data["rows"] for one in receipts(made, None) if one.judged]
    assert said(capfd, "spent/1", "gate.floors.objective=0.6")[0] == 0
    first = said(capfd, "spent/2", *GATE)[1]
    assert first["k_earlier"] == len(
        {(one.champion.run_id, one.challenger.run_id) for one in receipts(made, None)[:-1]
         if one.judged and one.champion and one.challenger and one.data["rows"] in earlier}
    )  # fmt: skip
    again = said(capfd, "spent/2", *GATE)[1]
    second = said(capfd, "spent/3", *GATE)[1]
    assert again["k_earlier"] == first["k_earlier"]
    assert second["k_earlier"] == first["k_earlier"] + 1
    assert second["verdict"]["alpha"] < first["verdict"]["alpha"]


def test_what_these_rows_cannot_decide_is_refused(made, champion, capfd):
    made(champion, SEEING)
    code, told, _ = said(capfd, champion, "gate.gain=0.001")
    assert code == 3
    dry, looked, _ = said(capfd, champion, "gate.gain=0.001", "dry=true")
    assert (dry, looked["decision"], looked["receipt"]) == (3, "would refuse", None)
    assert told["verdict"]["decidable"] is False
    assert "cannot decide a gain of 0.1 points" in told["sentence"]
    assert told["verdict"]["examples_needed"] > ROWS


def test_slices_are_those_of_the_words(made, champion, capfd):
    made(champion, SEEING)
    slices = "gate.slices={long: {words: [4, 9]}}"
    _, told, _ = said(capfd, champion, *GATE, slices, "dry=true")
    gate = next(one for one in told["gates"] if one["name"] == "slice long")
    assert gate["figures"]["examples"] == pytest.approx(ROWS / 5, rel=0.1)


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "`reference=` must be given"),
        (("nobody",), "must name a run or a registered model"),
        (("CHAMPION",), "is champion already"),
        (("CHAMPION", "gate=defalt"), "did you mean default"),
        (("CHAMPION", "gate.power=80"), "`gate.power` must be a share"),
        (("CHAMPION", "gate.rule=better"), "superiority"),
        (("CHAMPION", "gate.slice_margn=0.1"), "gate.slice_margin"),
        (("CHAMPION/9",), "must name a version"),
        (("CHAMPION", "override="), "override= must say why in words"),
        (("CHAMPION", "data.test=nowhere.csv"), "nowhere.csv"),
    ],
)
def test_what_cannot_be_promoted_is_said(champion, capfd, words, message):
    code = start("promote", [word.replace("CHAMPION", champion) for word in words])
    err = capfd.readouterr().err
    assert code != 0
    assert message in err
    assert "Traceback" not in err


def test_models_of_other_tasks_and_without_versions_are_refused(made, champion, capfd):
    made(champion, SEEING, task="tables")
    assert start("promote", [champion]) != 0
    assert "must be of one task" in capfd.readouterr().err
    made.store.client.create_registered_model("empty")
    assert start("promote", ["empty"]) != 0
    assert "must have a version" in capfd.readouterr().err
