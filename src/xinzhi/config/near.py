"""Near matches: what was meant, perhaps."""

import difflib
from collections.abc import Iterable
from pathlib import Path

from xinzhi.errors import ConfigError

_TELLING = 3  # signs from which on the beginning of a name tells which one is meant


def near(word: str, candidates: Iterable[str], *, at_most: int = 3) -> list[str]:
    """The candidates most like the word, nearest first; capitals make no difference.

    >>> near("bilsm", ["textcnn", "bilstm", "minilm"])
    ['bilstm']
    >>> near("描诉", ["编号", "描述"])
    ['描述']
    """
    by_lower = {candidate.lower(): candidate for candidate in candidates}
    cutoff = 0.6 if word.isascii() else 0.5  # one wrong sign in a Chinese word leaves half of it
    found = difflib.get_close_matches(word.lower(), by_lower, n=3 * at_most, cutoff=cutoff)
    found.sort(key=lambda name: slips(word.lower(), name))  # the order among equals is kept
    begun = [name for name in by_lower if word and name.startswith(word.lower())]
    found = [*begun, *found] if len(word) >= _TELLING else [*found, *begun]
    return [by_lower[name] for name in dict.fromkeys(found)][:at_most]


def slips(word: str, meant: str) -> tuple[int, int]:
    """How many signs were left out, put in, changed or swapped; then the difference in length.

    >>> slips("modle", "model"), slips("modle", "mode")
    ((1, 0), (1, 1))
    """
    rows = [list(range(len(meant) + 1))]
    for i, sign in enumerate(word, start=1):
        row = [i]
        for j, other in enumerate(meant, start=1):
            steps = [rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (sign != other)]
            if i > 1 and j > 1 and sign == meant[j - 2] and word[i - 2] == other:
                steps.append(rows[-2][j - 2] + 1)
            row.append(min(steps))
        rows.append(row)
    return rows[-1][-1], abs(len(word) - len(meant))


def near_files(path: Path) -> list[str]:
    """The files beside a missing one that are named most like it; none where the folder is not.

    Args:
        path: of the file that is not there.
    """
    there = [file.name for file in path.parent.iterdir()] if path.parent.is_dir() else []
    return [str(path.with_name(name)) for name in near(path.name, there)]


class UnknownNameError(ConfigError):
    """A name that is unknown: says what was meant, perhaps, and what there is.

    Args:
        what: the kind of thing it names.
        word: what came.
        candidates: what there is.
        mend: the command or the step that mends it.
    """

    def __init__(
        self, what: str, word: str, candidates: Iterable[str], *, mend: str | None = None
    ) -> None:
        known = sorted(set(candidates))
        close = near(word, known)
        meant = f"; did you mean {close[0]}?" if close else ""
        ranked = [*close, *(name for name in known if name not in close)]
        super().__init__(f"{what} `{word}` is unknown{meant}", candidates=ranked, mend=mend)
