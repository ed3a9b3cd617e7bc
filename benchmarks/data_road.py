"""Seconds and peak memory from raw rows to a frozen snapshot, against what others would write.

Every contender takes the same generated Parquet files through the same steps, in a process of its
own, one after the other: trim, drop what is empty or unlabelled, merge exact duplicates (the
earliest stays), split by the hash of a key, write Parquet per split, and a digest of the content.
`duckdb` is the SQL that one writes by hand for this, `duckdb_sorted` the SQL that also gives what a
snapshot promises: a stable number per row and an order that depends on the content alone.

    python benchmarks/data_road.py                  # ten million rows, 2 GB of text
    python benchmarks/data_road.py --rows 200000    # a quick trial
    python benchmarks/data_road.py --contenders xinzhi duckdb
"""

# ruff: noqa: S608 - only constants of this file go into the queries

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from generated_rows import Rows, generated
from processes import Measured, measured

VAL, TEST, SEED = 0.1, 0.2, 0
THREADS = 2
MEMORY_GB = 2.5  # what DuckDB may take before it spills, where a person sets it by hand
SPACE = " \\t\\n\\r\u3000\u00a0"
SPLITS = ("train", "val", "test")
TARGET_RATIO, TARGET_MIB = 1.2, 4096


def xinzhi(files: list[str], folder: Path) -> dict[str, int]:
    """Prepares by a declaration, the snapshot's manifest and leakage check included."""
    os.environ["XINZHI_CACHE"] = str(folder)
    from xinzhi.data.declaration import Declaration

    declared = Declaration(
        train=files,
        text="text",
        label="label",
        time="created",
        key="key",
        split="hash",
        val_fraction=VAL,
        test_fraction=TEST,
        split_seed=SEED,
    )
    return declared.prepare().counts


def duckdb(files: list[str], folder: Path, *, sort: bool = False) -> dict[str, int]:
    """Prepares by SQL; the share that a row draws is that of xinzhi, 60 bits of an MD5."""
    import duckdb

    con = duckdb.connect(config={"temp_directory": str(folder / "spill"), "threads": THREADS})
    con.execute(f"SET memory_limit = '{MEMORY_GB}GB'; SET preserve_insertion_order = false")
    con.execute("SET TimeZone = 'UTC'; SET enable_progress_bar = false")
    number = "('0x' || left(md5(concat_ws(chr(31), text, label)), 15))::BIGINT"
    test, val = int(TEST * 2**60), int((TEST + VAL) * 2**60)
    con.execute(f"""
        CREATE TABLE kept AS
        WITH tidy AS (
            SELECT trim(text, E'{SPACE}') AS text, trim(label, E'{SPACE}') AS label, created, key
            FROM read_parquet($files)
        ), merged AS (
            SELECT text, label, min({{'time': created, 'key': key}}) AS first
            FROM tidy WHERE text <> '' AND label <> '' GROUP BY text, label
        ), drawn AS (
            SELECT text, label, first.time AS time, first.key AS key,
                ('0x' || left(md5('{SEED}:k' || first.key), 15))::BIGINT AS draw
            FROM merged
        )
        SELECT text, label, {number + " AS row," if sort else ""} time, key, CASE
            WHEN draw < {test} THEN 'test' WHEN draw < {val} THEN 'val' ELSE 'train' END
            AS split
        FROM drawn""", {"files": files})  # fmt: skip
    order = "ORDER BY row, text, label, time, key" if sort else ""
    for split in SPLITS:
        con.execute(
            f"COPY (SELECT * EXCLUDE split FROM kept WHERE split = '{split}' {order}) "
            f"TO '{folder / split}.parquet' (FORMAT parquet, COMPRESSION zstd)"
        )
    counted = con.execute("""
        SELECT split, count(*), bit_xor(md5_number(concat_ws(chr(31), text, label, time, key)))
        FROM kept GROUP BY split""").fetchall()  # fmt: skip
    (folder / "digest.json").write_text(json.dumps([[str(v) for v in row] for row in counted]))
    return {split: rows for split, rows, _ in counted}


def duckdb_sorted(files: list[str], folder: Path) -> dict[str, int]:
    """Prepares by SQL that also numbers and sorts the rows."""
    return duckdb(files, folder, sort=True)


def pandas(files: list[str], folder: Path) -> dict[str, int]:
    """Prepares by pandas, all in memory."""
    import pandas as pd

    rows = pd.concat([pd.read_parquet(file) for file in files], ignore_index=True)
    rows["text"], rows["label"] = rows["text"].str.strip(), rows["label"].str.strip()
    rows = rows[(rows["text"] != "") & rows["text"].notna() & rows["label"].notna()]
    rows = rows.sort_values(["created", "key"]).drop_duplicates(["text", "label"])
    draw = pd.util.hash_array(rows["key"].to_numpy(dtype=object)) / 2.0**64
    code = 0 + (draw < TEST + VAL) + (draw < TEST)
    counts, digest = {}, {}
    for place, split in enumerate(SPLITS):
        part = rows[code == place]
        part.to_parquet(folder / f"{split}.parquet", compression="zstd", index=False)
        digest[split] = int(pd.util.hash_pandas_object(part, index=False).sum())
        counts[split] = len(part)
    (folder / "digest.json").write_text(json.dumps(digest))
    return counts


