"""Shingles are compared with sets of substrings cut by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.data.shingles import shingles, tidied

TEXTS = st.text(st.characters(exclude_categories=["Cs"]))


def decoded(code: int) -> str:
    parts = [(code >> shift) & (2**21 - 1) for shift in (42, 21, 0)]
    return "".join(chr(part - 1) for part in parts if part)


@given(st.lists(TEXTS.filter(bool), min_size=1, max_size=8))
def test_shingles_are_the_substrings_of_three_characters(texts):
    codes, starts = shingles(texts)
    pieces = np.split(codes, starts[1:])
    for text, piece in zip(texts, pieces, strict=True):
        whole = [text] if len(text) < 3 else [text[i : i + 3] for i in range(len(text) - 2)]
        assert [decoded(int(code)) for code in piece] == whole


@given(TEXTS)
def test_what_is_tidied_is_tidy(text):
    assert tidied(tidied(text)) == tidied(text)
    assert tidied(f"\t{text}\u3000\n ") == tidied(text)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("ﬁne　Ｄay", "Fine day"),
        ("cafe\u0301", "CAFÉ"),
        ("ΣΑΣ", "σας"),
        ("第①台", "第1台"),
        ("a\u00a0b", "a b"),
    ],
)
def test_forms_of_one_text_are_tidied_alike(one, other):
    assert tidied(one) == tidied(other)
