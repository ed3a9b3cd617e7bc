"""The page of a snapshot: whole, quiet on the network, and blind to what hostile rows hold."""

import json
from html.parser import HTMLParser

import pandas as pd
import pyarrow as pa
import pytest

from xinzhi.data import html, snapshot

HOSTILE = (
    "<script>alert(1)</script>",
    "</pre></td></table><img src=x onerror=alert(1)>",
    "\"'><svg onload=alert(1)>&lt;b&gt;",
    "{{ 7 * 7 }} {% raw %}",
    "שלום עולם \u202e txt.exe",
    "zero\x00bell\x07escape\x1b[31m",
    "长" * 10_000,
    "https://evil.example/beacon.png",
)
VOID = {"meta", "br"}


class Reader(HTMLParser):
    """Collects what a browser sees: tags, their attributes, and text."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.attributes, self.texts, self.open = [], [], [], []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]
        if tag not in VOID and tag not in {"line", "rect"}:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [name for name, _ in attrs]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.texts.append(data)


def manifest(**more):
    return {
        "format": 2, "name": "工单", "digest": "ab" * 16, "created": "2024-05-01T10:00:00+00:00",
        "counts": {"train": 8, "val": 0, "test": 8}, "classes": list(HOSTILE), "split": "hash",
        "steps": [{"split": "train", "step": "empty", "rows_in": 20, "rows_out": 16, "why": "no"}],
        "notes": [], "warnings": [], "sources": [], "columns": {"text": "string"},
        "declaration": {}, **more,
    }  # fmt: skip


@pytest.fixture
def freeze(monkeypatch, tmp_path):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path))

    def freeze(table, **more):
        known = manifest(columns={f.name: str(f.type) for f in table.schema}, **more)
        return snapshot.write({"train": table, "test": table}, known, inputs="in")

    return freeze


@pytest.fixture
def hostile(freeze):
    rows = pd.DataFrame({"text": HOSTILE, "label": HOSTILE, HOSTILE[0]: HOSTILE, "n": range(8)})
    examples = [
        {"split": "train", "step": "near-duplicates", "text": text, "label": text, "why": text}
        for text in HOSTILE
    ]
    return freeze(
        pa.Table.from_pandas(rows, preserve_index=False),
        engine="duckdb",
        warnings=list(HOSTILE),
        notes=list(HOSTILE),
        examples=[*examples, {"split": "val", "step": "empty", "text": None, "label": None}],
        sources=[{"split": "train", "name": text, "fingerprint": [text]} for text in HOSTILE],
        declaration={"train": HOSTILE[1], "text": list(HOSTILE), "label": None},
        violations=[{"column": t, "rule": t, "rows": 3, "first": [{"a": t}]} for t in HOSTILE],
        quarantined=3,
        fitted={"outliers": {"n": [0, 5]}, "missing": {HOSTILE[2]: HOSTILE[0]}},
        leakage={
            "sentence": HOSTILE[0], "exact": {"train–test": 8}, "near": {}, "groups": {},
            "examples": [{"kind": "near", "parts": "train/test", "shared": list(HOSTILE[:2])},
                         {"kind": "exact", "parts": "train/test", "shared": HOSTILE[5]}],
        },
    )  # fmt: skip


def test_what_rows_hold_is_text_and_nothing_else(hostile):
    page = html.page(hostile)
    seen = Reader(page)
    assert not seen.open  # every tag is closed where it was opened
    assert not {"script", "img", "iframe", "link", "object", "a", "form"} & set(seen.tags)
    assert not [name for name in seen.attributes if name.startswith("on") or name == "href"]
    shown = "".join(seen.texts)
    for text in (*HOSTILE[:4], HOSTILE[7]):
        assert text in shown
    assert "49" not in shown.split("{{ 7 * 7 }}")[1][:20]
    assert not {"\x00", "\x07", "\x1b"} & set(page)
    assert "长" * 400 + " … 9,600 more characters" in shown
    assert "长" * 401 not in shown.partition("_target_")[0]  # the declaration is whole
    assert len(page) < 200_000


def test_right_to_left_text_is_kept_apart_from_what_is_around(hostile):
    page = html.page(hostile)
    assert page.count('<bdi dir="auto"') > 50
    assert "<td>\u05e9" not in page


def test_nothing_is_asked_of_the_network(hostile):
    page = html.page(hostile)
    assert "default-src 'none'" in page
    style = page.partition("<style>")[2].partition("</style>")[0]
    assert "url(" not in style
    assert "@import" not in style
    assert "src=" not in page.replace("src=x onerror", "").replace("default-src=", "")


def test_what_became_of_the_rows_is_there(hostile):
    shown = "".join(Reader(html.page(hostile)).texts)
    for word in ("工单", "ab" * 16, "near-duplicates", "quarantine.parquet", "equal rows",
                 "train–test", "outliers: kept between", "[0, 5]", "2024-05-01 10:00"):  # fmt: skip
        assert word in shown, word


def test_a_leak_is_seen_at_once_and_its_absence_too(freeze):
    table = pa.table({"text": ["a", "b"], "label": ["x", "y"]})
    clean = {"sentence": "No row is in two splits.", "exact": {"train–test": 0}, "near": {}}
    assert 'class="verdict"' in html.page(freeze(table, leakage=clean))
    leaked = clean | {"exact": {"train–test": 1}}
    assert 'class="verdict bad"' in html.page(freeze(table, leakage=leaked))
    alike = clean | {"near": {"train–test": 1}}
    assert 'class="verdict some"' in html.page(freeze(table, leakage=alike))
    assert 'class="verdict none"' in html.page(freeze(table))


def test_the_page_of_rows_without_text_or_label_or_rows(freeze):
    numbers = pa.table({"cost": [1.5, None, 1e9, -2.0], "when": pd.date_range("2024", periods=4)})
    assert not Reader(html.page(freeze(numbers))).open
    nothing = pa.table({"text": pa.array([], pa.string()), "label": pa.array([], pa.string())})
    none = manifest(counts={"train": 0, "val": 0, "test": 0}, digest="cd" * 16)
    empty = snapshot.write({"train": nothing}, none, inputs="other")
    assert not Reader(html.page(empty)).open


def test_the_declaration_can_be_pasted(freeze):
    import yaml

    declared = {"train": "a: b #c.csv", "text": ["描述", "body"], "label": "x", "limit": None,
                "schema": {"n": {"type": "integer", "min": 0}}}  # fmt: skip
    page = html.page(freeze(pa.table({"text": ["a"], "label": ["b"]}), declaration=declared))
    text = next(t for t in Reader(page).texts if t.startswith("_target_"))
    read = yaml.safe_load(text)
    assert read.pop("_target_") == "xinzhi.data.declaration.Declaration"
    assert read == {key: value for key, value in declared.items() if value is not None}


def test_a_manifest_that_holds_the_profile_is_not_counted_again(freeze, monkeypatch):
    made = freeze(pa.table({"text": ["a"], "label": ["b"]}))
    known = html.profile(made.folder)
    monkeypatch.setattr(html, "profile", lambda _: pytest.fail("counted again"))
    held = json.loads(json.dumps(made.manifest | {"profile": known}))
    html.page(snapshot.Snapshot(made.folder, made.name, made.digest, held))


def test_the_page_is_written_once(freeze):
    made = freeze(pa.table({"text": ["a"], "label": ["b"]}))
    path = html.write(made)
    assert path == made.folder / "report.html"
    path.write_text("as it was", encoding="utf-8")
    assert html.write(made).read_text("utf-8") == "as it was"