def polars(files: list[str], folder: Path) -> dict[str, int]:
    """Prepares by Polars' streaming engine: one pass writes the files, one makes the digest."""
    os.environ["POLARS_MAX_THREADS"] = str(THREADS)
    import polars as pl

    draw = pl.col("key").hash(SEED) / 2.0**64
    split = pl.when(draw < TEST).then(pl.lit("test")).when(draw < TEST + VAL).then(pl.lit("val"))
    tidy = pl.scan_parquet(files).with_columns(pl.col("text", "label").str.strip_chars())
    filled = tidy.filter(pl.col("text") != "", pl.col("label") != "")
    earliest = pl.col("created").min(), pl.col("key").min_by("created")
    merged = filled.group_by("text", "label").agg(earliest)
    kept = merged.with_columns(split=split.otherwise(pl.lit("train")))
    sinks = [
        kept.filter(split=split)
        .drop("split")
        .sink_parquet(folder / f"{split}.parquet", compression="zstd", lazy=True)
        for split in SPLITS
    ]
    pl.collect_all(sinks, engine="streaming")
    counts, digest = {}, {}
    for split in SPLITS:
        written = pl.scan_parquet(folder / f"{split}.parquet")
        hashed = written.select(pl.struct(pl.all()).hash().sum().alias("h"), pl.len().alias("n"))
        digest[split], counts[split] = hashed.collect(engine="streaming").row(0)
    (folder / "digest.json").write_text(json.dumps(digest))
    return counts


Contender = Callable[[list[str], Path], dict[str, int]]
CONTENDERS: dict[str, Contender] = {
    "duckdb": duckdb,  # first: the others are compared with it
    "xinzhi": xinzhi,
    "duckdb_sorted": duckdb_sorted,
    "pandas": pandas,
    "polars": polars,
}


def row(name: str, found: Measured, base: Measured | None) -> str:
    """Writes a line of the table."""
    if found.result is None:
        return f"{name:<14}{'–':>9}{'–':>9}{found.peak_mib:>11,.0f}   {found.failure}"
    ratios = ["–"] * 3
    if base is not None and base.result is not None:
        ratios = [f"{a / b:.2f}×" for a, b in zip(found[:3], base[:3], strict=True)]
    counts = " / ".join(f"{found.result[split]:,}" for split in SPLITS)
    return (
        f"{name:<14}{found.seconds:>8.1f}s{found.cpu_s:>8.1f}s{found.peak_mib:>11,.0f}"
        f"{''.join(f'{ratio:>8}' for ratio in ratios)}   {counts}"
    )


def compare(found: dict[str, Measured]) -> list[str]:
    """Says whether the contenders agree about the rows, and whether the targets are met."""
    lines, counted = [], {name: one.result for name, one in found.items() if one.result}
    totals = {name: sum(counts.values()) for name, counts in counted.items()}
    same = len(set(totals.values())) == 1
    lines.append("all keep the same number of rows" if same else f"rows differ: {totals}")
    ours, theirs = found.get("xinzhi"), found.get("duckdb")
    if ours is None or theirs is None or not (ours.result and theirs.result):
        return lines
    equal = "the same" if ours.result == theirs.result else "other"
    lines.append(f"xinzhi and duckdb have {equal} rows per split")
    ratio, peak = ours.seconds / theirs.seconds, ours.peak_mib
    met = ratio <= TARGET_RATIO and peak < TARGET_MIB
    lines.append(
        f"target (at most {TARGET_RATIO} × duckdb, below {TARGET_MIB:,} MiB): "
        f"{ratio:.2f} ×, {peak:,.0f} MiB: {'met' if met else 'missed'}"
    )
    return lines


def race(names: list[str], rows: Rows, *, limit_mib: float) -> dict[str, Measured]:
    """Measures contenders one after the other, each in an empty folder."""
    env = dict(os.environ, OMP_NUM_THREADS=str(THREADS), POLARS_MAX_THREADS=str(THREADS))
    files, found = [str(file) for file in rows.files], {}
    for name in names:
        for file in files:  # so that nobody pays for a cold disk
            Path(file).read_bytes()
        with tempfile.TemporaryDirectory(dir=rows.files[0].parents[1]) as folder:
            command = [sys.executable, __file__, "--only", name, "--folder", folder, *files]
            found[name] = measured(command, limit_mib=limit_mib, env=env)
        print(row(name, found[name], found.get("duckdb")), flush=True)
    return found


def main() -> None:
    """Measures one contender, or all of them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="*")
    parser.add_argument("--only", choices=CONTENDERS)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--contenders", nargs="+", choices=CONTENDERS, default=list(CONTENDERS))
    parser.add_argument("--limit-mib", type=float, default=12_288, help="of each contender")
    chosen = parser.parse_args()
    if chosen.only:
        print(json.dumps(CONTENDERS[chosen.only](chosen.files, chosen.folder)))
        return
    from xinzhi.config.project import cache_folder

    made = generated(chosen.rows, cache_folder() / "generated")
    print(f"{made.rows:,} rows, {made.text_bytes / 1e9:.2f} GB of text, {THREADS} threads")
    heads = f"{'wall':>9}{'cpu':>9}{'peak MiB':>11}{'wall':>8}{'cpu':>8}{'peak':>8}"
    print(f"{'':<14}{heads} of duckdb's   train / val / test")
    print(*compare(race(chosen.contenders, made, limit_mib=chosen.limit_mib)), sep="\n")


if __name__ == "__main__":
    main()
