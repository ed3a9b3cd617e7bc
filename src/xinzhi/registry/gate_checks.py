"""Gates that need no statistics: rows unseen in training, columns and classes, code and data."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from xinzhi.deployment.columns import required
from xinzhi.evaluation.keys import QUESTIONS, places
from xinzhi.evaluation.outcomes import Outcomes
from xinzhi.registry.files import artifact
from xinzhi.registry.gate_results import GateResult
from xinzhi.registry.judged_rows import frozen
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from xinzhi.deployment.bundle import Inference

SEEN_AT_MOST = 0.01  # of the test rows; they are left out, more of them means another split
_SHOWN = 6
_KNOWN_CODE = ("xinzhi.", "torch.", "lightning.")


class Trained(NamedTuple):
    """What a run tells of how its model came about.

    Attributes:
        label: what to call it.
        commit: of the code; empty where it was in no repository.
        dirty: whether the code differed from it.
        diff: whether that difference was kept.
        packages: whether the versions of packages were kept.
        own: whether code of the user's own took part.
        data: name and digest of the rows it was trained on, each empty where unknown.
        config: of the run.
    """

    label: str
    commit: str
    dirty: bool
    diff: bool
    packages: bool
    own: bool
    data: tuple[str, str]
    config: Mapping[str, Any]


def trained(store: Store, run_id: str, *, label: str, config: Mapping[str, Any]) -> Trained:
    """Reads how a model came about.

    Args:
        store: where its run is.
        run_id: the run.
        label: what to call it.
        config: of the run.
    """
    with store.explaining():
        run = store.client.get_run(run_id)
    tags = run.data.tags
    inputs = run.inputs.dataset_inputs if run.inputs else []
    data = (inputs[0].dataset.name, inputs[0].dataset.digest) if inputs else ("", "")
    return Trained(
        label=label,
        commit=tags.get("mlflow.source.git.commit", ""),
        dirty=tags.get("dirty") == "true",
        diff=artifact(store, run_id, "environment/changes.diff") is not None,
        packages=artifact(store, run_id, "environment/packages.txt") is not None,
        own=not all(target.startswith(_KNOWN_CODE) for target in _targets(config)),
        data=data,
        config=config,
    )


def provenance(run: Trained) -> GateResult:
    """Whether the code and the rows of a challenger are known.

    Args:
        run: how it came about.
    """
    if run.commit:
        known = not run.dirty or run.diff
        stored = "its changes are kept" if run.diff else "its changes are lost"
        code = f"commit {run.commit[:12]}" + (f", {stored}" if run.dirty else "")
    else:
        known = run.packages and not run.own
        kept = "their versions are kept" if run.packages else "their versions are not"
        code = "code of no repository" if run.own else f"code of packages alone, {kept}"
    rows = f"data {run.data[1][:12]}" if run.data[1] else "data unknown"
    return GateResult(
        name="provenance",
        passed=known and bool(run.data[1]),
        figures={
            "commit": run.commit,
            "dirty": run.dirty,
            "diff": run.diff,
            "own_code": run.own,
            "data_digest": run.data[1],
        },
        sentence=f"{code}; {rows}",
    )


def unseen(outcomes: Outcomes, runs: Sequence[Trained], digest: str) -> tuple[Any, GateResult]:
    """Which test rows no model saw in training or validation, and whether that is nearly all.

    Args:
        outcomes: of the test rows.
        runs: of the champion, if there is one, and the challenger.
        digest: of the snapshot that the test rows are of.

    Returns:
        bool, shape (N,), and the gate.
    """
    fresh, told, figures = np.ones(len(outcomes), bool), [], {}
    unknown = False
    # a row may make several examples: each step ahead of a forecast, each end of a link
    several = max((len(n) for n in outcomes.settings.get(QUESTIONS, {}).values()), default=1)
    for run in runs:
        name, own = run.data
        if own == digest:
            continue  # another split of the same snapshot
        keys = _learned(name, own)
        if keys is None:
            unknown = True
            told.append(f"the rows of {run.label} are gone, nobody can say what it saw")
            continue
        seen = places(outcomes.rows, keys, questions=several)[0] >= 0
        fresh &= ~seen
        figures[run.label] = int(seen.sum())
        if seen.any():
            told.append(f"{run.label} saw {int(seen.sum()):,} of them")
    number = int((~fresh).sum())
    few = number <= SEEN_AT_MOST * len(fresh)
    left = f"; these {number:,} are left out" if number and few else ""
    sentence = f"{len(fresh):,} examples, {', '.join(told) or 'none seen in training'}{left}"
    result = GateResult(
        name="unseen rows",
        passed=few and not unknown,
        figures={"rows": len(fresh), "seen": figures, "known": not unknown},
        sentence=sentence,
    )
    return (fresh if few else np.ones(len(fresh), bool)), result


def signature(champion: "Inference", challenger: "Inference") -> GateResult:
    """Whether a challenger takes what the champion takes and knows the classes that it knows.

    Args:
        champion: of its bundle.
        challenger: of its bundle.
    """
    lacking = [name for name in required(challenger) if name not in champion.columns]
    lost = [name for name in champion.classes if name not in challenger.classes]
    new = [name for name in challenger.classes if name not in champion.classes]
    ways = [_way(one) for one in (champion, challenger)]
    told = []
    if lacking:
        told.append(f"asks for {_some(lacking)}, which the champion does not")
    if ways[0] != ways[1]:
        told.append(f"takes {ways[1]}, the champion {ways[0]}")
    if lost:
        told.append(f"no longer answers {_some(lost)}")
    passed = not told
    if new:
        told.append(f"answers {_some(new)} too")
    return GateResult(
        name="signature",
        passed=passed,
        figures={"lacking": lacking, "lost": lost, "new": new, "takes": ways},
        sentence="; ".join(told) or "takes the same columns, knows the same classes",
    )


def _way(inference: "Inference") -> str:
    for name, told in (("images", "images"), ("whole", "whole files"), ("table", "tables")):
        if getattr(inference, name, False):
            return told
    return "texts"


def _learned(name: str, digest: str) -> Any:  # noqa: ANN401 - keys, shape (M,)
    """Keys of the rows that a model was trained on and chosen by; None where they are gone."""
    snapshot = frozen(name, digest)
    if not digest or not (snapshot.folder / "manifest.json").is_file():
        return None
    return np.concatenate(
        [snapshot.table(split, ["row"])["row"].to_numpy() for split in ("train", "val")]
    ).astype(np.int64)


def _targets(node: object) -> list[str]:
    if isinstance(node, Mapping):
        own = [str(node["_target_"])] if "_target_" in node else []
        return own + [target for value in node.values() for target in _targets(value)]
    return [t for value in node for t in _targets(value)] if isinstance(node, list) else []


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
