"""What the models of tables reach beside trees and linear models, over repeated splits.

Each split is fitted as `xinzhi train` does it, without a store; trees are tuned on the same
validation rows. Printed: mean ± standard error over the splits, and of the paired difference.

    python benchmarks/tabular_quality.py credit_risk --splits 10
    python benchmarks/tabular_quality.py disease_progression --splits 10 model.members=32
"""

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

SHOWN = ("auroc", "average_precision", "ks", "brier", "f1", "f1_macro", "accuracy", "cost",
         "mae", "rmse", "r2", "pinball", "coverage_90", "interval_width", "loss")  # fmt: skip


def fitted(experiment: str, overrides: list[str]) -> dict[str, dict[str, float]]:
    """Fits the experiment on one split; gives what model, trees and a linear model reach."""
    from omegaconf import OmegaConf

    from xinzhi.config.entry import prepare
    from xinzhi.config.targets import build
    from xinzhi.training.assembly import assemble, baseline, make_trainer
    from xinzhi.training.fit import fit, seed_everything

    words = [f"experiment={experiment}", "trainer=cpu", "callbacks.progress=null",
             "+trainer.enable_progress_bar=false", *overrides]  # fmt: skip
    settings: Any = OmegaConf.to_container(prepare("train", words), resolve=True)
    snapshot = build(settings["data"]).prepare()
    seed_everything(int(settings["seed"]))
    with tempfile.TemporaryDirectory() as scratch:
        parts = assemble(settings, build, snapshot, cache_folder=Path("data"))
        trainer = make_trainer(settings, build, logger=False, folder=Path(scratch))
        started = time.perf_counter()
        model = dict(fit(trainer, parts.module, parts.datamodule).metrics)
        model["test/seconds"] = time.perf_counter() - started
        trees = {
            "test/seconds" if name == "seconds" else name: value
            for name, value in baseline(
                settings, build, snapshot, folder=Path(tempfile.gettempdir()) / "tabular_quality"
            ).items()
        }
    return {"model": model, "trees": trees, "linear": _linear(parts.datamodule)}


def _linear(data: Any) -> dict[str, float]:
    """Fits scikit-learn's logistic or ridge regression to standardised and one-hot columns."""
    from sklearn.linear_model import LogisticRegression, RidgeCV
    from sklearn.metrics import mean_absolute_error, r2_score, roc_auc_score
    from sklearn.metrics import root_mean_squared_error as rmse

    from xinzhi.data.features import Recipe
    from xinzhi.data.table_rows import TableFeatures

    found = TableFeatures(snapshot=data.snapshot, recipe=Recipe(scaling="standard", onehot=True))
    rows = {split: found.matrix(split).numeric for split in ("train", "test")}
    targets = {split: data.split(split).targets.numpy() for split in rows}
    started = time.perf_counter()
    if hasattr(data, "unit"):
        true = data.quantities("test")
        said = RidgeCV(np.logspace(-2, 4, 13)).fit(rows["train"], data.quantities("train"))
        predicted = said.predict(rows["test"])
        scores = {"mae": mean_absolute_error(true, predicted), "rmse": rmse(true, predicted),
                  "r2": r2_score(true, predicted)}  # fmt: skip
    else:
        said = LogisticRegression(max_iter=2000).fit(rows["train"], targets["train"])
        shares = said.predict_proba(rows["test"])
        area = shares[:, 1] if shares.shape[1] == 2 else shares
        scores = {"auroc": roc_auc_score(targets["test"], area, multi_class="ovr"),
                  "accuracy": float((shares.argmax(1) == targets["test"]).mean())}  # fmt: skip
    scores["seconds"] = time.perf_counter() - started
    return {f"test/{name}": float(value) for name, value in scores.items()}


def told(values: list[float]) -> str:
    """Mean ± standard error."""
    if len(values) < 2 or not np.isfinite(values).all():
        return f"{np.mean(values):.4f}" if values else "-"
    return f"{np.mean(values):.4f} ± {np.std(values, ddof=1) / len(values) ** 0.5:.4f}"


def main() -> None:
    """Prints the table of an experiment."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("experiment")
    parser.add_argument("overrides", nargs="*")
    parser.add_argument("--splits", type=int, default=10)
    asked = parser.parse_args()
    reached: list[dict[str, dict[str, float]]] = []
    for split in range(asked.splits):
        words = [f"data.split_seed={split}", f"seed={split + 1}", *asked.overrides]
        reached.append(fitted(asked.experiment, words))
        last = reached[-1]
        main_one = "test/auroc" if "test/auroc" in last["model"] else "test/rmse"
        shown = ", ".join(
            f"{who} {values.get(main_one, np.nan):.4f}" for who, values in last.items()
        )
        print(f"split {split}: {main_one} {shown}", flush=True)
    print(f"\n{asked.experiment}, {asked.splits} splits: {' '.join(asked.overrides)}")
    print(f"{'test':<18}{'model':>20}{'trees':>20}{'linear':>20}{'model − trees':>20}")
    for name in (*SHOWN, "seconds"):
        columns = {
            who: [one[who][f"test/{name}"] for one in reached if f"test/{name}" in one[who]]
            for who in ("model", "trees", "linear")
        }
        if not columns["model"]:
            continue
        pairs = zip(columns["model"], columns["trees"], strict=False)
        difference = told([ours - theirs for ours, theirs in pairs])
        cells = [*map(told, columns.values()), difference]
        print(f"{name:<18}" + "".join(f"{cell:>20}" for cell in cells))


if __name__ == "__main__":
    main()
