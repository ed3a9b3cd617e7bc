"""Gates that ask both models again: time, room, records on a bad day."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.deployment import robustness
from xinzhi.deployment.latency import Speed
from xinzhi.evaluation import measures
from xinzhi.evaluation.outcomes import Outcomes, aligned
from xinzhi.registry.gate_results import GateResult, said

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.deployment.bundle import Inference


def latency(speeds: Mapping[str, Speed], limit: float) -> list[GateResult]:
    """Whether answers take no more than so many times as long.

    Args:
        speeds: by the way of asking.
        limit: of the ratio.
    """
    return [
        GateResult(
            name=f"latency {way}",
            passed=speed.ratio <= limit,
            figures={**vars(speed), "limit": limit},
            sentence=(
                f"{speed.records:,} record{'' if speed.records == 1 else 's'} in"
                f" {speed.challenger_ms:.2f} ms, the champion in {speed.champion_ms:.2f} ms:"
                f" {speed.ratio:.2f} times as long, {limit:g} times are allowed"
            ),
        )
        for way, speed in speeds.items()
    ]


def size(champion_mb: float, challenger_mb: float, limit: float) -> GateResult:
    """Whether files take no more than so many times the room.

    Args:
        champion_mb: of the champion's bundle.
        challenger_mb: of the challenger's.
        limit: of the ratio.
    """
    ratio = challenger_mb / champion_mb if champion_mb else 1.0
    return GateResult(
        name="size",
        passed=ratio <= limit,
        figures={
            "champion_mb": champion_mb,
            "challenger_mb": challenger_mb,
            "ratio": ratio,
            "limit": limit,
        },
        sentence=(
            f"{challenger_mb:.2f} MB, the champion {champion_mb:.2f} MB:"
            f" {ratio:.2f} times as much, {limit:g} times are allowed"
        ),
    )


def bad_day(
    bundles: tuple["Inference", "Inference"],
    outcomes: tuple[Outcomes, Outcomes],
    snapshot: "Snapshot",
    split: str,
    *,
    measure: str,
    margin: float,
    relative: bool,
) -> list[GateResult]:
    """Whether the challenger is not worse on disturbed records, by the estimate.

    Args:
        bundles: champion and challenger.
        outcomes: theirs on the records as they are.
        snapshot: whose records are disturbed.
        split: of it.
        measure: by which they are compared.
        margin: by which the challenger may be worse.
        relative: whether that is a share of the champion's value.
    """
    results = []
    for way in robustness.ways(snapshot, split):
        answered = aligned([robustness.disturbed(one, snapshot, split, way) for one in bundles])
        before = aligned(
            [robustness.undisturbed(*pair) for pair in zip(outcomes, answered, strict=True)]
        )
        as_is = [measures.value(one, measure) for one in before]
        found = [measures.value(one, measure) for one in answered]
        results.append(
            _by_drop(
                way, as_is, found, measure, margin, relative=relative, examples=len(answered[0])
            )
        )
    return results


def _by_drop(
    way: str,
    as_is: list[float],
    found: list[float],
    measure: str,
    margin: float,
    **about: Any,  # noqa: ANN401 - numbers
) -> GateResult:
    sign = 1 if measures.higher_is_better(measure) else -1
    scale = abs(found[0]) if about["relative"] and found[0] else 1.0
    gain = sign * (found[1] - found[0]) / scale
    figures = {
        "measure": measure,
        "champion_as_is": as_is[0],
        "champion": found[0],
        "challenger_as_is": as_is[1],
        "challenger": found[1],
        "gain": gain,
        "margin": margin,
        **about,
    }
    return GateResult(
        name=f"robustness {way}",
        passed=gain >= -margin,
        figures=figures,
        sentence=(
            f"{measure} {as_is[1]:.4f} → {found[1]:.4f}, the champion {as_is[0]:.4f} →"
            f" {found[0]:.4f}: {said(gain, relative=about['relative'], signed=True)} to the"
            f" champion, {said(-margin, relative=about['relative'], signed=True)} are allowed"
        ),
    )


def rooms(champion: Path, challenger: Path, limit: float) -> GateResult:
    """Whether the files of a bundle take no more than so many times the champion's room.

    Args:
        champion: its bundle.
        challenger: its bundle.
        limit: of the ratio.
    """
    from xinzhi.deployment.latency import megabytes

    return size(megabytes(champion), megabytes(challenger), limit)
