"""How a person names a run: id, unique prefix of one, run name, `last`, `last~1`."""

import difflib
import re
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple, NoReturn

from xinzhi.errors import UnknownReference
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from mlflow.entities import Run

_LAST = re.compile(r"last(?:~(?P<back>\d+))?\Z")
_PREFIX = re.compile(r"[0-9a-f]{4,32}\Z")
_FINISHED = "attributes.status = 'FINISHED'"
_SHOWN = 6
_PAGE = 200


class FoundRun(NamedTuple):
    """A run that a reference names; times in milliseconds since 1970."""

    run_id: str
    run_name: str
    experiment_id: str
    status: str
    started: int

    def __str__(self) -> str:
        return f"{self.run_id[:8]} ({self.run_name})"


def find_run(store: Store, reference: str) -> FoundRun:
    """The one run that `reference` names.

    `last` is the training that finished last, whatever was evaluated or predicted since;
    `last~1` the one before it.

    Args:
        store: where to look.
        reference: run id, unique prefix of at least four digits, run name, `last` or `last~N`;
            an unknown or ambiguous one is answered with the candidates.
    """
    with store.explaining():
        return match_run(store, reference) or refuse(store, reference)


def match_run(store: Store, reference: str, *, last_of: str = _FINISHED) -> FoundRun | None:
    """The run that `reference` names; None where it names none.

    Args:
        store: where to look.
        reference: as for `find_run`.
        last_of: MLflow's filter for the runs that `last` counts.
    """
    if last := _LAST.match(reference):
        return _last(store, last_of, int(last["back"] or 0))
    if '"' not in reference:
        named = _search(store, f'attributes.run_name = "{reference}"', limit=_SHOWN + 1)
        if found := _only(reference, list(named)):
            return found
    if not _PREFIX.match(reference):
        return None
    like = _search(store, f"attributes.run_id LIKE '{reference}%'", limit=_SHOWN + 1)
    return _only(reference, list(like))


def refuse(store: Store, reference: str, known: Iterable[str] = ()) -> NoReturn:
    """Refuse a reference that names nothing, with what may have been meant.

    Args:
        store: where it was looked for.
        reference: as typed.
        known: further names that could have been meant, such as registered models.

    Raises:
        UnknownReference: always.
    """
    shown = candidates(store, reference, known)
    raise UnknownReference(
        f"{reference!r} must name a run or a registered model (run id, its first digits, run name,"
        " NAME, NAME@alias, NAME/3, last, last~1), and names none",
        candidates=shown,
        mend=None if shown else "xinzhi train   (nothing has been trained here yet)",
    )


def candidates(
    store: Store, reference: str, known: Iterable[str] = (), *, among: str = ""
) -> list[str]:
    """What may have been meant by a reference, nearest first; else the latest that there is.

    Args:
        store: where to look.
        reference: as typed.
        known: further names that could have been meant.
        among: MLflow's filter for the runs that could have been meant.
    """
    known = list(known)
    recent = list(_search(store, among, limit=_PAGE))
    names = [*known, *(run.run_name for run in recent)]
    near = difflib.get_close_matches(reference, names, n=_SHOWN, cutoff=0.5)
    near += [name for name in names if name.startswith(reference) and name not in near]
    return list(dict.fromkeys(near or [*known, *map(str, recent)]))[:_SHOWN]


def _only(reference: str, found: list[FoundRun]) -> FoundRun | None:
    """The only one of `found`.

    Raises:
        UnknownReference: there are several.
    """
    if len(found) > 1:
        more = "" if len(found) <= _SHOWN else " or more"
        raise UnknownReference(
            f"{reference!r} must name one run, it names {min(len(found), _SHOWN)}{more}",
            candidates=[str(run) for run in found[:_SHOWN]],
            mend="use more digits of the run id",
        )
    return found[0] if found else None


def _last(store: Store, among: str, back: int) -> FoundRun | None:
    trained = _search(
        store,
        among,
        keep=lambda run: run.data.tags.get("pipeline", "train") == "train",
        limit=back + 1,
    )
    found = list(trained)
    return found[back] if len(found) > back else None


def _search(
    store: Store, query: str, *, limit: int, keep: Callable[["Run"], bool] | None = None
) -> Iterator[FoundRun]:
    """Runs of all experiments, latest first.

    Yields:
        Each run that the query and `keep` let through, `limit` at most.
    """
    ids = [experiment.experiment_id for experiment in store.client.search_experiments()]
    token, given = None, 0
    while ids:
        page = store.client.search_runs(
            ids, query, max_results=_PAGE, order_by=["attributes.start_time DESC"], page_token=token
        )
        for run in page:
            if keep is None or keep(run):
                yield _found(run)
                given += 1
                if given == limit:
                    return
        token = page.token
        if not token:
            return


def _found(run: "Run") -> FoundRun:
    info = run.info
    return FoundRun(
        info.run_id, info.run_name or "", info.experiment_id, info.status, info.start_time
    )
