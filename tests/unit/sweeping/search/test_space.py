"""What is typed, and what a named sweep says, is read as the space that Hydra's grammar means."""

import math
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.config import grammar
from xinzhi.config.near import UnknownNameError
from xinzhi.errors import ConfigError
from xinzhi.sweeping.records import Axis, Sweep
from xinzhi.sweeping.search import axes as forms
from xinzhi.sweeping.search import space


def axis_of(value, key="x"):
    fixed, axes, seeds = space.read([f"{key}={value}"], {})
    assert (fixed, seeds) == ([], ())
    (axis,) = axes
    assert axis.key == key
    return replace(axis, key="")


@pytest.mark.parametrize(
    ("typed", "choices"),
    [
        ("64,128", ("64", "128")),
        ("64, 128", ("64", "128")),
        ("1e-3,1e-4", ("0.001", "0.0001")),
        ("true,null,a.b/c-d", ("true", "null", "a.b/c-d")),
        ("'1','2'", ("'1'", "'2'")),  # the texts, not the numbers
        ("choice('1','true')", ("'1'", "'true'")),
        ("'a, b','it\\'s'", ("'a, b'", "'it\\'s'")),
        ("[1,2],[3,[4]]", ("[1,2]", "[3,[4]]")),
        ("{a: 1, b: x y},{a: 2}", ("{a:1,b:'x y'}", "{a:2}")),
        ("choice(a,[b c],{d: 1})", ("a", "['b c']", "{d:1}")),
        ("choice(64)", ("64",)),
        ("choice('64,128')", ("'64,128'",)),
        ("choice(null, 3)", ("null", "3")),
        ("choice(描述,标题)", ("描述", "标题")),
        ("描述,标题", ("描述", "标题")),
        ("sort(3,1,2)", ("1", "2", "3")),
        ("sort(3,1,2,reverse=true)", ("3", "2", "1")),
        ("int(1.5,2)", ("1", "2")),
        ("str(1,2)", ("'1'", "'2'")),
        ("float(1,2)", ("1.0", "2.0")),
        ("bool(0,1)", ("false", "true")),
        ("7,7,8", ("7", "8")),
        ("${seed},2", ("'${seed}'", "2")),
    ],
)
def test_options_are_read_as_typed(typed, choices):
    assert axis_of(typed) == Axis(key="", choices=choices)


@pytest.mark.parametrize(
    ("typed", "axis"),
    [
        ("interval(1e-5,1e-3)", {"low": 1e-5, "high": 1e-3}),
        ("tag(log,interval(1e-5,1e-3))", {"low": 1e-5, "high": 1e-3, "log": True}),
        ("tag(log, interval(start=1e-5, end=1e-3))", {"low": 1e-5, "high": 1e-3, "log": True}),
        ("int(interval(1,8))", {"low": 1, "high": 8, "integer": True}),
        ("int(tag(log,interval(1,8)))", {"low": 1, "high": 8, "integer": True, "log": True}),
        ("tag(log,int(interval(1,8)))", {"low": 1, "high": 8, "integer": True, "log": True}),
        ("range(5)", {"low": 0, "high": 4, "integer": True}),
        ("range(1,10,2)", {"low": 1, "high": 9, "step": 2, "integer": True}),
        ("range(1,2,5)", {"low": 1, "high": 1, "integer": True}),
        ("range(10,0,-3)", {"low": 1, "high": 10, "step": 3, "integer": True}),
        ("sort(range(9,0,-3))", {"low": 3, "high": 9, "step": 3, "integer": True}),
        ("range(0.1,0.5,0.1)", {"low": 0.1, "high": 0.4, "step": 0.1}),
        ("float(range(1,4))", {"low": 1, "high": 3, "step": 1}),
        ("tag(log,range(1,65))", {"low": 1, "high": 64, "integer": True, "log": True}),
    ],
)
def test_numbers_are_read_with_their_bounds(typed, axis):
    assert axis_of(typed) == Axis(key="", **axis)


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ("x=shuffle(1,2)", "shuffled"),
        ("x=shuffle([1,2])", "shuffled"),
        ("x=intervall(1,2)", "candidates: interval(1,2)"),
        ("x=Choice(a,b)", "candidates: choice(a,b)"),
        ("x=interval(1)", "cannot be read"),
        ("x=choice()", "cannot be read"),
        ("x=choice(choice(1,2))", "cannot be read"),
        ("x=choice(interval(0,1),2)", "cannot be read"),
        ("x=range(3),7", "cannot be read"),
        ("x=str(interval(1,2))", "cannot be read"),
        ("x=interval(3,1)", "x=interval(1.0,3.0)"),
        ("x=interval(0,inf)", "finite"),
        ("x=tag(log,interval(0,1))", "above 0"),
        ("x=tag(log,interval(-1,1))", "above 0"),
        ("x=tag(log,range(1,10,2))", "has a step"),
        ("x=tag(log,range(0.1,1,0.1))", "has a step"),
        ("x=tag(log,choice(1,2))", "is a list"),
        ("x=range(3,1)", "no value"),
        ("x=range(0,4,0)", "other than 0"),
        ("seed=interval(0,1)", "whole numbers"),
        ("seed=a,b", "whole numbers"),
        ("seed=-1,2", "whole numbers"),
        ("seed=0.5,1", "whole numbers"),
        ("no_group=glob(*)", "no option"),
    ],
)
def test_what_cannot_be_searched_is_refused_with_what_must_hold(typed, told):
    with pytest.raises(ConfigError, match=re.escape(told)):
        space.read([typed], {})


