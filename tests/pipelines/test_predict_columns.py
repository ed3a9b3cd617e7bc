"""A model trained on columns of any name answers a file, a frame and MLflow by these names."""

import json

import mlflow
import pandas as pd
import pytest

import xinzhi
from xinzhi.config.entry import start
from xinzhi.config.project import store_folder
from xinzhi.errors import DataError
from xinzhi.tracking.store import open_store


@pytest.fixture(params=["描述", "[subject,body]"])
def columns(request, train, tmp_path):
    """Trains on the reviews under other names; gives these."""
    names = request.param.strip("[]").split(",")
    given = next(word for word in train.tiny if word.startswith("data.train="))
    reviews = pd.read_csv(given.partition("=")[2])
    table = pd.DataFrame(dict.fromkeys(names, reviews["text"])).assign(label=reviews["label"])
    table.to_csv(tmp_path / "train.csv", index=False)
    done = train("data.train=train.csv", f"data.text={request.param}", "data.ignore=[]")
    assert done.code == 0, done.err
    return names


def answers(folder, *words):
    assert start("predict", ["tiny", "input=new.csv", "output=out.csv", *words]) == 0
    return pd.read_csv(folder / "out.csv")["p:positive"].tolist()


def test_the_columns_need_not_be_named_again(columns, tmp_path, capfd):
    rows = [["works well", "bad service"][: len(columns)], ["awful", "never again"][: len(columns)]]
    frame = pd.DataFrame(rows, columns=columns)
    texts = ["\n".join(row) for row in rows]
    model = xinzhi.load("tiny")
    expected = model.predict(texts)
    close = pytest.approx(expected["p:positive"].tolist(), abs=1e-5)

    frame.assign(id=[7, 8], note="good").to_csv(tmp_path / "new.csv", index=False)
    assert answers(tmp_path) == close
    pd.DataFrame({"id": [7, 8], "text": texts}).to_csv(tmp_path / "new.csv", index=False)
    assert answers(tmp_path) == close
    pd.DataFrame({"id": [7, 8], "note": texts}).to_csv(tmp_path / "new.csv", index=False)
    assert answers(tmp_path, "text=note") == close
    capfd.readouterr()
    assert start("predict", ["tiny", "input=new.csv", "output=out.csv"]) == 1
    said = capfd.readouterr().err
    assert f"must have a column '{columns[0]}'; its columns: id, note" in said
    assert "text=COLUMN" in said

    pd.testing.assert_frame_equal(model.predict(frame.assign(id=1)), expected)
    pd.testing.assert_frame_equal(model.predict(pd.DataFrame({"text": texts})), expected)
    with pytest.raises(DataError, match="the records must have a column"):
        model.predict(pd.DataFrame({"note": texts}))

    with open_store().as_global():
        served = mlflow.pyfunc.load_model("models:/tiny/1")
    for given in (frame, pd.DataFrame({"text": texts})):
        assert served.predict(given)["p:positive"].tolist() == close
    if len(columns) == 1:
        assert served.predict(texts)["p:positive"].tolist() == close
    else:
        with pytest.raises(DataError, match="a frame with the columns body, subject, text"):
            served.predict(texts)


def test_a_bundle_that_remembers_no_columns_takes_the_plain_one(train):
    assert train().code == 0
    (manifest,) = (store_folder() / "artifacts").rglob("bundle.json")
    content = json.loads(manifest.read_text())
    assert content["settings"].pop("text") == ["text"]
    manifest.write_text(json.dumps(content))
    assert len(xinzhi.load("tiny").predict(pd.DataFrame({"text": ["good"], "id": [1]}))) == 1
