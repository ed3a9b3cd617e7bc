"""A file of any form is answered row by row, in bounded memory, all of it or nothing."""

import json
import tracemalloc

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from xinzhi.deployment.bundle import open_bundle
from xinzhi.deployment.predict import predict_file
from xinzhi.deployment.writing import OutputError
from xinzhi.errors import DataError

TEXTS = ["good good", "bad", 'a "good", one\nover two lines', "007", "坏 bad"]


@pytest.fixture
def inference(bundle):
    return open_bundle(bundle)


def write(path, codec="utf-8", name="text"):
    frame = pd.DataFrame(
        {"id": ["01", "02", "03", "04", "05"], name: TEXTS, "数量": [1, 2, 3, 4, 5]}
    )
    if path.suffix == ".parquet":
        frame.to_parquet(path)
    elif path.suffix == ".jsonl":
        frame.to_json(path, orient="records", lines=True, force_ascii=False)
    else:
        sep = "\t" if path.suffix == ".tsv" else ","
        frame.to_csv(path, index=False, encoding=codec, sep=sep)
    return path


def read(path, codec="utf-8"):
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    if path.suffix == ".jsonl":
        return pd.DataFrame([json.loads(line) for line in path.read_text("utf-8").splitlines()])
    sep = "\t" if path.suffix == ".tsv" else ","
    return pd.read_csv(path, dtype=str, encoding=codec, sep=sep)


FORMS = ["csv", "tsv", "jsonl", "parquet"]


@pytest.mark.parametrize("given", FORMS)
@pytest.mark.parametrize("wanted", FORMS)
def test_every_form_in_every_form_out(inference, tmp_path, given, wanted):
    source, output = write(tmp_path / f"in.{given}"), tmp_path / f"new/out.{wanted}"
    done = predict_file(inference, source, output, version="tiny/1", chunk_rows=2)
    answers = read(output)
    expected = inference.predict(TEXTS)
    assert list(answers.columns) == [
        *("id", "text", "数量", "label", "probability", "version", "p:negative", "p:positive")
    ]
    assert answers["text"].tolist() == TEXTS
    assert answers["id"].tolist() == ["01", "02", "03", "04", "05"]
    assert answers["label"].tolist() == expected["label"].tolist()
    got = answers["p:positive"].astype(float)
    np.testing.assert_allclose(got, expected["p:positive"], atol=1e-5)
    assert (done.rows, sum(done.counts.values())) == (5, 5)
    assert "5 rows by tiny/1" in done.table()
    assert [f.name for f in output.parent.iterdir()] == [output.name]


@pytest.mark.parametrize("codec", ["utf-8-sig", "gb18030"])
def test_the_output_keeps_the_encoding(inference, tmp_path, codec):
    source, output = write(tmp_path / "in.csv", codec), tmp_path / "out.csv"
    predict_file(inference, source, output, version="v")
    assert read(output, codec)["text"].tolist() == TEXTS
    assert output.read_bytes()[:3] == source.read_bytes()[:3]


@pytest.mark.parametrize("form", ["parquet", "npy", "jsonl"])
def test_embeddings_are_written_in_order(inference, tmp_path, form):
    output = tmp_path / f"out.{form}"
    source = write(tmp_path / "in.csv")
    predict_file(inference, source, output, version="v", form="embeddings", chunk_rows=2)
    vectors = np.load(output) if form == "npy" else np.stack(read(output)["embedding"])
    np.testing.assert_array_equal(vectors, inference.embed(TEXTS))
    if form == "parquet":
        assert pq.read_schema(output).field("embedding").type == pa.list_(pa.float32(), 2)


def test_another_column_or_several_hold_the_text(inference, tmp_path):
    source, output = write(tmp_path / "in.csv", name="评论"), tmp_path / "out.jsonl"
    with pytest.raises(
        DataError, match="must have a column 'text'; its columns: id, 评论, 数量"
    ) as e:
        predict_file(inference, source, output, version="v")
    assert "text=COLUMN" in str(e.value)
    predict_file(inference, source, output, version="v", columns={"text": ["评论"]})
    assert read(output)["label"].tolist() == inference.predict(TEXTS)["label"].tolist()
    predict_file(inference, source, output, version="v", columns={"text": ["评论", "id"]})
    assert len(read(output)) == 5


def test_a_misspelt_column_has_a_near_match(inference, tmp_path):
    source = write(tmp_path / "in.csv", name="texts")
    with pytest.raises(DataError) as caught:
        predict_file(inference, source, tmp_path / "out.csv", version="v")
    assert caught.value.candidates == ("texts",)


