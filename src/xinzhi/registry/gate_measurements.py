"""Gates that ask both models again: time, room, records on a bad day."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from xinzhi.data.progress import after_a_while
from xinzhi.deployment import robustness
from xinzhi.deployment.latency import Speed
from xinzhi.evaluation import measures
from xinzhi.evaluation.outcomes import Outcomes, aligned
from xinzhi.registry.gate_classes import on_same_classes
from xinzhi.registry.gate_results import GateResult, said

_FOR_A_BATCH = 10  # times as long as one record a batch may take, and be fast enough

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot
    from xinzhi.deployment.bundle import Inference


def latency(
    speeds: Mapping[str, Speed], limit: float, *, enough_ms: float = 0.0
) -> list[GateResult]:
    """Whether answers take no more than so many times as long, or no time to speak of.

    Args:
        speeds: by the way of asking.
        limit: of the ratio.
        enough_ms: an answer in that time is fast enough, and a batch in ten times that.
    """
    return [_latency(way, speed, limit, enough_ms) for way, speed in speeds.items()]


def _latency(way: str, speed: Speed, limit: float, enough_ms: float) -> GateResult:
    enough = enough_ms if speed.records == 1 else _FOR_A_BATCH * enough_ms
    return GateResult(
        name=f"latency {way}",
        passed=speed.ratio <= limit or speed.challenger_ms <= enough,
        figures={**vars(speed), "limit": limit, "enough_ms": enough},
        sentence=(
            f"{speed.records:,} record{'' if speed.records == 1 else 's'} in"
            f" {speed.challenger_ms:.2f} ms, the champion in {speed.champion_ms:.2f} ms:"
            f" {speed.ratio:.2f} times as long where both were asked in turn, {limit:g} times or"
            f" {enough:g} ms are allowed"
        ),
    )


def size(
    champion_mb: float, challenger_mb: float, limit: float, *, enough_mb: float = 0.0
) -> GateResult:
    """Whether files take no more than so many times the room, or no room to speak of.

    Args:
        champion_mb: of the champion's bundle.
        challenger_mb: of the challenger's.
        limit: of the ratio.
        enough_mb: files of that size are small enough.
    """
    ratio = challenger_mb / champion_mb if champion_mb else 1.0
    return GateResult(
        name="size",
        passed=ratio <= limit or challenger_mb <= enough_mb,
        figures={
            "champion_mb": champion_mb,
            "challenger_mb": challenger_mb,
            "ratio": ratio,
            "limit": limit,
            "enough_mb": enough_mb,
        },
        sentence=(
            f"{challenger_mb:.2f} MB, the champion {champion_mb:.2f} MB: {ratio:.2f} times as much,"
            f" {limit:g} times or {enough_mb:g} MB are allowed"
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
    """Whether the challenger stands disturbed records as the champion does, by the estimate.

    It does where it is not worse there, or has lost no more by them than the champion has: one that
    is worse altogether is for other gates. What gets better by them has lost nothing, and more than
    nothing is asked of no challenger.

    Args:
        bundles: champion and challenger.
        outcomes: theirs on the records as they are.
        snapshot: whose records are disturbed.
        split: of it.
        measure: by which they are compared.
        margin: by which the challenger may be worse.
        relative: whether that is a share of the champion's value.
    """
    results, as_before = [], on_same_classes(*outcomes)
    ways = robustness.ways(snapshot, split)
    with after_a_while("records on a bad day") as advance:
        for number, way in enumerate(ways):
            asked = [robustness.disturbed(one, snapshot, split, way) for one in bundles]
            answered = aligned(on_same_classes(*asked))
            pairs = zip(as_before, answered, strict=True)
            as_is = [measures.value(robustness.undisturbed(*pair), measure) for pair in pairs]
            found = [measures.value(one, measure) for one in answered]
            about = {"relative": relative, "examples": len(answered[0])}
            results.append(_by_drop(way, as_is, found, measure, margin, **about))
            advance((number + 1) / len(ways))
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
    lost = [sign * (was - now) / scale for was, now in zip(as_is, found, strict=True)]
    # a champion that chance made better on such records is not to be matched: nobody lost anything
    lost_more = max(lost[1], 0.0) - max(lost[0], 0.0)
    figures = {
        "measure": measure,
        "champion_as_is": as_is[0],
        "champion": found[0],
        "challenger_as_is": as_is[1],
        "challenger": found[1],
        "gain": gain,
        "lost_more": lost_more,
        "allowed": margin,
        **about,
    }
    relative = about["relative"]
    return GateResult(
        name=f"robustness {way}",
        passed=gain >= -margin or lost_more <= margin,
        figures=figures,
        sentence=(
            f"{measure} {as_is[1]:.4f} → {found[1]:.4f}, gets {_better_or_worse(lost[1])}; the"
            f" champion's {as_is[0]:.4f} → {found[0]:.4f}, gets {_better_or_worse(lost[0])}:"
            f" {_more(lost_more, relative=relative)}; {said(margin, relative=relative)} are allowed"
        ),
    )


def _better_or_worse(lost: float) -> str:
    return "worse" if lost > 0 else "better" if lost < 0 else "neither better nor worse"


def _more(lost_more: float, *, relative: bool) -> str:
    if lost_more <= 0:
        return "loses no more than the champion does"
    of = " of the champion's value" if relative else ""
    return f"loses {said(lost_more, relative=relative)}{of} more than the champion does"
