"""What stands for the run in the processes of a distributed fit that do not speak for it."""

import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self


class SilentRun:
    """Takes what a run takes and keeps nothing: the first process keeps it."""

    def __init__(self) -> None:
        self.run_id = self.run_name = "rank"
        self._scratch = tempfile.TemporaryDirectory()
        self.work = Path(self._scratch.name) / self.run_id  # where Lightning looks: save_dir/name

    def metrics(self, values: Mapping[str, float], *, step: int) -> None:
        """Keeps nothing."""

    def flush(self) -> None:
        """Has nothing to write."""

    def artifact(self, path: Path, folder: str | None = None) -> None:
        """Keeps nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._scratch.cleanup()
