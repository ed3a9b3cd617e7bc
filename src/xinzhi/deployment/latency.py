"""How fast two models answer the same records, and what room they take, measured in turns."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from xinzhi.data.sourced import sourced
from xinzhi.deployment.columns import records, required
from xinzhi.deployment.pixels import pictures

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.deployment.bundle import Inference

BATCH = 64
_SINGLES, _BATCHES, _WARM = 60, 9, 2
_LINK = {"head", "relation", "tail"}
_LONGEST_S = 6.0  # for each of the two ways of asking


@dataclass(frozen=True, kw_only=True)
class Speed:
    """Times of two models that answered the same records in turns.

    Attributes:
        champion_ms: median time of an answer.
        challenger_ms: likewise.
        ratio: median over the turns of challenger to champion: what slows the machine down for a
            while slows both.
        turns: how often each was asked.
        records: how many at once.
    """

    champion_ms: float
    challenger_ms: float
    ratio: float
    turns: int
    records: int


def side_by_side(
    champion: "Inference", challenger: "Inference", asked: Sequence[Any], *, turns: int
) -> Speed:
    """Asks both models the same in turns, the other one first each time.

    Args:
        champion: answers.
        challenger: answers.
        asked: what is asked in each turn, again from the first when all were asked.
        turns: how many, unless they take too long; two more before them do not count.
    """
    times: list[tuple[float, float]] = []
    begun = time.monotonic()
    for turn in range(turns + _WARM):
        records = asked[turn % len(asked)]
        if turn % 2:
            after = _ms(champion.predict, records), _ms(challenger.predict, records)
        else:
            after = (_ms(challenger.predict, records), _ms(champion.predict, records))[::-1]
        if turn >= _WARM or time.monotonic() - begun > _LONGEST_S:
            times.append(after)
        if time.monotonic() - begun > _LONGEST_S:
            break
    before, later = zip(*times, strict=True)
    return Speed(
        champion_ms=median(before),
        challenger_ms=median(later),
        ratio=median(b / max(a, 1e-6) for a, b in times),
        turns=len(times),
        records=len(asked[0]),
    )


def speeds(
    champion: "Inference", challenger: "Inference", snapshot: "Snapshot", split: str
) -> dict[str, Speed]:
    """Measures single records and batches of 64; a file that is read as a whole is asked whole.

    Args:
        champion: of its bundle.
        challenger: of its bundle.
        snapshot: of any form.
        split: train, val or test.
    """
    if getattr(champion, "whole", False):
        whole = [_records(champion, snapshot, split, most=None)]
        return {"whole": side_by_side(champion, challenger, whole, turns=_BATCHES)}
    some = _records(champion, snapshot, split, most=BATCH)
    single = [some[place : place + 1] for place in range(min(len(some), _SINGLES))]
    return {
        "single": side_by_side(champion, challenger, single, turns=_SINGLES),
        "batch": side_by_side(champion, challenger, [some], turns=_BATCHES),
    }


def megabytes(bundle: Path) -> float:
    """Gives the room that a bundle takes.

    Args:
        bundle: its folder.
    """
    return sum(path.stat().st_size for path in bundle.rglob("*") if path.is_file()) / 2**20


def _records(inference: "Inference", snapshot: "Snapshot", split: str, *, most: int | None) -> Any:  # noqa: ANN401 - a DataFrame, or a list
    """Records of a split as a caller would send them."""
    table = snapshot.table(split).slice(0, most)
    there = set(table.column_names)
    if getattr(inference, "images", False):
        return list(pictures(snapshot, table))
    if "tokens" in there:
        return table["tokens"].to_pylist()
    if there >= _LINK:
        return table.select(["head", "relation"]).to_pandas()  # asks for the tail
    if getattr(inference, "whole", False) and "time" in there:
        return table.to_pandas().rename(columns={"time": getattr(inference, "time", "time")})
    plain = sourced(snapshot, split).slice(0, most)
    names = [name for name in inference.columns if name in plain.column_names]
    if getattr(inference, "table", False) or set(required(inference)) <= set(names):
        return records(inference, plain, {name: (name,) for name in names})
    return table["text"].to_pylist()


def _ms(predict: Callable[[Any], Any], records: Any) -> float:  # noqa: ANN401 - as above
    begun = time.perf_counter()
    predict(records)
    return 1000 * (time.perf_counter() - begun)
