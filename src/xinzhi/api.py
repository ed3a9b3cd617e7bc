"""xinzhi from Python: train, look at runs, compare them, load a model."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from xinzhi.deployment.bundle import Inference


def train(overrides: Sequence[str] = ()) -> Any:  # noqa: ANN401 - TrainResult, which imports torch
    """Train as `xinzhi train` does, and return its result.

    Args:
        overrides: `["experiment=review_sentiment_zh", "seed=2"]`.
    """
    from xinzhi.config import entry

    return entry.run("train", entry.prepare("train", overrides))


def runs(name: str, *, uri: str | None = None) -> "pd.DataFrame":
    """All runs of an experiment, the latest first, with `metrics.…`, `params.…` and `tags.…`.

    Args:
        name: of the experiment, as `name=` gave it.
        uri: the store's address; that of the current project by default.

    Raises:
        UnknownReference: there is no such experiment.
    """
    import pandas as pd

    from xinzhi.tracking.store import open_store

    store = open_store(uri)
    with store.explaining():
        there = {one.name: one.experiment_id for one in store.client.search_experiments()}
        if name not in there:
            from xinzhi.config.near import near
            from xinzhi.errors import UnknownReference

            close = near(name, there)
            known = [*close, *sorted(set(there) - set(close))]
            raise UnknownReference(f"no experiment is called `{name}`", candidates=known)
        rows, token = [], None
        while True:
            page = store.client.search_runs([there[name]], page_token=token)
            rows += [_row(run) for run in page]
            token = page.token
            if not token:
                return pd.DataFrame(rows)


def compare(*references: str, overrides: Sequence[str] = ()) -> Any:  # noqa: ANN401 - of runs or a sweep
    """What differs between runs and whether it is real, as `xinzhi compare` says it.

    Args:
        references: of two runs or more, or `sweep:NAME`.
        overrides: `["metrics=[f1_macro]", "data.test=new.csv"]`.
    """
    from xinzhi.config import entry

    return entry.run("compare", entry.prepare("compare", [*references, *overrides]))


def promote(reference: str, overrides: Sequence[str] = ()) -> Any:  # noqa: ANN401 - Promotion
    """Whether a challenger becomes champion, as `xinzhi promote` decides it, with a receipt.

    Args:
        reference: `NAME` for its challenger, `NAME/3`, a run's id or name, `last`.
        overrides: `["gate=small", "dry=true"]`.
    """
    from xinzhi.config import entry

    return entry.run("promote", entry.prepare("promote", [reference, *overrides]))


def audit(name: str, overrides: Sequence[str] = ()) -> Any:  # noqa: ANN401 - Audit
    """Who decided what on a model, and whether the receipts are whole, as `xinzhi audit` says it.

    Args:
        name: of the registered model.
        overrides: `["at=2026-11-22", "out=bundle.zip"]`.
    """
    from xinzhi.config import entry

    return entry.run("audit", entry.prepare("audit", [name, *overrides]))


def load(reference: str, *, uri: str | None = None) -> "Inference":
    """The model that a reference names: `load("tickets@champion").predict(table)`.

    Args:
        reference: `NAME@alias`, `NAME/3`, a run's id or name, `last`.
        uri: the store's address; that of the current project by default.
    """
    from xinzhi.config import project
    from xinzhi.deployment.bundle import open_bundle
    from xinzhi.registry.files import load_folder
    from xinzhi.registry.versions import resolve
    from xinzhi.tracking.store import open_store

    project.make_importable()
    store = open_store(uri)
    return open_bundle(load_folder(store, resolve(store, reference)))


def _row(run: Any) -> dict[str, Any]:  # noqa: ANN401 - MLflow's Run, not imported here
    import pandas as pd

    info, data = run.info, run.data
    ended = info.end_time
    return {
        "run_id": info.run_id,
        "run_name": info.run_name,
        "status": info.status,
        "started": pd.Timestamp(info.start_time, unit="ms", tz="UTC"),
        "seconds": (ended - info.start_time) / 1000 if ended else None,
        **{f"metrics.{key}": value for key, value in sorted(data.metrics.items())},
        **{f"params.{key}": value for key, value in sorted(data.params.items())},
        **{f"tags.{key}": v for key, v in data.tags.items() if not key.startswith("mlflow.")},
    }
