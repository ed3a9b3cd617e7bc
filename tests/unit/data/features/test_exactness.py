"""What was stored and loaded gives what scikit-learn's own transforms give."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from sklearn.datasets import load_breast_cancer, load_wine
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import (
    MinMaxScaler,
    OneHotEncoder,
    OrdinalEncoder,
    QuantileTransformer,
    StandardScaler,
)

from xinzhi.data import features
from xinzhi.data.features.normal import normal_quantile
from xinzhi.data.features.texts import TOKEN

PLAIN = features.Recipe(indicator=False)
SCALERS = {
    "standard": StandardScaler,
    "minmax": MinMaxScaler,
    "quantile": lambda: QuantileTransformer(
        n_quantiles=1000, output_distribution="normal", subsample=None
    ),
}


def close(ours, theirs):
    np.testing.assert_allclose(ours, theirs, rtol=1e-6, atol=1e-6)


def numbers(kind, rows=2000):
    draw = np.random.default_rng(1)
    return {
        "lognormal": draw.lognormal(size=rows),
        "with gaps": np.where(draw.random(rows) < 0.2, np.nan, draw.normal(5, 3, rows)),
        "many alike": np.where(draw.random(rows) < 0.6, 0.0, draw.exponential(size=rows)),
        "huge": draw.integers(10**17, 10**18, rows).astype(float),
        "tiny": draw.normal(size=rows) * 1e-9,
        "two": draw.choice([0.5, 1.5], rows),
        "heavy": draw.standard_cauchy(rows) * 1e6,
    }[kind]


@pytest.mark.parametrize("scaling", SCALERS)
@pytest.mark.parametrize(
    "kind", ["lognormal", "with gaps", "many alike", "huge", "tiny", "two", "heavy"]
)
@pytest.mark.filterwarnings("ignore:n_quantiles")
def test_scaled_numbers(kind, scaling, stored):
    values = numbers(kind)
    prepared = stored(features.fit(pa.table({"x": values}), {"x": scaling}, recipe=PLAIN))
    unseen = np.concatenate((values, [np.nan, -1e9, 1e9, 0.0, np.nanmax(values)]))
    filled = SimpleImputer(strategy="median").fit(values[:, None]).transform(unseen[:, None])
    close(
        prepared.transform(pa.table({"x": unseen})).numeric,
        SCALERS[scaling]().fit(values[:, None]).transform(filled),
    )


@pytest.mark.parametrize("rows", [1, 2, 3, 7])
def test_quantiles_of_few_rows(rows, stored):
    values = np.arange(rows, dtype=float)[:, None] ** 2 + np.array([[0.5]])
    table = pa.table({"x": np.r_[values[:, 0], np.nan]})  # a gap, so that one value tells something
    prepared = stored(features.fit(table, {"x": "quantile"}))
    theirs = QuantileTransformer(n_quantiles=rows, output_distribution="normal", subsample=None)
    close(prepared.transform(table.slice(0, rows)).numeric[:, :1], theirs.fit_transform(values))


def test_normal_quantiles_are_scipys():
    from scipy.stats import norm

    share = np.concatenate((np.linspace(0, 1, 20_001), 10.0 ** np.linspace(-12, -0.3, 500)))
    theirs = norm.ppf(share)
    inside = (share > 1e-7) & (share < 1 - 1e-7)
    np.testing.assert_allclose(
        normal_quantile(share)[inside], theirs[inside], rtol=1e-12, atol=1e-15
    )


def test_codes_are_those_of_an_ordinal_encoder(stored):
    draw = np.random.default_rng(2)
    city = draw.choice(["Rome", "Oslo", "Paris", "上海", "é", "E"], 300).astype(object)
    prepared = stored(features.fit(pa.table({"city": city}), {"city": "categorical"}))
    unseen = np.array(["Oslo", "Bonn", "上海", "rome", "E"], object)
    theirs = OrdinalEncoder(handle_unknown="use_encoded_value", unknown_value=-1)
    theirs.fit(city[:, None])
    found = prepared.transform(pa.table({"city": np.r_[city, unseen]}))
    np.testing.assert_array_equal(
        found.categorical, theirs.transform(np.r_[city, unseen][:, None]) + 1
    )
    assert found.cardinalities == (7,)
    assert found.notes == ("city: an unknown category in 2 of 305 rows",)


def test_one_output_per_category_is_scikit_learns_one_hot(stored):
    draw = np.random.default_rng(3)
    city = draw.choice(["Rome", "Oslo", "Paris", "Bern"], 300, p=[0.5, 0.3, 0.19, 0.01])
    assert 0 < (city == "Bern").sum() < 5
    prepared = stored(features.fit(pa.table({"city": city}), {"city": "onehot"}))
    unseen = np.array(["Oslo", "Bern", "Bonn"])
    theirs = OneHotEncoder(categories=[["Oslo", "Paris", "Rome"]], handle_unknown="ignore")
    theirs.fit(city[:, None])
    found = prepared.transform(pa.table({"city": np.r_[city, unseen]}))
    close(found.numeric, theirs.transform(np.r_[city, unseen][:, None]).toarray())
    assert found.names == ("city=Oslo", "city=Paris", "city=Rome")


def test_texts_are_scikit_learns_lsa(stored, mixed):
    table = mixed.select(["note"])
    prepared = stored(features.fit(table, {"note": {"as": "text", "width": 8}}))
    texts = sorted(table["note"].to_pylist())
    tfidf = TfidfVectorizer(token_pattern=TOKEN, ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    svd = TruncatedSVD(8, random_state=0).fit(tfidf.fit_transform(texts))
    unseen = [*texts, "Pump, PUMP pump!", "", "no known word… at all", "电机异响", "ß İ ﬁ 😀 motor"]
    ours = prepared.transform(pa.table({"note": unseen})).numeric
    close(ours, svd.transform(tfidf.transform(unseen)) * prepared.columns[0].encoder.factor)
    close(prepared.columns[0].encoder.factor ** 2 * svd.explained_variance_.mean(), 1)


def test_dates_are_pandas_parts(stored, mixed):
    table = mixed.select(["opened"])
    prepared = stored(features.fit(table))
    found = prepared.transform(table)
    moments = table["opened"].to_pandas()
    days = (moments - moments.min().normalize()) / pd.Timedelta(days=1)
    cycles = {
        "month": (moments.dt.month - 1) / 12,
        "monthday": (moments.dt.day - 1) / moments.dt.days_in_month,
        "weekday": moments.dt.day_of_week / 7,
        "hour": (moments - moments.dt.normalize()) / pd.Timedelta(days=1),
    }
    expected = [StandardScaler().fit_transform(days.to_numpy()[:, None])[:, 0]]
    for turn in cycles.values():
        expected += [np.sin(2 * np.pi * turn), np.cos(2 * np.pi * turn)]
    close(found.numeric, np.column_stack(expected))
    assert found.names[:3] == ("opened:days", "opened:month_sin", "opened:month_cos")


def test_vectors_are_standardised(stored, mixed):
    table = mixed.select(["image"])
    values = np.array(table["image"].to_pylist())
    prepared = stored(features.fit(table))
    close(prepared.transform(table).numeric, StandardScaler().fit_transform(values))


def bunch(load):
    data = load(as_frame=True)
    table = pa.Table.from_pandas(data.frame.astype({"target": str}), preserve_index=False)
    return table, data.data.to_numpy(), data.target.to_numpy()


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
@pytest.mark.parametrize("width", [None, 5])
def test_principal_components(load, width, stored):
    table, values, _ = bunch(load)
    recipe = features.Recipe(reduce="pca", reduce_to=width)
    prepared = stored(features.fit(table, label="target", recipe=recipe))
    theirs = PCA(width or min(16, values.shape[1])).fit_transform(
        StandardScaler().fit_transform(values)
    )
    ours = prepared.transform(table).numeric
    assert ours.shape == theirs.shape
    signs = np.sign((ours * theirs).sum(axis=0))  # of a component, free
    close(ours, theirs * signs)


@pytest.mark.parametrize("load", [load_breast_cancer, load_wine])
def test_discriminants(load, stored):
    table, values, classes = bunch(load)
    recipe = features.Recipe(reduce="lda")
    prepared = stored(features.fit(table, label="target", recipe=recipe))
    scaled = StandardScaler().fit_transform(values)
    theirs = LinearDiscriminantAnalysis().fit(scaled, classes).transform(scaled)
    ours = prepared.transform(table).numeric
    signs = np.sign((ours * theirs).sum(axis=0))
    close(ours, theirs * signs)


@pytest.mark.parametrize("by", ["information", "forest"])
def test_important_columns_are_kept(by, stored):
    table, values, _ = bunch(load_breast_cancer)
    noise = np.random.default_rng(0).normal(size=(len(values), 10))
    for number in range(10):
        table = table.append_column(f"noise {number}", pa.array(noise[:, number]))
    recipe = features.Recipe(select=12, select_by=by)
    prepared = stored(features.fit(table, label="target", recipe=recipe))
    found = prepared.transform(table)
    assert found.numeric.shape == (569, 12)
    assert not [name for name in found.names if name.startswith("noise")]
    whole = features.fit(table, label="target").transform(table)
    places = [whole.names.index(name) for name in found.names]
    np.testing.assert_array_equal(found.numeric, whole.numeric[:, places])


def test_information_is_scikit_learns():
    from sklearn.feature_selection import mutual_info_classif

    table, values, classes = bunch(load_wine)
    prepared = features.fit(table, label="target", recipe=features.Recipe(select=13))
    theirs = mutual_info_classif(StandardScaler().fit_transform(values), classes, random_state=1)
    ours = [column.importance for column in prepared.columns]
    np.testing.assert_allclose(ours, theirs, atol=0.05)  # its tie-breaking noise differs
