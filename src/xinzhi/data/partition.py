"""Turns cleaned rows into train, val and test, and keeps each record on one side."""

from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from xinzhi.data import portable, splits
from xinzhi.data.records import Step
from xinzhi.data.rows import Rows, counts

if TYPE_CHECKING:
    from collections.abc import Mapping

    import ibis

_RECORD = ["first", "second"]
_BINS = 10  # of a label that is a number, when its distribution is kept on every side
_BIN_ROWS = 20  # at least, so that each bin has rows for every part


class Partition(NamedTuple):
    """How rows are parted.

    Attributes:
        kind: by class, by time, by group, or by the hash of a key.
        shares: fractions of val and test.
        seed: another seed parts otherwise.
    """

    kind: Literal["stratified", "time", "group", "hash"]
    shares: splits.Shares
    seed: int = 0

    def __str__(self) -> str:
        train = 1 - self.shares.val - self.shares.test
        parts = f"{train:.0%} / {self.shares.val:.0%} / {self.shares.test:.0%}"
        return f"split={self.kind} {parts}, seed {self.seed}"


def complete(given: "Mapping[str, Rows]", partition: Partition) -> dict[str, Rows]:
    """Split the missing parts off from train.

    Args:
        given: `train`, and those of `val` and `test` that were given.
        partition: how.

    Returns:
        All three; a part whose share is 0 and that was not given is empty.
    """
    shares = splits.Shares(
        val=0.0 if "val" in given else partition.shares.val,
        test=0.0 if "test" in given else partition.shares.test,
    )
    rows = given["train"]
    if not (shares.val or shares.test):
        empty = rows._replace(narrow=rows.narrow.limit(0))
        return {name: given.get(name, empty) for name in splits.NAMES}
    coded = rows.engine.keep(_coded(rows, partition._replace(shares=shares)))
    ours = {
        name: rows._replace(narrow=coded.filter(coded.code == code).drop("code"))
        for code, name in enumerate(splits.NAMES)
    }
    return {name: ours[name] if name == "train" else given.get(name, ours[name]) for name in ours}


def _coded(rows: Rows, partition: Partition) -> "ibis.Table":
    """Add the column `code`: 0 train, 1 val, 2 test."""
    kind, shares, seed = partition
    if kind == "time":
        return rows.narrow.mutate(code=_by_time(rows, shares))
    if kind == "group":
        return _by_group(rows, shares, seed)
    if kind == "hash":
        return rows.narrow.mutate(code=_hashed(rows, shares, seed))
    return _stratified(rows, shares)


def _code(test: Any, val: Any) -> Any:  # noqa: ANN401 - Ibis columns
    import ibis

    return ibis.cases((test, 2), (val, 1), else_=0).cast("int8")


def _hashed(rows: Rows, shares: splits.Shares, seed: int) -> Any:  # noqa: ANN401
    narrow = rows.narrow
    own = "r" + narrow.first.cast("string") + "." + narrow.second.cast("string")
    key = ("k" + narrow.key).fill_null(own) if "key" in narrow.columns else own
    draw = portable.lanes(f"{seed}:" + key, rows.engine).first
    whole = 16**portable.LANE_DIGITS
    test, val = int(shares.test * whole), int((shares.test + shares.val) * whole)
    return _code(draw < test, draw < val)


def _by_time(rows: Rows, shares: splits.Shares) -> Any:  # noqa: ANN401
    import ibis
    import numpy as np

    narrow = rows.narrow
    is_moment = narrow.time.type().is_timestamp()
    time = portable.micros(narrow.time, rows.engine) if is_moment else narrow.time
    timed = narrow.select(time=time)
    found = rows.engine.arrow(timed.group_by("time").aggregate(n=timed.count()))
    moments, sizes = (found.column(name).to_numpy() for name in ("time", "n"))
    order = np.argsort(moments)
    cuts = splits.time_cuts(moments[order], sizes[order], shares)
    never = ibis.literal(False)  # noqa: FBT003 - a value, not a switch
    return _code(*(never if cut is None else time >= cut for cut in (cuts.test, cuts.val)))


