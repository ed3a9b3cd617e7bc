"""The page says what it must, shows nothing as markup that is data, and needs no network."""

import io
import json
import re
from base64 import b64decode
from html.parser import HTMLParser

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from xinzhi.errors import DataError
from xinzhi.evaluation import page, page_drawing
from xinzhi.evaluation.mistakes import mistakes
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.evaluation.page_html import html
from xinzhi.evaluation.thresholds import Curve

ATTACK = "</script><img src=x onerror=alert(1)><b>\"'&"
FACTS = {"model": "tickets/3", "data": "tickets 工单", "split": "test", "digest": "abc123"}
_VOID = {"meta", "img", "br", "wbr", "link", "input"}


class _Read(HTMLParser):
    """Collects tags, attributes and text, and refuses what is not closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], ""
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attrs]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *one) for one in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def _classes(n=400, names=("good", "bad"), seed=0, **settings):
    random = np.random.default_rng(seed)
    probabilities = random.dirichlet(np.full(len(names), 0.6), n)
    truth = np.array([random.choice(len(names), p=one) for one in probabilities])
    outcomes = Outcomes(
        kind="classes",
        rows=np.arange(n) + 1000,
        classes=tuple(names),
        columns={"truth": truth, "probabilities": probabilities},
        settings=settings,
    )
    record = pa.table(
        {
            "text": [f"sentence {i} 中文" for i in range(n)],
            "label": [names[one] for one in truth],
            "channel": [("web", "app", "phone")[i % 3] for i in range(n)],
            "age": random.integers(18, 80, n),
            "row": np.arange(n) + 1000,
        }
    )
    return outcomes, record


def _others():
    random = np.random.default_rng(1)
    n = 120
    truth = random.normal(size=n)
    answer = truth + random.normal(size=n)
    rows = np.arange(n)
    counts = random.integers(0, 3, (n, 2))
    right = np.minimum(counts, random.integers(0, 3, (n, 2)))
    ranks = random.integers(1, 9, n)
    return {
        "labels": Outcomes(
            kind="labels",
            rows=rows,
            classes=("a", "b", "c"),
            columns={
                "truth": random.random((n, 3)) < 0.4,
                "probabilities": random.random((n, 3)),
            },
        ),
        "numbers": Outcomes(
            kind="numbers",
            rows=rows,
            columns={"truth": truth, "answer": answer, "lower": answer - 1, "upper": answer + 1},
            settings={"level": 0.8},
        ),
        "spans": Outcomes(
            kind="spans",
            rows=rows,
            classes=("PER", "LOC"),
            columns={"truth": counts, "answered": right + counts // 2, "right": right},
        ),
        "means": Outcomes(
            kind="means",
            rows=rows,
            columns={"mrr": 1 / ranks, "hits@3": (ranks <= 3).astype(float)},
        ),
    }


def _content(outcomes, record, **more):
    given = {"title": "tickets", "facts": FACTS, "objective": "accuracy", **more}
    return page.content(outcomes, record, **given)


@pytest.fixture(scope="module")
def whole():
    outcomes, record = _classes(
        positive=1, threshold=0.4, cost={"false_positive": 1, "false_negative": 5}, accept=0.9
    )
    return _content(
        outcomes,
        record,
        slices={"channel": {"column": "channel"}, "old": {"where": "age > 78"}},
        sensitive=["channel"] if _has_fairlearn() else [],
    )


def _has_fairlearn():
    try:
        import fairlearn  # noqa: F401
    except ImportError:
        return False
    return True


def test_the_first_sentence_says_it_all(whole):
    text = _Read(html(whole)).text
    main = whole.metrics[0]
    assert main.name == "accuracy"
    for part in ("tickets/3", "400 test examples", "tickets 工单", f"{main.value:.4f}"):
        assert part in whole.sentence
        assert part in text


def test_every_measure_and_slice_is_there(whole):
    text = _Read(html(whole)).text
    names = [one.name for one in whole.slices]
    assert names == ["channel=web", "channel=app", "channel=phone", "old"]
    assert [one.small for one in whole.slices] == [False, False, False, True]
    for one in (*whole.metrics, *whole.slices):
        assert one.name in text
    assert "too small" in text
    assert "abc123" in text


def test_a_slice_is_measured_as_if_alone(whole):
    outcomes, record = _classes(
        positive=1, threshold=0.4, cost={"false_positive": 1, "false_negative": 5}, accept=0.9
    )
    web = np.array(record["channel"].to_pylist()) == "web"
    part = outcomes.taken(web)
    right = (part.columns["probabilities"].argmax(1) == part.columns["truth"]).mean()
    assert whole.slices[0].value == pytest.approx(right)
    assert whole.slices[0].low < right < whole.slices[0].high


def test_no_network_and_no_script(whole, tmp_path):
    page.write(whole, tmp_path / "new" / "page.html")
    text = (tmp_path / "new" / "page.html").read_text(encoding="utf-8")
    assert not re.search(r"https?://|@import|url\(", text)
    read = _Read(text)
    assert "script" not in read.tags
    assert "default-src 'none'" in text


def test_json_is_plain(whole):
    told = json.loads(json.dumps(whole.as_json(), allow_nan=False))
    assert told["objective"] == "accuracy"
    assert told["metrics"][0]["name"] == "accuracy"
    assert {"slices", "found", "calibration", "curves", "confusion", "mistakes"} <= told.keys()


def test_the_table_for_a_terminal(whole):
    text = whole.table()
    assert "channel=web" in text
    assert "95% interval" in text
    assert max(map(len, text.splitlines())) <= 110


@pytest.mark.parametrize("kind", ["labels", "numbers", "spans", "means"])
def test_other_kinds_have_a_page(kind):
    outcomes = _others()[kind]
    record = pa.table({"text": [f"t {i}" for i in range(120)], "row": np.arange(120)})
    told = _content(outcomes, record, slices={"short": {"characters": [0, 3]}})
    text = _Read(html(told)).text
    assert told.metrics[0].name in text
    assert told.mistakes
    json.dumps(told.as_json(), allow_nan=False)
    assert told.table()
    assert (told.calibration is not None) == (kind in ("labels", "numbers"))


def test_rows_that_are_gone_leave_the_measures():
    outcomes, _ = _classes()
    told = _content(outcomes, None)
    assert told.found == ()
    assert told.mistakes[0].shown.text is None
    _Read(html(told))
    told = _content(outcomes, None, slices={"old": "age > 3"})
    assert told.slices == ()
    assert "slices are left out" in _Read(html(told)).text


def test_an_unknown_sensitive_column_has_a_near_match():
    with pytest.raises(DataError) as raised:
        _content(*_classes(), sensitive=["chanel"])
    assert raised.value.candidates == ("channel",)


def test_many_classes_are_bounded():
    names = [f"类别 {i}" for i in range(150)]
    told = _content(*_classes(600, names))
    assert len(told.confusion.names) == 12
    assert sum(map(sum, told.confusion.counts)) == 600
    assert told.confusion.hidden + len(told.confusion.lines) <= 150
    assert len(html(told)) < 300_000


@pytest.mark.parametrize("kind", ["classes", "labels", "numbers", "spans", "means"])
def test_data_is_never_markup(kind):
    if kind == "classes":
        outcomes, _ = _classes(300, (ATTACK, f"b{ATTACK}", "c"), positive=0, threshold=0.5)
    else:
        outcomes = _others()[kind]
        if outcomes.classes:
            classes = tuple(f"{one}{ATTACK}" for one in outcomes.classes)
            outcomes = Outcomes(**{**vars(outcomes), "classes": classes})
        if kind == "means":
            columns = {f"{k}{ATTACK}": v for k, v in outcomes.columns.items()}
            outcomes = Outcomes(**{**vars(outcomes), "columns": columns})
    n = len(outcomes)
    column = f'<i onmouseover="x">{ATTACK}'
    inside = np.arange(n) < 60
    record = pa.table(
        {
            "text": [ATTACK * 3] * n,
            column: np.where(inside, ATTACK, "plain"),
            "series": [[1.0, 2.0, float("nan"), 3.0]] * n,
            "row": np.arange(n),
        }
    )
    told = _content(
        outcomes,
        record,
        title=f"tickets {ATTACK}",
        facts={"model": ATTACK, "data": ATTACK, ATTACK: ATTACK, "warnings": [ATTACK]},
        slices={f"s{ATTACK}": {"column": column}},
        sensitive=[column] if kind in ("classes", "labels", "numbers") and _has_fairlearn() else [],
    )
    read = _Read(html(told))
    assert not {"script", "b onerror", "i onmouseover"} & set(read.tags)
    assert not [one for one in read.attributes if one[1].startswith("on")]
    assert all(
        value.startswith("data:image/png") for tag, name, value in read.attributes if name == "src"
    )
    assert "onerror=alert(1)" in read.text


def test_pictures_are_small_and_inline(tmp_path):
    outcomes, _ = _classes(40)
    (tmp_path / "files").mkdir()
    np.save(
        tmp_path / "files" / "digits", np.arange(40 * 64, dtype=np.uint8).reshape(40, 8, 8) % 17
    )
    (tmp_path / "files" / "digits.npy").rename(tmp_path / "files" / "digits")
    record = pa.table({"array": ["digits"] * 40, "place": np.arange(40), "path": ["p"] * 40})
    told = mistakes(outcomes, record, measure="accuracy", folder=tmp_path)
    picture = Image.open(io.BytesIO(b64decode(told[0].shown.picture)))
    assert picture.size == (72, 72)
    gone = mistakes(outcomes, record, measure="accuracy", folder=tmp_path / "elsewhere")
    assert gone[0].shown.picture is None
    outside = record.set_column(0, "array", pa.array(["../../etc/passwd"] * 40))
    assert mistakes(outcomes, outside, measure="accuracy", folder=tmp_path)[0].shown.picture is None


def test_what_is_decided_at_the_threshold_says_so():
    outcomes, record = _classes(positive=1, threshold=0.09, cost=None, accept=0.6)
    told = _content(outcomes, record)
    table, text = told.table().splitlines(), _Read(html(told)).text
    rules = {line.split()[0]: line for line in table if line.strip()}
    assert rules["precision"].endswith("at the threshold 0.090")
    assert rules["accuracy"].endswith("by the likeliest class")
    assert "decided by the threshold 0.090" in text
    assert "the likeliest class is the answer, whatever the threshold 0.090" in text
    alike = _content(*_classes(names=("a", "b", "c")))
    assert alike.rules == {}
    assert "the likeliest is the answer" in _Read(html(alike)).text


def test_a_threshold_is_drawn_where_it_is():
    told = Curve(kind="alone", subject="answers", threshold=(0.625, 0.8, 1.0), chosen=0.569,
                 lines={"share": (1.0, 0.7, 0.1)}, reached={"share": 1.0}, best=None,
                 sentence="")  # fmt: skip
    drawn = page_drawing.curve(told, ["share"])
    (line, chosen) = re.findall(r'<polyline class="[a-z]+" points="([^"]+)"', drawn)
    across = [float(point.split(",")[0]) for point in line.split()]
    dotted, dot = float(chosen.split(",")[0]), float(re.findall(r'cx="([^"]+)"', drawn)[0])
    assert dotted == dot == across[0] < across[1]  # the axis begins at it, the line goes on from it
    heights = [float(point.split(",")[1]) for point in line.split()]
    assert heights[0] == heights[1] < heights[2] == heights[3]  # steps


def test_the_most_confident_mistakes_come_first():
    outcomes, record = _classes(300, ("a", "b", "c"))
    told = mistakes(outcomes, record, measure="accuracy")
    truth, probabilities = outcomes.columns["truth"], outcomes.columns["probabilities"]
    wrong = probabilities.argmax(1) != truth
    assert told[0].sure == pytest.approx(probabilities[wrong].max())
    assert [one.sure for one in told] == sorted((one.sure for one in told), reverse=True)
    assert all(one.truth != one.answer for one in told)
    place = told[0].row - 1000
    assert told[0].shown.text == record["text"][place].as_py()
