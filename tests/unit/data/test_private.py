"""What is private survives nowhere: shapes, hashes, patterns."""

import hashlib
import hmac
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from xinzhi.data import patterns
from xinzhi.data.private import KEY, protector
from xinzhi.errors import DataError

ALL = ["email", "phone", "card"]
SECRET = "the key of these tests"  # noqa: S105


@pytest.fixture(autouse=True)
def key(monkeypatch):
    monkeypatch.setenv(KEY, SECRET)


def hidden(rules, **columns):
    table = pa.table(columns)
    return protector(rules, table.column_names)(table).to_pydict()


def masked(text, declared=ALL):
    return hidden({"patterns": declared}, text=[text])["text"][0]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("write to ana.li@shop.com now", "write to a***@***.com now"),
        ("请发邮件到ana@x.com谢谢", "请发邮件到a***@***.com谢谢"),
        ("müller@straße.de, ana＠x.com", "m***@***.de, a***@***.com"),
        ("ana+tag@mail.example.co.uk", "a***@***.uk"),
        ("a@b.c1234567890123", "a***@***.***"),
        ("手机13812345678。", "手机***********。"),
        ("138-1234-5678/+86 139 1234 5678", "***-****-****/+** *** **** ****"),
        ("13812345678,13912345678,13712345678", "***********,***********,***********"),
        ("１３８１２３４５６７８", "***********"),
        ("call +49 (30) 123-4567 or +14155552671", "call +** (**) ***-**** or +***********"),
        ("(415) 555-2671 and 415.555.2671", "(***) ***-**** and ***.***.****"),
        ("0086 138 1234 5678", "**** *** **** ****"),
        ("card 4111 1111 1111 1111 12/29", "card **** **** **** **** 12/29"),
        ("12 4111-1111-1111-1111", "12 ****-****-****-****"),
        ("378282246310005 6304000000000000", "*************** ****************"),
    ],
)
def test_what_is_personal_loses_its_letters_and_digits(text, shown):
    assert masked(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "order 4111111111111112 of 2026-01-31 08:00:00",  # the check digit is wrong
        "weighs 3.4111111111111111 kg",
        "step 12 of 20, 100 000 rows, v1.2.3, 10.0.0.1",
        "@home, a@b, price@5",
        "id 91381234567890123456",
        "",
    ],
)
def test_what_is_not_personal_stays(text):
    assert masked(text) == text


def test_a_pattern_of_ones_own_becomes_as_many_stars():
    assert masked("id=123456, id=12", ["id=id=[0-9]{6}"]) == "*********, id=12"
    assert masked("王小明来了", ["name=王小明|李雷"]) == "***来了"


def numbers(check):
    """Card numbers made by the standard's own recipe."""
    return st.integers(12, 18).flatmap(
        lambda n: st.text("0123456789", min_size=n, max_size=n).map(check)
    )


def with_check_digit(payload):
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(payload))]
    return payload + str(-sum(sum(map(int, str(d))) for d in doubled) % 10)


@given(
    numbers(with_check_digit), st.sampled_from(["", " ", "-"]), st.sampled_from(["", "nr ", "。"])
)
def test_every_number_with_a_right_check_digit_is_found(card, gap, around):
    text = gap.join(re.findall(".{1,4}", card))
    assert not re.search("[0-9]", patterns.mask(around + text + around, patterns.parse(["card"])))


EMAIL = st.from_regex(r"[a-z][a-z0-9._]{2,12}@[a-z]{2,10}\.(com|cn|org)", fullmatch=True)
MOBILE = st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True)
CARD = numbers(with_check_digit)
AROUND = st.text(st.characters(exclude_categories=["Cs", "Nd"]), max_size=12)


@settings(max_examples=150, deadline=None)
@given(AROUND, st.lists(st.tuples(st.one_of(EMAIL, MOBILE, CARD), AROUND), min_size=1, max_size=4))
def test_no_original_survives_anywhere(tmp_path_factory, head, parts):
    glued = {
        "text": head + "".join(f"{secret} {tail}" for secret, tail in parts),
        "first": parts[0][0],
    }
    table = pa.table(
        {
            **{name: [value, None] for name, value in glued.items()},
            "lists": [[secret for secret, _ in parts], None],
            "deep": [{"a": [{"b": parts[-1][0]}]}, None],
            "coded": pa.array([parts[0][0], "x"]).dictionary_encode(),
            "mask": [parts[0][0], ""],
            "hash": [parts[0][0], None],
            "drop": [parts[0][0], None],
        }
    ).replace_schema_metadata({"seen": parts[0][0]})
    rules = {"mask": "mask", "hash": "hash", "drop": "drop", "patterns": ALL}
    out = protector(rules, table.column_names)(table)
    path = tmp_path_factory.mktemp("rows") / "a.parquet"
    pq.write_table(out, path, compression="none")
    written = path.read_bytes()
    for secret, _ in parts:
        assert secret not in json.dumps(out.to_pylist(), ensure_ascii=False)
        assert secret.encode() not in written