def test_an_unknown_tag_is_refused_with_the_near_one():
    with pytest.raises(UnknownNameError, match="did you mean log"):
        space.read(["x=tag(lg,interval(1,2))"], {})


@pytest.mark.parametrize(
    "text", ["Fault(Code)", "Range(km)", "Sort(A)", "'interval(1,'", "f(x)", "a b", "a=b,c"]
)
def test_a_text_that_only_looks_like_a_function_is_one_value(text):
    typed = f"data.label={text}"
    if "," in text and "'" not in text:
        typed = f"data.label='{text}'"
    assert space.read([typed], {}) == ([typed], (), ())


def test_the_options_of_a_group_are_found_by_a_pattern():
    options = axis_of("glob(text_classification/*,exclude=*/ngram*)", key="model").choices
    assert "text_classification/textcnn" in options
    assert not [option for option in options if "ngram" in option or "tabular" in option]


def test_fixed_axes_and_seeds_are_parted_in_order():
    typed = ["+a=1", "b=2,3", "~c", "++d.e=x,y", "seed=range(2)", "f@g=h,i"]
    fixed, axes, seeds = space.read(typed, {})
    assert fixed == ["+a=1", "~c"]
    assert [axis.key for axis in axes] == ["b", "++d.e", "f@g"]
    assert seeds == (0, 1)
    assert space.read(["seed=3"], {}) == (["seed=3"], (), ())


def test_what_is_typed_goes_before_the_named_space():
    named = {
        "lr": "tag(log, interval(1e-5, 1e-3))",
        "width": [64, "a b", None],
        "depth": "1,2",
        "dropout": 0.1,
        "seed": "0,1",
    }
    fixed, axes, seeds = space.read(["depth=3", "lr=1,2", "model=textcnn"], named)
    assert fixed == ["depth=3", "model=textcnn", "dropout=0.1"]
    assert axes == (
        Axis(key="lr", choices=("1", "2")),
        Axis(key="width", choices=("64", "'a b'", "null")),
    )
    assert seeds == (0, 1)
    assert space.read(["+seed=7"], named)[::2] == (["+seed=7", "dropout=0.1"], ())


def test_a_key_may_be_searched_once():
    for twice in (["a=1,2", "a=3"], ["a=3", "+a=1,2"], ["a=1,2", "a=1,2"]):
        with pytest.raises(ConfigError, match="given twice"):
            space.read(twice, {})
    assert space.read(["a=1", "a=2"], {})[0] == ["a=1", "a=2"]  # Hydra takes the last


FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)


@given(FINITE)
def test_a_number_comes_back_from_its_override(number):
    axis = Axis(key="optimizer.lr", low=-math.inf, high=math.inf)
    assert grammar.parse(space.override(axis, number)).value() == number


@given(st.integers(-(10**15), 10**15))
def test_a_whole_number_comes_back_from_its_override(number):
    axis = Axis(key="width", low=-1e15, high=1e15, integer=True)
    value = grammar.parse(space.override(axis, number)).value()
    assert value == number
    assert type(value) is int


OPTION = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | FINITE
    | st.text("ab1 ,'\"描:[]{}()=.-", min_size=1),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=4,
)


@given(st.lists(OPTION, min_size=1, max_size=4))
def test_options_of_a_named_space_mean_the_values_that_were_given(options):
    _, (axis,), _ = space.read([], {"x": options})
    values = [grammar.parse(space.override(axis, choice)).value() for choice in axis.choices]
    assert repr(values) == repr(
        [v for i, v in enumerate(options) if repr(v) not in seen(options, i)]
    )


def seen(options, index):
    return {repr(option) for option in options[:index]}


@st.composite
def axes_of_numbers(draw):
    integer, log = draw(st.booleans()), draw(st.booleans())
    low = draw(st.integers(1, 1000)) if integer else draw(st.integers(1, 10**6)) / 1000
    stepped = not log and draw(st.booleans())
    step = (
        (draw(st.integers(2, 9)) if integer else draw(st.integers(1, 9)) / 100) if stepped else None
    )
    count = draw(st.integers(2 if stepped else 1, 50))
    high = forms.numbered(Axis(key="", low=low, high=low, step=step, integer=integer), count - 1)
    return Axis(key="x", low=low, high=high, step=step, log=log, integer=integer)


@given(axes_of_numbers())
def test_what_is_written_of_an_axis_reads_as_that_axis(axis):
    assert axis_of(forms.written(axis)) == replace(axis, key="")


@given(axes_of_numbers())
def test_the_values_of_an_axis_are_as_many_as_it_says_and_within_its_bounds(axis):
    values = forms.values(axis)
    if values is None:
        assert forms.size(axis) == math.inf
        return
    assert len(values) == forms.size(axis)
    assert (values[0], values[-1]) == (axis.low, axis.high)
    assert values == sorted(values)


def test_a_changed_space_is_told_key_by_key():
    _, axes, seeds = space.read(["a=1,2", "b=interval(0,1)", "seed=0,1"], {})
    before = Sweep(name="s", experiment="e", fixed=("m=1",), axes=axes, seeds=seeds)
    assert space.changed(before, axes, seeds, ["m=1"]) == []
    fixed, now, more = space.read(["b=interval(0,2)", "c=3,4", "m=2", "seed=0,1,2"], {})
    assert space.changed(before, now, more, fixed) == [
        "b was interval(0.0,1.0) and is interval(0.0,2.0)",
        "a was searched (choice(1,2)) and is not any more",
        "c was not searched and is (choice(3,4))",
        "the seeds were 0, 1 and are 0, 1, 2",
        "m=1 was given and is not any more",
        "m=2 was not given and is",
    ]
