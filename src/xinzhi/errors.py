"""The errors that a user of xinzhi can meet, one small tree over built-in ones."""

from collections.abc import Iterable


class XinzhiError(Exception):
    """An error whose message says what must hold, what came and how to mend it.

    Args:
        message: what must hold and what came.
        mend: the command or the step that mends it.
        candidates: what was meant, perhaps; nearest first.
    """

    def __init__(
        self, message: str, *, mend: str | None = None, candidates: Iterable[str] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend
        self.candidates = tuple(candidates)

    def __str__(self) -> str:
        lines = [self.message]
        if self.candidates:
            lines.append("  candidates: " + ", ".join(self.candidates))
        if self.mend:
            lines.append(f"  mend: {self.mend}")
        return "\n".join(lines)


class ConfigError(XinzhiError, ValueError):
    """What was asked for cannot be run."""


class TargetError(ConfigError):
    """A `_target_` that is not on the allow-list."""


class DataError(XinzhiError, ValueError):
    """Records that cannot be used as they are."""


class FetchError(XinzhiError, OSError):
    """An archive that could not be fetched or is not what it should be."""


class StoreError(XinzhiError, OSError):
    """The tracking store cannot be opened, read or written."""


class CutShort(XinzhiError):  # noqa: N818 - no error: somebody wanted it
    """A training was ended before its time: a sweep prunes it, stops, or has lost it.

    Attributes:
        code: with which a process ends that ran nothing but this training.
        for_good: whether nobody will go on with it, so that its weights are all it keeps.
    """

    code = 1
    for_good = False


class UnknownReference(XinzhiError, LookupError):  # noqa: N818 - reads as the user meets it
    """A reference that names no run or version, or more than one."""
