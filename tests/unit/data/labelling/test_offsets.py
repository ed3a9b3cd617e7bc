"""Offsets of annotation tools against Python's own UTF-16."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.data.labelling.offsets import Marked, in_characters
from xinzhi.errors import DataError

TEXTS = st.text(st.sampled_from("ab 很👩🏻‍🚒😀é\n"), min_size=1)


def units(text):
    return len(text.encode("utf-16-le")) // 2


@given(TEXTS, st.data())
def test_units_of_utf16_and_characters_give_the_same_span(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    told = text[start:end]
    assert in_characters([Marked(start, end, told)], text, "") == [(start, end)]
    counted = Marked(units(text[:start]), units(text[:end]), told)
    ((first, last),) = in_characters([counted], text, "")
    assert "".join(text[first:last].split()) == "".join(told.split())


def test_the_examples_of_the_tools_own_issues():
    # https://github.com/HumanSignal/label-studio/issues/1347: UTF-16, as it was until 2022
    text = "💩This is an annotation."
    assert in_characters([Marked(13, 23, "annotation")], text, "") == [(12, 22)]
    # https://github.com/doccano/doccano/pull/108: characters
    text = "label1 😄 label2, label3"
    assert in_characters([Marked(7, 8, None), Marked(9, 15, None)], text, "") == [(7, 8), (9, 15)]
    # https://github.com/HumanSignal/label-studio/issues/3078: white space is shortened
    text = "Text: Berlin,  Germany."
    assert in_characters([Marked(6, 22, "Berlin, Germany")], text, "") == [(6, 22)]


def test_one_span_tells_how_the_others_are_counted():
    text = "😀 ab ab 😀 cd"
    marks = [Marked(3, 5, "ab"), Marked(6, 8, None), Marked(12, 14, "cd")]
    assert [text[a:b] for a, b in in_characters(marks, text, "")] == ["ab", "ab", "cd"]


def test_an_end_that_only_utf16_knows_is_counted_so():
    assert in_characters([Marked(4, 6, None)], "😀😀ab", "") == [(2, 4)]


@pytest.mark.parametrize("mark", [Marked(0, 2, "xy"), Marked(3, 9, "c"), Marked(1, 2, "😀")])
def test_text_that_does_not_stand_there_is_refused(mark):
    with pytest.raises(DataError, match=f"record 3.*{mark.start} to {mark.end}"):
        in_characters([mark], "😀 abc", "f.json: record 3")
