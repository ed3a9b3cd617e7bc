"""One run as a context: whatever happens inside, it ends with the status that is true."""

from contextlib import ExitStack, suppress
from types import TracebackType
from typing import Self

from xinzhi.config.identity import redact
from xinzhi.errors import CutShort, StoreError
from xinzhi.tracking import checkpoints, views
from xinzhi.tracking.console import ConsoleLog
from xinzhi.tracking.ending import finish, say
from xinzhi.tracking.outcome import Status, sigterm_raises, status_of, true_error
from xinzhi.tracking.record import Record


class TrackedRun(Record):
    """A run in the store; as a context it ends the run with the status that is true."""

    def __enter__(self) -> Self:
        self._around = ExitStack()
        self._around.enter_context(sigterm_raises())
        self._around.enter_context(ConsoleLog(self.work / "console.log", redact))
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        meant = true_error(error)
        self._around.__exit__(kind, error, trace)
        if isinstance(meant, CutShort) and meant.for_good:
            checkpoints.slim(self.work / "checkpoints")
        try:
            self.end(status_of(meant), redact(_in_one_line(meant)))
            with suppress(StoreError):  # views only help to look; the run is kept without them
                views.ensure(self.store, self.experiment_id)
        except StoreError as lost:
            if error is None:
                raise
            say(f"the end of run {self.run_id} could not be kept: {lost}")
        if meant is not None and meant is not error:
            raise meant

    def end(self, status: Status, reason: str = "") -> None:
        """Write what is left and set the final status.

        Args:
            status: as the run truly ended.
            reason: of a failure, in a line.
        """
        finish(self.store, self.writer, status=status, reason=reason)


def _in_one_line(error: BaseException | None) -> str:
    if error is None:
        return ""
    return f"{type(error).__name__}: {error}".strip().partition("\n")[0].removesuffix(": ")
