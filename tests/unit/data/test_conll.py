"""CoNLL columns and triples."""

import itertools

import pyarrow as pa
import pyarrow.parquet
import pytest

from xinzhi.data.conll import read_conll
from xinzhi.data.engine import open_engine
from xinzhi.data.files import find_files
from xinzhi.data.opened import Want
from xinzhi.data.staging import Stage
from xinzhi.data.triples import read_triples
from xinzhi.errors import DataError


def opened(path, columns):
    """Rows of a file as a declaration opens it, and what was told."""
    with open_engine() as engine:
        held = find_files(str(path)).open(engine, Want(columns))
        return held.table.to_pyarrow(), held.notes


WORDS = """-DOCSTART- -X- O O

EU NNP B-NP B-ORG
rejects VBZ B-VP O

# id 12
Peter NNP B-NP B-PER


"""


@pytest.fixture
def held(tmp_path):
    """Rows of a text under a name."""

    def held(text, read=read_conll, wanted=None):
        path = tmp_path / "a.conll"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        stage = Stage(tmp_path, Want(wanted), "here")
        stage.read(read(path, wanted), str(path))
        return pa.concat_tables([pa.parquet.read_table(f) for f in stage.files()]).to_pydict()

    return held


def test_sentences_are_rows(held):
    assert held(WORDS) == {
        "tokens": [["EU", "rejects"], ["Peter"]],
        "column_2": [["NNP", "VBZ"], ["NNP"]],
        "column_3": [["B-NP", "B-VP"], ["B-NP"]],
        "tags": [["B-ORG", "O"], ["B-PER"]],
    }
    assert held(WORDS, wanted=("tags",)) == {"tags": [["B-ORG", "O"], ["B-PER"]]}


def test_tabs_keep_spaces_hashes_and_other_scripts(held):
    text = "# not a comment\tO\r\n#tag\tO\r\n\r\n北京\tB-LOC"
    expected = {"tokens": [["# not a comment", "#tag"], ["北京"]], "tags": [["O", "O"], ["B-LOC"]]}
    assert held(text) == expected
    assert held(text.encode("gb18030")) == expected


def test_many_sentences(held):
    rows = held("a\tO\n\n" * 12_345)
    assert len(rows["tokens"]) == 12_345


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a\tO\nb\n", "line 2 must have 2 columns"),
        ("a\tO\n\nb\tx\tO\n", "line 3 must have 2 columns.*it has 3"),
        ("word\n", "line 1 must have 2 columns"),
        ("a\tB-PER\n\nb\tO\nc\tI-PER\nd\tPER\n", "line 5 must end with O .*it ends with 'PER'"),
        ("a B-PER\nb B-\nc B-LOC\n", "line 2 must end with O .*'B-'"),
        ("\n\n", "must hold a word and its tag"),
        ("", "must hold a word and its tag"),
    ],
)
def test_a_broken_line_is_said(held, text, said):
    with pytest.raises(DataError, match=said):
        held(text)


@pytest.mark.parametrize(
    ("tags", "bio", "notes"),
    [
        ("I-PER I-PER O I-LOC B-LOC", "B-PER I-PER O B-LOC B-LOC", ["IOB1 became BIO"]),
        ("B-PER E-PER O S-LOC S-LOC", "B-PER I-PER O B-LOC B-LOC", ["BIOES became BIO"]),
        ("B-PER I-PER O I-LOC B-PER", "B-PER I-PER O B-LOC B-PER", ["1 tags continued an entity"]),
        ("B-PER I-PER O B-LOC B-LOC", "B-PER I-PER O B-LOC B-LOC", []),
        ("NN NN VB IN NN", "NN NN VB IN NN", []),
    ],
)
def test_tags_become_bio_and_it_is_told(tmp_path, held, tags, bio, notes):
    text = "".join(f"word\t{tag}\n" for tag in tags.split())
    assert held(text)["tags"] == [bio.split()]
    told = read_conll(tmp_path / "a.conll", None).notes
    assert len(told) == len(notes)
    assert all(said in note for said, note in zip(notes, told, strict=True))


@pytest.mark.parametrize("name", ["a.txt", "a.tsv", "a.conll"])
def test_the_name_may_say_little(tmp_path, name):
    (tmp_path / name).write_text("word\tO\nBob\tB-PER\n\nhere\tO\n")
    table, notes = opened(tmp_path / name, ("tokens", "tags"))
    found = sorted(zip(*table.select(["tokens", "tags"]).to_pydict().values(), strict=True))
    assert found == [(["here"], ["O"]), (["word", "Bob"], ["O", "B-PER"])]
    assert "CoNLL" in notes[0]


@pytest.mark.parametrize(
    ("name", "header"),
    [*itertools.product(["a.txt", "a.tsv", "a.triples"], [True, False]), ("a.csv", True)],
)
def test_triples_with_and_without_a_header(tmp_path, name, header):
    mark = "," if name == "a.csv" else "\t"
    rows = [["head", "relation", "tail"]] * header + [
        ["Bob", "knows", "Ann"],
        ["上海", "位于", "中国"],
    ]
    (tmp_path / name).write_text("".join(mark.join(row) + "\n" for row in rows))
    table, _ = opened(tmp_path / name, ("head", "relation", "tail"))
    assert table.sort_by("head").to_pydict() == {
        "head": ["Bob", "上海"], "relation": ["knows", "位于"], "tail": ["Ann", "中国"],
    }  # fmt: skip


def test_columns_in_another_order_are_found_by_their_names(tmp_path):
    (tmp_path / "a.tsv").write_text("tail\tsource\thead\trelation\nAnn\tx\tBob\tknows\n")
    table, _ = opened(tmp_path / "a.tsv", ("head", "relation", "tail"))
    assert table.to_pylist() == [{"head": "Bob", "relation": "knows", "tail": "Ann"}]


def test_a_broken_triple_is_said_with_its_line(tmp_path):
    (tmp_path / "a.tsv").write_text("a\tb\tc\n\na\tb\n")
    with pytest.raises(DataError, match=r"a\.tsv: line 3 must be head TAB relation TAB tail"):
        opened(tmp_path / "a.tsv", ("head", "relation", "tail"))


def test_a_column_that_is_not_there(held):
    with pytest.raises(DataError, match="'tag'") as caught:
        held(WORDS, wanted=("tag",))
    assert caught.value.candidates == ("tags",)


def test_triples(held):
    text = "Bob\tknows\tAnn\n上海\t位于\t中国\n\n"
    assert held(text, read_triples) == {
        "head": ["Bob", "上海"], "relation": ["knows", "位于"], "tail": ["Ann", "中国"],
    }  # fmt: skip
    assert held(text, read_triples, ("tail",)) == {"tail": ["Ann", "中国"]}
    for broken in ("a\tb\tc\na\tb\n", "a\tb\tc\na\t\tc\n", "a\tb\tc\na\tb\tc\td\n"):
        with pytest.raises(DataError, match="line 2 must be head TAB relation TAB tail"):
            held(broken, read_triples)
