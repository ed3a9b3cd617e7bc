"""The end of a run: nothing is lost, and the status is the true one."""

import sys
from contextlib import suppress

from xinzhi.config.identity import redact
from xinzhi.errors import StoreError
from xinzhi.tracking import checkpoints, names, recovery
from xinzhi.tracking.failures import explained, is_passing
from xinzhi.tracking.outcome import Status
from xinzhi.tracking.store import Store
from xinzhi.tracking.writer import RunWriter

_PATIENCE_S = 30.0


def finish(
    store: Store,
    writer: RunWriter,
    *,
    status: Status,
    reason: str = "",
    patience_s: float = _PATIENCE_S,
) -> None:
    """Write what is left of a run and set its final status.

    Args:
        store: where it is kept.
        writer: of the run.
        status: as the run truly ended.
        reason: of a failure, in a line.
        patience_s: how long to go on trying while the store is away.

    Raises:
        StoreError: something could not be kept; the run is then FAILED, if that could be written.
    """
    writer.close()
    client, run_id = store.client, writer.run_id
    try:
        writer.buffer.flush(patience_s=patience_s)
        if status == "FINISHED":
            checkpoints.slim(store.folder / recovery.WORK / run_id / "checkpoints")
        recovery.keep_work(client, store.folder, run_id)
        if reason:
            client.set_tag(run_id, "error", names.tag_value(reason))
        client.set_terminated(run_id, status)
    except Exception as error:
        if is_passing(error):
            _leave_for_later(store, writer, status, error)
            return
        with suppress(Exception):  # the error below says more than a second one would
            client.set_terminated(run_id, "FAILED")
        said = explained(error, uri=store.uri, path=store.database or store.folder)
        raise StoreError(said.message, mend=said.mend) from error


def say(text: str) -> None:
    """Tell the person at the console.

    Args:
        text: a line.
    """
    sys.stderr.write(redact(text) + "\n")


def _leave_for_later(store: Store, writer: RunWriter, status: Status, error: Exception) -> None:
    rows = writer.buffer.unsent
    path = recovery.spill(store.client, store.folder, writer.run_id, rows, status)
    say(
        f"the tracking store is away ({str(error)[:200]}): {len(rows)} metrics and the end of run"
        f" {writer.run_id} wait in {path}; the next command that opens the store sends them"
    )