def _by_group(rows: Rows, shares: splits.Shares, seed: int) -> "ibis.Table":
    import ibis

    engine, narrow = rows.engine, rows.narrow
    groups = narrow.group_by("group").aggregate(n=narrow.count())
    drawn = engine.keep(groups.mutate(draw=portable.drawn(groups.group, seed, engine)))
    order = [drawn.draw, drawn.group]
    sizes = engine.arrow(drawn.order_by(order).select("n")).column("n").to_numpy()
    cuts = splits.group_cuts(sizes, shares)
    place = ibis.row_number().over(order_by=order)
    ranked = drawn.mutate(place=place)
    ranked = ranked.select("group", code=_code(ranked.place < cuts.test, ranked.place < cuts.val))
    return narrow.inner_join(ranked, "group")


def _stratified(rows: Rows, shares: splits.Shares) -> "ibis.Table":
    """Part rows so that every stratum keeps its fractions; a text stays in one part."""
    import ibis
    import pyarrow as pa

    engine = rows.engine
    members = _strata(rows)
    texts = members.group_by(_RECORD).aggregate(
        stratum=members.stratum.min(), draw=members.draw.min()
    )
    place = ibis.row_number().over(group_by="stratum", order_by=["draw", *_RECORD])
    placed = engine.keep(texts.mutate(place=place))
    sizes = engine.arrow(placed.group_by("stratum").aggregate(n=placed.count()))
    quotas = [splits.quota(n, shares) for n in sizes.column("n").to_pylist()]
    table = pa.table(
        {
            "stratum": sizes.column("stratum"),
            "test": pa.array([test for _, test in quotas], pa.int64()),
            "both": pa.array([val + test for val, test in quotas], pa.int64()),
        }
    )
    joined = placed.inner_join(engine.load(table), "stratum")
    codes = joined.select(
        *_RECORD, code=_code(joined.place < joined.test, joined.place < joined.both)
    )
    return rows.narrow.inner_join(codes, _RECORD)


def _strata(rows: Rows) -> "ibis.Table":
    """Give each row its label, its rarest one where there are several, or a number's tenth."""
    import ibis

    narrow = rows.narrow
    if not rows.labelled:
        return narrow.mutate(stratum=ibis.literal(""))
    if rows.number:
        return _by_quantile(rows)
    if not rows.many:
        return narrow.mutate(stratum=narrow.label)
    found = rows.engine.keep(counts(rows))
    flat = narrow.select("id", label=narrow.label.unnest()).inner_join(found, "label")
    rarest = flat.group_by("id").aggregate(n=flat.n.min())
    rarest = flat.inner_join(rarest, ["id", "n"])
    strata = rarest.group_by("id").aggregate(stratum=rarest.label.min())
    return narrow.inner_join(strata, "id")


def _by_quantile(rows: Rows) -> "ibis.Table":
    """Give each row the tenth of the labels in which its own lies; of few rows larger shares."""
    import ibis

    n = rows.size()
    bins = max(1, min(_BINS, n // _BIN_ROWS))
    place = ibis.row_number().over(order_by=["label", *_RECORD])
    return rows.narrow.mutate(stratum=place * bins // max(n, 1))


def without_shared(given: "Mapping[str, Rows]") -> tuple[dict[str, Rows], dict[str, Step]]:
    """Take records out of train that val or test hold too, and out of val what test holds.

    Args:
        given: the parts that a person gave.

    Returns:
        The parts, and a step for each that lost rows; where equal rows stay, these do too.
    """
    if given["train"].twice:
        return dict(given), {}
    kept: dict[str, Rows] = {}
    steps = {}
    for name in ("test", "val", "train"):
        if name not in given:
            continue
        rows = given[name]
        left = rows.narrow
        for later in kept.values():
            left = left.anti_join(later.narrow, _RECORD)
        if kept:
            n, fewer = rows.size(), rows.only(left)
            n_left = fewer.size()
            if n_left < n:
                what = "text" if "text" in rows.record else "row"
                where = "test or val" if name == "train" else "test"
                steps[name] = Step("shared", n, n_left, f"the {what} is in {where} too")
            rows = fewer
        kept[name] = rows
    return kept, steps
