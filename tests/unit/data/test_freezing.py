"""The digest follows the content and nothing else."""

import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.data.freezing import digest, table
from xinzhi.data.hashing import content_hash


def frame(pairs, **columns):
    return pd.DataFrame(pairs, columns=["text", "label"], dtype=object).assign(**columns)


PAIRS = st.lists(
    st.tuples(st.text(max_size=6), st.sampled_from(["x", "y"])),
    min_size=1,
    max_size=20,
    unique=True,
)


@given(PAIRS, st.randoms())
def test_the_order_of_rows_makes_no_difference(pairs, random):
    mixed = random.sample(pairs, len(pairs))
    one, two = table(frame(pairs)), table(frame(mixed))
    assert one.equals(two)
    assert digest({"train": one}) == digest({"train": two})


@given(PAIRS, PAIRS)
def test_other_rows_have_another_digest(one, two):
    same = set(one) == set(two)
    assert (digest({"train": table(frame(one))}) == digest({"train": table(frame(two))})) == same


def test_the_split_a_label_and_a_further_column_make_a_difference():
    rows = frame([("a", "x"), ("b", "y")])
    made = table(rows)
    others = [
        {"test": made},
        {"train": table(rows.assign(label=["y", "y"]))},
        {"train": table(rows.assign(time=[1.0, 2.0]))},
        {"train": table(rows.assign(label=[("x",), ("y",)]))},
    ]
    assert len({digest(parts) for parts in [{"train": made}, *others]}) == 5


def test_it_is_as_long_as_a_run_may_log():
    assert len(digest({"train": table(frame([("a", "x")]))})) == 32


def test_types_and_row_keys():
    times = pd.to_datetime(["2024-01-01", "2024-01-02"], utc=True)
    made = table(frame([("a", ("x", "y")), ("a", ("x",))], time=times))
    assert made.schema.field("label").type == pa.list_(pa.string())
    assert made.schema.field("row").type == pa.int64()
    assert pa.types.is_timestamp(made.schema.field("time").type)
    keys = made["row"].to_pylist()
    assert len(set(keys)) == 2
    assert min(keys) >= 0


def test_strings_are_told_apart_by_their_lengths():
    assert content_hash(["ab", "c"]) != content_hash(["a", "bc"])
