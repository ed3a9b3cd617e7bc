"""CoNLL columns and triples."""

import pyarrow as pa
import pyarrow.parquet
import pytest

from xinzhi.data.conll import read_conll
from xinzhi.data.opened import Want
from xinzhi.data.staging import Stage
from xinzhi.data.triples import read_triples
from xinzhi.errors import DataError

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
        ("\n\n", "must hold a word and its tag"),
        ("", "must hold a word and its tag"),
    ],
)
def test_a_broken_line_is_said(held, text, said):
    with pytest.raises(DataError, match=said):
        held(text)


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