@settings(max_examples=150, deadline=None)
@example("4111 1111 13812345678 1111 1111", "name=[a-z]|[*]x")
@given(
    st.one_of(
        st.text("0123456789 +-@.ax*()", max_size=60),
        st.text(max_size=40),
        st.lists(st.one_of(EMAIL, MOBILE, CARD)).map("".join),
    ),
    st.sampled_from(["name=[a-z]|[*]x", "name=.", "name=@|[0-9]{3}", "name=x+"]),
)
def test_protecting_twice_is_protecting_once(text, own):
    for declared in (ALL, [own, *ALL], [*ALL, own]):
        protect = protector({"patterns": declared}, ["text"])
        once = protect(pa.table({"text": [text, None, text + text]}))
        assert protect(once).equals(once)
        assert once["text"][0].as_py() == patterns.mask(text, patterns.parse(declared))


@given(st.text(min_size=1), st.text(min_size=1))
def test_a_hash_is_hmac_and_tells_values_apart(one, other):
    assume(one.strip() and other.strip())
    got = hidden({"a": "hash", "b": "hash"}, a=[one, other], b=[other, None])
    real = hmac.new(SECRET.encode(), one.encode(), hashlib.sha256).hexdigest()[:16]
    assert got["a"][0] == real
    assert (got["a"][0] == got["a"][1]) == (one == other)
    assert got["b"] == [got["a"][1], None]  # the same in another column


def test_another_key_gives_other_hashes(monkeypatch):
    rules, values = {"a": "hash"}, {"a": ["ana", "ben"]}
    before = hidden(rules, **values)
    assert hidden(rules, **values) == before
    monkeypatch.setenv(KEY, SECRET + "!")
    assert not set(hidden(rules, **values)["a"]) & set(before["a"])


@pytest.mark.parametrize("held", [None, "", "short"])
def test_without_a_key_nothing_is_hashed(monkeypatch, held):
    monkeypatch.setenv(KEY, held) if held is not None else monkeypatch.delenv(KEY)
    with pytest.raises(DataError, match=KEY) as told:
        protector({"a": "hash"}, ["a"])
    assert "secrets.token_hex" in told.value.mend
    assert protector({"a": "mask"}, ["a"]) is not None


def test_a_hash_is_one_whatever_the_type_of_the_column():
    as_text = hidden({"a": "hash"}, a=["3", None, " ", ""])["a"]
    assert hidden({"a": "hash"}, a=[3, None, None, None])["a"][0] == as_text[0]
    assert hidden({"a": "hash"}, a=[3.0])["a"] == as_text[:1]
    assert as_text[1:] == [None, " ", ""]


def test_a_mask_keeps_the_shape_and_nothing_else():
    values = ["Ana Li", "王小明", "+49 30-123", "ana@shop.com", " x@y ", "😀ß", None, ""]
    shown = ["*** **", "***", "+** **-***", "a***@***.com", " *@* ", "**", None, ""]
    assert hidden({"a": "mask"}, a=values)["a"] == shown
    assert hidden({"a": "mask"}, a=[13812345678, None])["a"] == ["***********", None]
    assert hidden({"a": "mask"}, a=[["Ana", None], None, []])["a"] == [["***"], None, []]


@given(st.lists(st.one_of(st.none(), st.text())))
def test_a_mask_has_no_letter_or_digit_but_two_of_an_address(values):
    for value, shown in zip(
        values, hidden({"a": "mask"}, a=pa.array(values, "string"))["a"], strict=True
    ):
        assert (value is None) == (shown is None)
        if value is not None and "@" not in value:
            assert len(shown) == len(value)
            assert not any(sign.isalnum() for sign in shown)


def test_empty_and_sliced_batches():
    protect = protector({"a": "mask", "patterns": ALL}, ["a", "b"])
    rows = pa.table({"a": ["x", "yz", None], "b": [["a@b.com"], None, ["13812345678", "c"]]})
    assert protect(rows.slice(1)).equals(protect(rows).slice(1).combine_chunks())
    assert protect(rows.slice(3)).num_rows == 0
    nothing = pa.table({"a": pa.nulls(2), "b": pa.nulls(2)})
    assert protect(nothing).to_pydict() == {"a": [None, None], "b": [None, None]}


@pytest.mark.parametrize(
    ("rules", "said", "near"),
    [
        ({"emial": "mask"}, "emial", "email"),
        ({"email": "hsah"}, "mask, hash or drop", "hash"),
        ({"patterns": ["emial"]}, "emial", "email"),
        ({"patterns": ["id=[0-9"]}, "regular expression", None),
        ({"patterns": ["id=x*"]}, "must not match nothing", None),
        ({"patterns": "email"}, "must be a list", None),
    ],
)
def test_what_cannot_be_is_refused(rules, said, near):
    with pytest.raises(DataError, match=said) as told:
        protector(rules, ["email", "text"])
    assert near is None or near in told.value.candidates


def test_a_column_that_no_batch_had_is_refused_where_another_was_meant():
    protect = protector({"emial": "hash"}, None)
    protect(pa.table({"email": ["a"]}))
    with pytest.raises(DataError, match="emial") as told:
        protect.require_met("a.csv")
    assert told.value.candidates == ("email",)
    unread = protector({"phone": "hash"}, None)
    unread(pa.table({"text": ["a"]}))
    unread.require_met("a.csv")


def test_nothing_declared_is_nothing_to_do():
    assert protector({}, []) is protector(None, None) is protector({"patterns": []}, None) is None