def test_columns_of_the_input_are_kept_beside_answers_of_the_same_name(inference, tmp_path):
    source, first, second = (tmp_path / f"{name}.csv" for name in "abc")
    source.write_text("text,label\ngood,true label\n")
    predict_file(inference, source, first, version="v")
    row = read(first).iloc[0]
    assert (row["label"], row["predicted_label"]) == ("true label", "positive")
    with pytest.raises(DataError, match="must leave a name for the answers"):
        predict_file(inference, first, second, version="v")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("text,a\ngood,1\nbad\n", "the one that ends on line 3 has 1"),
        ("text\n", "must have rows"),
        ("", "must begin with a line of distinct column names"),
        ("text,text\na,b\n", "distinct column names"),
    ],
)
def test_a_bad_file_leaves_nothing_behind(inference, tmp_path, content, message):
    source, output = tmp_path / "in.csv", tmp_path / "new" / "out.csv"
    output.parent.mkdir()
    output.write_text("an earlier result")
    source.write_text(content)
    with pytest.raises(DataError, match=message):
        predict_file(inference, source, output, version="v", chunk_rows=1)
    assert [f.name for f in output.parent.iterdir()] == ["out.csv"]
    assert output.read_text() == "an earlier result"


def test_a_full_disk_leaves_the_earlier_result(inference, tmp_path, monkeypatch):
    source, output = write(tmp_path / "in.csv"), tmp_path / "new" / "out.csv"
    output.parent.mkdir()
    output.write_text("an earlier result")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OutputError, match="No space left"):
        predict_file(inference, source, output, version="v")
    assert [f.name for f in output.parent.iterdir()] == ["out.csv"]
    assert output.read_text() == "an earlier result"


def test_a_place_that_cannot_be_written_is_said(inference, tmp_path):
    source = write(tmp_path / "in.csv")
    with pytest.raises(OutputError, match=r"in.csv/out.csv could not be: \w+"):
        predict_file(inference, source, source / "out.csv", version="v")


@pytest.mark.parametrize(
    ("source", "output", "form", "message"),
    [
        ("in.xlsx", "out.csv", "labels", "input must end with one of .csv"),
        ("in.csv", "out.txt", "labels", "output must end with one of .csv"),
        ("in.csv", "out.csv", "embeddings", "output of vectors must end with one of .parquet"),
        ("in.csv", "in.csv", "labels", "another file than input"),
        ("inn.csv", "out.csv", "labels", "there is no .*inn.csv"),
    ],
)
def test_what_cannot_be_done_is_said_first(inference, tmp_path, source, output, form, message):
    write(tmp_path / "in.csv")
    with pytest.raises(DataError, match=message):
        predict_file(inference, tmp_path / source, tmp_path / output, version="v", form=form)


class OfSeries:
    """Answers a file of steps: a row per series, or the next steps of each."""

    table = whole = True
    columns = ("run", "second", "x")
    classes = ()

    def __init__(self, ahead):
        self.ahead = ahead

    def predict(self, records):
        last = records.groupby("run", as_index=False).last().drop(columns="x")
        if not self.ahead:
            return last.drop(columns="second").assign(label="a", probability=0.5)
        ahead = pd.concat(
            [last.assign(second=last["second"].astype(int) + k + 1) for k in range(self.ahead)]
        )
        return ahead.assign(prediction=1.0)


@pytest.mark.parametrize(
    ("ahead", "columns", "rows"),
    [
        (0, ["run", "label", "probability", "version"], 2),
        (1, ["run", "second", "prediction", "version"], 2),
        (3, ["run", "second", "prediction", "version"], 6),  # as many as the file has
    ],
)
def test_answers_of_series_stand_alone(tmp_path, ahead, columns, rows):
    source, output = tmp_path / "steps.csv", tmp_path / "out.csv"
    steps = [f"r{run},{second},0.5,b,c" for run in (1, 2) for second in (1, 2, 3)]
    source.write_text("\n".join(["run,second,x,label,predicted_label", *steps, ""]))
    done = predict_file(OfSeries(ahead), source, output, version="v", chunk_rows=1)
    answers = read(output)
    assert list(answers.columns) == columns
    assert (len(answers), done.rows) == (rows, rows)
    assert set(answers["version"]) == {"v"}


@pytest.mark.parametrize("form", FORMS)
def test_memory_does_not_grow_with_the_file(inference, tmp_path, form):
    def peak(rows):
        source = tmp_path / f"{rows}.{form}"
        text = "good " * 40
        if form == "parquet":
            pq.write_table(pa.table({"text": [text] * rows}), source, row_group_size=500)
        else:
            one = json.dumps({"text": text}) if form == "jsonl" else text
            header = "" if form == "jsonl" else "text\n"
            source.write_text(header + f"{one}\n" * rows)
        before = pa.total_allocated_bytes()
        tracemalloc.start()
        predict_file(inference, source, tmp_path / f"out.{form}", version="v", chunk_rows=200)
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert pa.total_allocated_bytes() - before < 1e6
        return top

    peak(400)  # imports and caches
    assert peak(12_000) < 1.5 * peak(1_500)
