"""Tags of every scheme tell the same entities as BIO."""

from hypothesis import given
from hypothesis import strategies as st

from xinzhi.data.tag_schemes import survey, to_bio

SPANS = st.lists(st.tuples(st.integers(1, 4), st.sampled_from(["", "PER", "LOC"])), max_size=8)
SENTENCES = st.lists(SPANS, min_size=1, max_size=6)


def bio(spans):
    return [f"{'I' if at else 'B'}-{kind}" if kind else "O" for n, kind in spans for at in range(n)]


def bioes(spans, letters="BIES"):
    first, inner, last, alone = letters
    written = []
    for n, kind in spans:
        places = alone if n == 1 else first + inner * (n - 2) + last
        written += [f"{place}-{kind}" if kind else "O" for place in places]
    return written


def iob1(spans):
    written, before = [], ""
    for n, kind in spans:
        first = "B" if kind and kind == before else "I"
        written += [f"{first if at == 0 else 'I'}-{kind}" if kind else "O" for at in range(n)]
        before = kind
    return written


@given(SENTENCES)
def test_every_scheme_becomes_bio(sentences):
    plain = [bio(spans) for spans in sentences]
    for write in (bio, bioes, lambda s: bioes(s, "BILU"), lambda s: bioes(s, "BMES"), iob1):
        assert [to_bio(write(spans)).tags for spans in sentences] == plain


@given(SENTENCES)
def test_a_scheme_is_recognised(sentences):
    entities = any(kind for spans in sentences for _, kind in spans)
    longer = any(kind and n > 1 for spans in sentences for n, kind in spans)
    assert survey(map(bio, sentences)) == ("BIO", 0, None)
    assert survey(map(bioes, sentences)) == ("BIOES" if entities else "BIO", 0, None)
    found = survey(map(iob1, sentences))
    assert found == ("IOB1" if entities else "BIO", 0, None)
    assert longer or survey([iob1([(1, "PER"), (1, "PER")])]) == ("IOB1", 0, None)


def test_what_continues_nothing_begins_an_entity():
    tags = ["O", "I-PER", "I-PER", "B-LOC", "I-ORG", "O", "B-PER", "I-PER"]
    assert to_bio(tags) == (
        ["O", "B-PER", "I-PER", "B-LOC", "B-ORG", "O", "B-PER", "I-PER"], 2,
    )  # fmt: skip
    assert survey([tags]) == ("BIO", 2, None)
    assert to_bio(["B-PER", "E-PER", "E-PER", "M_LOC"]) == (
        ["B-PER", "I-PER", "B-PER", "B-LOC"], 2,
    )  # fmt: skip


def test_parts_of_speech_are_no_entities():
    assert survey([["NN", "VB"], ["O"]]) == (None, 0, None)
    assert survey([["B-PER", "person"]]) == (None, 0, None)
    assert survey([["O", "O"]]) == ("BIO", 0, None)
