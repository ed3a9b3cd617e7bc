"""Seconds of one core to prepare the features of a table, against scikit-learn's ColumnTransformer.

One million rows of 13 numbers with gaps and 7 categories, on one core, in one process; the results
are compared before the times are.

    OMP_NUM_THREADS=1 python benchmarks/table_features.py
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

NUMBERS, CATEGORIES = 13, 7


def rows(count: int) -> pa.Table:
    """Gives a generated table."""
    draw = np.random.default_rng(0)
    words = np.array([f"city {number}" for number in range(500)], object)
    columns: dict[str, Any] = {}
    for number in range(NUMBERS):
        gaps = draw.random(count) < 0.05
        columns[f"number {number}"] = pa.array(draw.lognormal(size=count), mask=gaps)
    for number in range(CATEGORIES):
        columns[f"category {number}"] = pa.array(words[draw.integers(0, 500, count)])
    return pa.table(columns)


def timed(work: Callable[[], Any]) -> tuple[float, Any]:
    """Gives the processor's seconds that some work takes, and its result."""
    start = time.process_time()
    found = work()
    return time.process_time() - start, found


def scikit_learn(scaling: str) -> Any:
    """Gives the same preparation as a pipeline would have it."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OrdinalEncoder, QuantileTransformer, StandardScaler

    scaler = StandardScaler() if scaling == "standard" else QuantileTransformer(
        n_quantiles=1000, subsample=None, output_distribution="normal"
    )  # fmt: skip
    numbers = make_pipeline(scaler, SimpleImputer(strategy="median"))
    codes = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    return ColumnTransformer(
        [
            ("numbers", numbers, [f"number {number}" for number in range(NUMBERS)]),
            ("codes", codes, [f"category {number}" for number in range(CATEGORIES)]),
        ]
    )


def compare(table: pa.Table, scaling: Any) -> dict[str, Any]:
    """Times both on the same rows.

    Raises:
        SystemExit: their results differ.
    """
    from xinzhi.data import features

    recipe = features.Recipe(scaling=scaling, indicator=False)
    fit_s, prepared = timed(lambda: features.fit(table, recipe=recipe))
    with tempfile.TemporaryDirectory() as folder:
        prepared.save(Path(folder))
        prepared = features.Prepared.load(Path(folder))
    transform_s, ours = timed(lambda: prepared.transform(table))
    frame = table.to_pandas()
    peer = scikit_learn(scaling)
    peer_fit_s, _ = timed(lambda: peer.fit(frame))
    peer_s, theirs = timed(lambda: peer.transform(frame))
    far = np.abs(ours.numeric - theirs[:, :NUMBERS])
    if far.max() > 1e-5 or (ours.categorical != theirs[:, NUMBERS:] + 1).any():
        raise SystemExit("the results differ")
    single = table.slice(0, 1)
    row_s = timed(lambda: [prepared.transform(single) for _ in range(100)])[0] / 100
    return {
        "scaling": scaling,
        "fit_s": round(fit_s, 2),
        "transform_s": round(transform_s, 2),
        "one_row_ms": round(1000 * row_s, 2),
        "sklearn_fit_s": round(peer_fit_s, 2),
        "sklearn_transform_s": round(peer_s, 2),
        "transform_ratio": round(peer_s / transform_s, 1),
        "largest_difference": float(far.max()),
    }


def main() -> None:
    """Prints one JSON line per scaling."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    table = rows(parser.parse_args().rows)
    import sklearn.compose  # noqa: F401 - its import is not what is timed

    for scaling in ("standard", "quantile"):
        print(json.dumps(compare(table, scaling)), flush=True)


if __name__ == "__main__":
    main()
