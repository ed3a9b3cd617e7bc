import pytest

from xinzhi.config.compose import compose
from xinzhi.errors import ConfigError

pytestmark = pytest.mark.usefixtures("conf")


def refused(*overrides, pipeline="train"):
    with pytest.raises(ConfigError) as caught:
        compose(pipeline, overrides)
    return str(caught.value)


def test_an_experiment_chooses_and_sets():
    config = compose("train", [])
    assert config.model.in_features == 5
    assert (config.seed, config.optimizer.lr, config.name) == (7, 3e-5, "first")
    assert config.debug is None
    assert config.asked.choices.model == "words/small"


def test_a_person_overrides_the_experiment():
    assert compose("train", ["seed=2", "model.in_features=6"]).model.in_features == 6


def test_settings_for_the_option_no_longer_chosen_do_not_leak():
    config = compose("train", ["model=wide"])
    assert "in_features" not in config.model
    assert config.optimizer.lr == 3e-5  # this choice was kept, and so its settings
    assert compose("train", ["optimizer=sgd"]).optimizer.lr == 0.1


def test_the_same_option_said_again_keeps_its_settings():
    assert compose("train", ["model=small"]).model.in_features == 5
    assert compose("train", ["model=words/small"]).model.in_features == 5


def test_a_value_meant_for_the_old_option_is_said_to_be():
    told = refused("model=wide", "model.in_features=3")
    assert "meant for torch.nn.Linear" in told
    assert "in1_features" in told


def test_a_debug_body_is_not_an_experiments():
    assert compose("train", ["debug=quick", "optimizer=sgd"]).optimizer.lr == 0.5


def test_the_tasks_folder_is_found():
    assert compose("train", ["model=wide"]).asked.choices.model == "words/wide"


def test_a_model_of_another_task_is_refused():
    assert "must be of the task words, was of images" in refused("model=deep")
    assert "must be of the task words, was of images" in refused("model=images/wide")


def test_null_takes_a_group_away():
    assert compose("train", ["optimizer=null"]).optimizer is None


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("experiment=frist", "did you mean first?"),
        ("model=smal", "did you mean small?"),
        ("optimzer=sgd", "did you mean optimizer?"),
        ("optimizer.lrr=1", "did you mean optimizer.lr?"),
        ("model.in_feature=3", "did you mean model.in_features?"),
        ("+experimnt=foo", "did you mean experiment?"),
        ("+model.in_featurs=3", "did you mean model.in_features?"),
        ("logger=csv", "called `tracking=` here"),
        ("hparams_search=optuna", "called `sweep=` here"),
        ("hydra.run.dir=x", "no effect"),
        ("model=small@champion", "names a config"),
        ("model=small,wide", "add -m"),
        ("seed=abc", "must be of the type int"),
        ("debug.x=1", "choose debug= first"),
        ("model=../../secret", "is unknown"),
    ],
)
def test_what_is_unknown_is_answered(typed, told):
    assert told in refused(typed)


def test_all_options_are_listed():
    assert "candidates: small, wide" in refused("model=zzz")


def test_a_signatures_key_needs_no_plus():
    assert compose("train", ["optimizer.amsgrad=true"]).optimizer.amsgrad is True


def test_a_declared_place_takes_new_keys():
    assert compose("train", ["+extra.note=hello"]).extra.note == "hello"


def test_numbers_become_text_where_text_is_meant(conf):
    data = "_target_: xinzhi.data.declaration.Declaration\ntrain: ???\ntext: text\nlabel: label\n"
    (conf / "task" / "words" / "data.yaml").write_text(data)
    config = compose("train", ["task=data", "task.label=2024", "task.ignore=[1,b]"])
    assert config.task.label == "2024"
    assert list(config.task.ignore) == ["1", "b"]


def test_the_name_is_asked_for_where_the_experiment_leaves_it_open():
    from omegaconf import OmegaConf

    assert OmegaConf.is_missing(compose("train", ["experiment=own"]), "name")
    assert compose("train", ["experiment=own", "name=tickets"]).name == "tickets"


def test_an_experiment_cannot_invent_a_top_level_key(conf):
    (conf / "experiment" / "typo.yaml").write_text("# @package _global_\noptimzer:\n  lr: 1\n")
    assert "did you mean optimizer?" in refused("experiment=typo")


def test_broken_yaml_is_told_in_a_line(conf):
    (conf / "experiment" / "broken.yaml").write_text("# @package _global_\na: [1\n")
    assert "broken.yaml" in refused("experiment=broken")


def test_the_environment_stays_unresolved(monkeypatch):
    from omegaconf import OmegaConf

    monkeypatch.setenv("CANARY", "c4n4ry-value")
    config = compose("train", ["uri=${oc.env:CANARY}"])
    assert "c4n4ry" not in OmegaConf.to_yaml(config, resolve=False)
    assert config.uri == "c4n4ry-value"


def test_a_users_conf_is_searched_first(tmp_path, monkeypatch):
    mine = tmp_path / "project"
    (mine / "conf" / "model" / "words").mkdir(parents=True)
    (mine / "conf" / "model" / "words" / "mine.yaml").write_text("_target_: torch.nn.Identity\n")
    (mine / "deep" / "er").mkdir(parents=True)
    monkeypatch.chdir(mine / "deep" / "er")
    assert "is unknown" in refused("model=mine")
    (mine / "xinzhi.yaml").write_text("allow: [acme]\n")
    assert compose("train", ["model=mine"]).model._target_ == "torch.nn.Identity"


def test_an_unknown_pipeline_is_named():
    assert "did you mean train?" in refused(pipeline="trian")


MAPPING = ["data=table", "data.train=a.csv", "data.label=y"]


@pytest.mark.parametrize(
    ("typed", "key", "value"),
    [
        ("data.missing.age=median", "missing", {"age": "median"}),
        ("data.schema.age.min=0", "schema", {"age": {"min": 0}}),
        ("data.outliers.fixed-acidity=[0,9]", "outliers", {"fixed-acidity": [0, 9]}),
        ("data.private.patterns=[email]", "private", {"patterns": ["email"]}),
        ("data.checks.ordered=ends >= starts", "checks", {"ordered": "ends >= starts"}),
        ("data.missing.年龄=median", "missing", {"年龄": "median"}),
        ("data.missing={年龄: median, Row No: 0}", "missing", {"年龄": "median", "Row No": 0}),
    ],
)
def test_the_keys_of_a_mapping_are_anyones(typed, key, value, monkeypatch):
    monkeypatch.undo()  # the packaged declarations
    assert compose("train", [*MAPPING, typed]).data[key] == value


def test_a_mapping_is_filled_key_by_key(monkeypatch):
    monkeypatch.undo()
    typed = ["data.schema.age.min=0", "data.schema.age.max=9", "data.schema.town=string"]
    held = compose("train", [*MAPPING, *typed]).data.schema
    assert held == {"age": {"min": 0, "max": 9}, "town": "string"}
    left = compose("train", [*MAPPING, *typed, "~data.schema.age"]).data.schema
    assert left == {"town": "string"}
    for typed in ("data.mising.age=0", "data.label.age=0"):
        with pytest.raises(ConfigError, match=r"data\.missing|must hold keys"):
            compose("train", [*MAPPING, typed])
