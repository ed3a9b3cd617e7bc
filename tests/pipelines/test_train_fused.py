"""A text beside its customer's columns: learned together, saved, loaded and asked."""

import numpy as np
import pandas as pd
import pytest

import xinzhi
from xinzhi.config.entry import start
from xinzhi.errors import DataError

TEXTS = {
    True: ["please cancel it", "i want to leave", "stop this now", "end my contract"],
    False: ["how do i pay", "please explain the bill", "what does it cost", "is there more"],
}


@pytest.fixture
def tickets(tmp_path):
    """The label depends on text and columns together: neither tells it alone."""
    random = np.random.default_rng(0)
    leaves, old = random.random(800) < 0.5, random.random(800) < 0.5
    words = [f"{random.choice(TEXTS[bool(one)])} {number}" for number, one in enumerate(leaves)]
    table = pd.DataFrame(
        {
            "subject": words,
            "years": np.where(old, random.uniform(5, 20, 800), random.uniform(0, 4, 800)).round(1),
            "tariff": random.choice(["a", "b"], 800),
            "queue": np.where(leaves == old, "specialist", "desk"),
        }
    )
    table.to_csv(tmp_path / "tickets.csv", index=False)
    return table


def test_what_text_and_columns_tell_together_is_learned(train, tickets, tmp_path, capfd):
    words = ("experiment=text_classification", "name=tickets", "data.train=tickets.csv",
             "data.text=subject", "data.label=queue", "model=textcnn", "model.embedding=16",
             "model.channels=8", "model.dropout=0.1", "optimizer.lr=1e-2", "trainer=cpu",
             "trainer.precision=32-true", "trainer.max_epochs=8", "baseline=null",
             "tracking.system_metrics=false")  # fmt: skip
    alone = train("register=false", command=words)
    assert alone.code == 0, alone.err
    fused = train("data.features=[years,tariff]", command=words)
    assert fused.code == 0, fused.err
    assert alone.metrics["test/accuracy"] < 0.65
    assert fused.metrics["test/accuracy"] > 0.9

    model = xinzhi.load("tickets/1")
    answers = model.predict(tickets)
    assert (answers["label"] == tickets["queue"]).mean() > 0.9
    strange = tickets.head(2).assign(tariff=["new", None], years=[None, "7"])
    assert np.isfinite(model.predict(strange)["probability"]).all()
    assert model.predict(strange).attrs["unread"] == {"tariff: an unknown category": 2}
    with pytest.raises(DataError, match="'years'"):
        model.predict(tickets.rename(columns={"years": "year"}))

    tickets.head(20).to_csv(tmp_path / "new.csv", index=False)
    assert start("predict", ["tickets", "input=new.csv", "output=out.csv"]) == 0
    written = pd.read_csv(tmp_path / "out.csv")
    assert written["label"].tolist() == answers["label"][:20].tolist()
    capfd.readouterr()
    record = "record={subject: please cancel it, years: 12.5, tariff: a}"
    assert start("predict", ["tickets", record]) == 0
    assert "specialist" in capfd.readouterr().out


def test_a_model_without_features_is_refused(train, tickets):  # noqa: ARG001 - its file
    words = ("experiment=text_classification", "name=tickets", "data.train=tickets.csv",
             "data.text=subject", "data.label=queue", "data.features=[years]",
             "model=ngram_linear", "trainer=cpu")  # fmt: skip
    refused = train(command=words)
    assert refused.code != 0
    assert "needs a model with features()" in refused.err
