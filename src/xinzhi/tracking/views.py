"""Saved views of an experiment in MLflow's UI: Leaderboard, Sweep and Failed.

MLflow 3.17 keeps a saved view as an experiment tag: a name and, as text, the state of its page.
"""

import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

_TAG = "mlflow.sharedViewState."
_NOTE = "mlflow.note.content"
_KIND = "mlflow.experimentKind"
_MENU = "workflowType=machine_learning"  # the menu for training, not the one for chat bots
_SHARE = "viewStateShareKey"
_RECENT = 200
_NOT_WELL = "attributes.status != 'FINISHED' AND attributes.status != 'RUNNING'"
_MOST_COLUMNS = 8
_UNTOLD = ("asked", "report", "tags", "tracking", "name")  # says nothing about the model
_WIDTH, _WIDTHS = 120, {"attributes.`Dataset`": 180, "tags.`error`": 420}  # pixels
LEADERBOARD, SWEEP, FAILED = "leaderboard", "sweep", "failed"
_ON_TEST, _ON_VAL = ("test/", "val/"), ("val/",)


def refresh(store: Store, experiment_id: str) -> None:
    """Set the three views and, where there is none, the description of an experiment.

    Args:
        store: where it is kept.
        experiment_id: the experiment.
    """
    client = store.client
    with store.explaining():
        experiment = client.get_experiment(experiment_id)
        runs = list(client.search_runs([experiment_id], max_results=_RECENT))
        for key, (name, state) in _views(runs).items():
            client.set_experiment_tag(experiment_id, _TAG + key, _saved(name, state))
        if _KIND not in experiment.tags:  # or the pages guess, and open on those for chat bots
            client.set_experiment_tag(experiment_id, _KIND, "custom_model_development")
        if _NOTE not in experiment.tags:
            client.set_experiment_tag(experiment_id, _NOTE, _note(experiment.name))


def ensure(store: Store, experiment_id: str) -> None:
    """Set the views where there are none; `xinzhi ui` brings those of a local store up to date.

    Args:
        store: where it is kept.
        experiment_id: the experiment.
    """
    with store.explaining():
        tags = store.client.get_experiment(experiment_id).tags
    if store.served or _TAG + LEADERBOARD not in tags:
        refresh(store, experiment_id)


def link(address: str, experiment_id: str, view: str = LEADERBOARD) -> str:
    """Address of a view's page.

    Args:
        address: of the server.
        experiment_id: the experiment.
        view: one of the three.

    >>> link("http://127.0.0.1:5001", "7").partition("?")[0]
    'http://127.0.0.1:5001/#/experiments/7/runs'
    """
    return f"{address}/#/experiments/{experiment_id}/runs?{_MENU}&{_SHARE}={view}"


def varied(params: Iterable[Mapping[str, str]]) -> list[str]:
    """Names of the params that differ between runs, those that differ most often first.

    Args:
        params: of each run.

    >>> varied([{"lr": "1", "seed": "1", "depth": "2"}, {"lr": "2", "seed": "1"}])
    ['lr', 'depth']
    """
    tables = list(params)
    names = dict.fromkeys(name for table in tables for name in table)
    counts = {name: len({table.get(name) for table in tables}) for name in names}
    told = [name for name in names if counts[name] > 1 and name.partition(".")[0] not in _UNTOLD]
    return sorted(told, key=lambda name: -counts[name])


def _views(runs: Sequence["Run"]) -> dict[str, tuple[str, dict[str, Any]]]:
    own = [run for run in runs if run.data.tags.get("pipeline") != SWEEP]  # which has no params
    finished = [run for run in own if run.info.status == "FINISHED"]
    swept = [run for run in finished if SWEEP in run.data.tags]
    failed = ["tags.`error`", "attributes.`Duration`", "tags.`host`", "tags.`commit`"]
    return {
        LEADERBOARD: (
            "Leaderboard",
            {**_ranked(finished, _ON_TEST), "searchFilter": "attributes.status = 'FINISHED'"},
        ),
        SWEEP: ("Sweep", {**_ranked(swept, _ON_VAL), "searchFilter": "tags.sweep LIKE '%'"}),
        FAILED: (
            "Failed",
            {
                "orderByKey": "attributes.start_time",
                "orderByAsc": False,
                "searchFilter": _NOT_WELL,
                "selectedColumns": failed,
            },
        ),
    }


def _ranked(runs: Sequence["Run"], splits: Sequence[str]) -> dict[str, Any]:
    metric, ascending = _main_metric(runs, splits)
    params = [f"params.`{name}`" for name in varied(run.data.params for run in runs)]
    result = [f"metrics.`{name}`" for name in _shown_metrics(runs, metric)]
    return {
        "orderByKey": f"metrics.`{metric}`",
        "orderByAsc": ascending,
        "selectedColumns": [
            *result,
            *params[:_MOST_COLUMNS],
            "attributes.`Duration`",
            "attributes.`Dataset`",
            "attributes.`Models`",
        ],
    }


def _main_metric(runs: Sequence["Run"], splits: Sequence[str]) -> tuple[str, bool]:
    """The objective on the first split on which any run was measured, and whether less is better.

    Jobs of a sweep, which are measured on validation rows only, may be later than what was tested.
    """
    for split in splits:
        for run in runs:
            name = run.data.params.get("objective", "").replace("val/", split, 1)
            if name in run.data.metrics:
                return name, run.data.params.get("mode") == "min"
    return "test/f1_macro", False


def _shown_metrics(runs: Sequence["Run"], main: str) -> list[str]:
    there = sorted({name for run in runs for name in run.data.metrics if name.startswith("test/")})
    whole = [name for name in there if name.count("/") == 1 and name != main]  # none per class
    return [main, *whole[:3]]


def _saved(name: str, state: Mapping[str, Any]) -> str:
    page = {
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "modelVersionFilter": "All Runs",
        "datasetsFilter": [],
        # without an order, what says least, the attributes, comes first
        "columnOrder": list(state["selectedColumns"]),
        "columnWidths": {
            column: _WIDTHS.get(column, _WIDTH) for column in state["selectedColumns"]
        },
        **state,
    }
    now_ms = int(1000 * time.time())
    saved = {"name": name, "createdAt": now_ms, "updatedAt": now_ms, "state": json.dumps(page)}
    return json.dumps(saved, ensure_ascii=False)


def _note(name: str) -> str:
    return (
        f"Everything trained as `{name}`. Views: *Leaderboard* (best first), *Sweep*, *Failed*."
        f" Next: `xinzhi predict {name} text='…'`"
    )
