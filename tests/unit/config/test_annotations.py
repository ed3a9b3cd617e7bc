import ast

import pytest

from xinzhi.config import annotations

HERE = "xinzhi.training.precision"  # has Accelerator = Literal[...]


def tree(text):
    return ast.parse(text, mode="eval").body


@pytest.mark.parametrize(
    ("annotation", "fitting", "other"),
    [
        ("int", [3, -1], [0.5, True, "3", None, [3]]),
        ("float", [0.5, 3], [True, "0.5", None]),
        ("bool", [True, False], [0, "true"]),
        ("str", ["a", ""], [3, None, ["a"]]),
        ("int | None", [3, None], ["x"]),
        ("Optional[Union[int, float]]", [3, 0.5, None], ["x", True]),
        ("Literal['a', 'b'] | None", ["a", None], ["c", 1]),
        ("Literal[1, 2]", [1], [True, "1"]),
        ("Sequence[str]", [["a"], []], ["a", [1]]),
        ("str | Sequence[str]", ["a", ["a"]], [1, [1]]),
        ("tuple[float, float]", [[0.9, 0.999]], [[0.9], ["a", "b"], 0.9]),
        ("tuple[int, ...]", [[1, 2, 3], []], [[0.5]]),
        ("dict[str, int]", [{"a": 1}], [[], "a"]),
        ("Mapping[str, Any]", [{}], [1]),
        ("Path | None", ["a/b", None], [3]),
        ("Accelerator", ["cpu"], ["cpuu"]),
        ("'int | None'", [3, None], ["x"]),
        ("Any", [1, "x", None], []),
        ("Unheard_of", [1, "x", None], []),
        ("Callable[..., int]", ["x", 1], []),
        ("Annotated[int, 'x']", [1], ["x"]),
    ],
)
def test_fits(annotation, fitting, other):
    assert all(annotations.fits(tree(annotation), value, HERE) for value in fitting)
    assert not any(annotations.fits(tree(annotation), value, HERE) for value in other)


def test_a_class_takes_no_text_but_a_target():
    module = "torch.optim.adamw"
    assert not annotations.fits(tree("float | Tensor"), "abc", module)
    assert annotations.fits(tree("float | Tensor"), {"_target_": "x.y"}, module)


def test_words_and_examples():
    assert annotations.describe(tree("int | None"), HERE) == "int or null"
    assert annotations.describe(tree("Literal['a', 'b'] | None"), HERE) == "one of a, b or null"
    assert annotations.example(tree("Optional[float]"), HERE) == "0.1"
    assert annotations.example(tree("Sequence[int]"), HERE) == "[3]"
    assert annotations.example(tree("Accelerator"), HERE) == "auto"
