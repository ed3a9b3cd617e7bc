"""Keys of examples: found again whatever the order, and apart from one another."""

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from xinzhi.evaluation.keys import asked, keys, places

ROWS = st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=50, unique=True)


def test_rows_of_a_group_are_one_unit():
    table = pa.table({"row": [5, 6, 7, 8], "group": ["b", "a", "b", "c"]})
    known = keys(table)
    assert known.rows.tolist() == [5, 6, 7, 8]
    assert known.units[0] == known.units[2]
    assert len(set(known.units.tolist())) == 3
    assert keys(table.select(["row"])).units.tolist() == [0, 1, 2, 3]
    assert known.at(np.array([2, 0])).rows.tolist() == [7, 5]


@given(ROWS, st.randoms(use_true_random=False), st.integers(1, 30))
def test_an_examples_row_and_question_are_found_again(rows, random, most):
    rows = np.array(rows, dtype=np.int64)
    at = np.array([random.randrange(len(rows)) for _ in range(40)])
    questions = np.array([random.randrange(most) for _ in at])
    examples = asked(rows[at], questions)
    place, question = places(examples, rows, questions=most)
    assert (asked(rows[place], question) == examples).all()
    # distinct but for chance, 2⁻⁶⁴ a pair
    assert (place == at).all()
    assert (question == questions).all()


def test_examples_of_no_row_have_no_place():
    place, question = places(np.array([1, 2, 3]), np.array([2]))
    assert place.tolist() == [-1, 0, -1]
    assert question.tolist() == [-1, 0, -1]
    assert places(np.array([1]), np.array([], dtype=np.int64))[0].tolist() == [-1]
