import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.data.labelling.annotations import Annotation, Span
from xinzhi.data.labelling.resolution import resolve

A, B = Span(0, 1, "A"), Span(0, 2, "B")


@pytest.mark.parametrize(
    ("votes", "majority", "unanimous"),
    [
        ("aab", "a", ""),
        ("ab", "", ""),
        ("aabc", "a", ""),
        ("aabb", "", ""),
        ("aaa", "a", "a"),
        ("b", "b", "b"),
    ],
)
def test_one_class(votes, majority, unanimous):
    said = [Annotation(str(n), (vote,)) for n, vote in enumerate(votes)]
    assert resolve(said, "majority", several=False).labels == tuple(majority)
    assert resolve(said, "unanimous", several=False).labels == tuple(unanimous)


def test_several_classes_and_spans_are_kept_one_by_one():
    said = [
        Annotation("1", ("a", "b"), (A, B)),
        Annotation("2", ("b",), (A,)),
        Annotation("3", ("b", "c"), ()),
    ]
    assert resolve(said, "majority", several=True) == Annotation(None, ("b",), (A,))
    assert resolve(said, "unanimous", several=True) == Annotation(None, ("b",), ())
    assert resolve(said[:2], "majority", several=True).spans == (A,)


def test_who_gave_no_class_has_no_vote():
    said = [Annotation("1", ("a",)), Annotation("2"), Annotation("3")]
    assert resolve(said, "majority", several=False).labels == ("a",)
    assert resolve([], "majority", several=False) is None


@given(st.lists(st.sampled_from("abc"), min_size=1), st.randoms())
def test_the_order_of_people_does_not_matter(votes, random):
    said = [Annotation(str(n), (vote,)) for n, vote in enumerate(votes)]
    mixed = random.sample(said, len(said))
    for rule in ("majority", "unanimous"):
        one, other = (resolve(some, rule, several=False).labels for some in (said, mixed))
        assert one == other
