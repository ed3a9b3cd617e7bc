from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.config import grammar
from xinzhi.errors import ConfigError


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("data.text=描述", "描述"),
        ("data.label=Fault(Code)", "Fault(Code)"),
        ("data.label=Row No", "Row No"),
        ("data.ignore=[Row No,id]", ["Row No", "id"]),
        ("data.ignore=[描述,Fault(Code), 'a,b']", ["描述", "Fault(Code)", "a,b"]),
        ("data.train=数据/训练.csv", "数据/训练.csv"),
        ("data.train=x(1).csv", "x(1).csv"),
        ("uri=http://h/p?a=b&c=d", "http://h/p?a=b&c=d"),
        ("uri=postgresql://u:p@h/db?x=1", "postgresql://u:p@h/db?x=1"),
        ("model=x@y", "x@y"),
        ("text=Great, really!", "Great, really!"),
        ("text=It's good", "It's good"),
        ('text="a" b', '"a" b'),
        ("text=[unclosed", "[unclosed"),
        ("path=C:\\data\\x.csv", "C:\\data\\x.csv"),
        ("data.train=~/工单.csv", str(Path.home() / "工单.csv")),
        ("data.train=[~/a.csv,b.csv]", [str(Path.home() / "a.csv"), "b.csv"]),
        ("a={a: 1, b: 描述}", {"a": 1, "b": "描述"}),
    ],
)
def test_values_are_taken_as_typed(typed, value):
    assert grammar.parse(typed).value() == value


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ("lr=1e-3", 1e-3),
        ("n=3", 3),
        ("x=null", None),
        ("x=", ""),
        ("x=true", True),
        ("x='a,b'", "a,b"),
        ("x=[1,[2,3]]", [1, [2, 3]]),
        ("x={a: 1}", {"a": 1}),
        ("x=${oc.env:HOME}", "${oc.env:HOME}"),
    ],
)
def test_what_hydra_understands_stays_hydras(typed, value):
    assert grammar.parse(typed).value() == value


@pytest.mark.parametrize("typed", ["lr=choice(1,2)", "lr=range(1,3)", "lr=interval(0,1)"])
def test_sweeps_need_m(typed):
    with pytest.raises(ConfigError, match="needs -m"):
        grammar.parse(typed)
    assert grammar.parse(typed, sweep=True).is_sweep_override()


def test_elements_of_a_sweep_are_quoted_one_by_one():
    override = grammar.parse("data.label=描述,Fault(Code),plain", sweep=True)
    assert list(override.sweep_string_iterator()) == ["'描述'", "'Fault(Code)'", "plain"]


# Everything but what is Hydra's own syntax for something else, and `${`, which is OmegaConf's.
_PLAIN = st.text(
    st.characters(
        blacklist_categories=("Cs", "Cc", "Zl", "Zp"), blacklist_characters="'\"[]{}\\~$"
    ),
    min_size=1,
).filter(lambda t: t == t.strip() and not t.isascii())


@given(_PLAIN)
def test_any_text_that_is_not_ascii_comes_through(text):
    assert grammar.parse(f"key={text}").value() == text


def test_words_come_before_overrides():
    typed = grammar.take_apart(["a@champion", "last~1", "x=1", "~y"])
    assert typed == (("a@champion", "last~1"), ("x=1", "~y"))
    with pytest.raises(ConfigError, match="before all overrides"):
        grammar.take_apart(["x=1", "word"])


def test_a_runs_name_is_a_word_though_it_holds_an_equals_sign():
    assert grammar.take_apart(["minilm lr=3e-5 s1 7f3a"]).words == ("minilm lr=3e-5 s1 7f3a",)
