from xinzhi.config import provenance
from xinzhi.config.compose import explained
from xinzhi.config.provenance import Value

OPTION = "conf/model/text_classification/minilm.yaml"
EXPERIMENT = "conf/experiment/review_sentiment.yaml"


def values(*typed):
    return {v.key: v for v in provenance.values(*explained("train", typed))}


def test_every_value_has_a_home():
    found = values("model.dropout=0.3")
    assert found["model.dropout"] == Value("model.dropout", "0.3", "typed", "0.1", True)  # noqa: FBT003
    assert found["model.pooling"].source == OPTION
    assert not found["model.pooling"].by_hand
    assert found["datamodule.max_length"].source == EXPERIMENT
    assert found["datamodule.max_length"].default == "128"
    assert found["trainer.max_steps"].source == "conf/trainer/auto.yaml"
    assert found["name"].source == "the experiment's name"
    assert all(value.source for value in found.values())


def test_what_follows_another_key_says_which_and_where_that_is_set():
    rate = values()["optimizer.lr"]
    assert rate.value == "0.0001"
    assert rate.source == (
        f"conf/optimizer/adamw.yaml, which follows model._suggests_.lr ({EXPERIMENT})"
    )
    assert rate.by_hand
    assert values("model._suggests_.lr=0.01")["optimizer.lr"].source.endswith(" (typed)")


def test_files_are_merged_in_the_order_of_the_defaults_list():
    found = values("trainer=cpu", "debug=limit")
    assert found["trainer.accelerator"].source == "conf/trainer/cpu.yaml"
    assert found["trainer.devices"].source == "conf/trainer/auto.yaml"
    assert found["trainer.max_epochs"].source == "conf/debug/limit.yaml"
    assert not found["trainer.accelerator"].by_hand


def test_what_was_meant_for_another_option_is_gone():
    found = values("model=textcnn")
    assert "model.freeze" not in found
    assert found["optimizer.lr"].source.endswith("text_classification/textcnn.yaml)")


def test_ones_own_files_are_told_from_the_current_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "xinzhi.yaml").write_text("")
    folder = tmp_path / "conf" / "optimizer"
    folder.mkdir(parents=True)
    (folder / "mine.yaml").write_text("_target_: torch.optim.Adam\n_partial_: true\nlr: 0.01\n")
    assert values("optimizer=mine")["optimizer.lr"].source == "conf/optimizer/mine.yaml"


def test_secrets_are_not_shown(monkeypatch):
    monkeypatch.setenv("DB_PASSWORD", "c4n4ry-value")
    told = values("tracking.uri=postgresql://ana:c4n4ry-value@db/x")["tracking.uri"]
    assert "c4n4ry" not in str(told)
