"""What came of a search: the answer, the table, the run over the probes' runs."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from xinzhi.config.identity import command_line
from xinzhi.sweeping.show.wording import counted, duration
from xinzhi.sweeping.why import telling
from xinzhi.sweeping.why.result import Why

if TYPE_CHECKING:
    from xinzhi.sweeping.why.asking import Asked, Progress
    from xinzhi.sweeping.why.probes import Probes, Run
    from xinzhi.sweeping.why.question import Question
    from xinzhi.sweeping.why.verdict import Cause, Found
    from xinzhi.tracking.outcome import Status
    from xinzhi.tracking.store import Store

_LIKELY = 0.5  # from here on a cause is named, with how sure it is
_SHOWN = 0.01  # candidates that are less likely are not shown


def told(
    question: "Question", progress: "Progress", asked: "Asked", probes: "Probes | None"
) -> Why:
    """Gives the answer.

    Args:
        question: what was asked.
        progress: how far the search came.
        asked: for how long.
        probes: that were run; None where none were needed.
    """
    factors = question.apart.factors
    runs = probes.runs() if probes is not None else []
    real = progress.difference.is_real(asked.rate)
    best = _named(question, progress)
    found = progress.found
    lines = [_answer(question, progress, best), *_table(question, found, runs, progress)]
    check = _check(question, best)
    if progress.drained:
        lines.append(f"next: {asked.command}   (goes on where it stopped)")
    elif check:
        lines.append(f"next: {check}")
    return Why(
        a=question.a.facts.run_id,
        b=question.b.facts.run_id,
        metric=question.metric,
        difference={**asdict(progress.difference), "size": progress.difference.size},
        real=real,
        factors=[
            {"name": one.name, "kind": one.kind, "a": one.shown[0], "b": one.shown[1]}
            for one in factors
        ],
        notes=list(question.notes),
        answer=lines[0],
        cause=[factors[number].name for number in best.factors] if best else None,
        kind=best.kind if best else None,
        sure=best.sure if best else None,
        effect={"size": best.effect, "low": best.low, "high": best.high} if best else None,
        candidates=[_candidate(question, one) for one in found.causes] if found else [],
        unexplained=found.unexplained if found else None,
        probes=[_probe(question, run) for run in runs if not run.is_end],
        runs_of_a_and_b=sum(run.is_end for run in runs),
        sweep=probes.name if probes is not None else None,
        complete=not progress.drained,
        wall_s=progress.seconds,
        next=check,
        _told="\n".join(lines),
    )


def closed(store: "Store", probes: "Probes", result: Why) -> None:
    """Ends the run over the probes' runs, and the sweep where it came to its end.

    Args:
        store: where it is.
        probes: that were run.
        result: of them.
    """
    from xinzhi.tracking import parents

    sweep = probes.ledger.sweep(probes.name)
    if sweep.parent_run is not None and parents.is_there(store, sweep.parent_run):
        status: Status = "FINISHED" if result.complete else "KILLED"
        metrics = {"difference": float(result.difference["size"])}
        if result.sure is not None:
            metrics["sure"] = result.sure
        tags = {"why": f"{result.a} {result.b}", "cause": ", ".join(result.cause or [])}
        note = f"{result.answer}\n\n```\n{result.table()}\n```"
        parents.end_parent(store, sweep.parent_run, status, metrics, None, note, tags=tags)
    probes.ledger.change(probes.name, phase="ended" if result.complete else "stopped")


def _named(question: "Question", progress: "Progress") -> "Cause | None":
    from xinzhi.sweeping.why.verdict import Cause

    found = progress.found
    if found is None and len(question.apart.factors) == 1:
        size = progress.difference.size
        return Cause(factors=(0,), kind="single", sure=1.0, effect=size, low=size, high=size)
    if found is None or found.unexplained >= _LIKELY or found.causes[0].sure < _LIKELY:
        return None
    return found.causes[0]


def _answer(question: "Question", progress: "Progress", best: "Cause | None") -> str:
    if progress.found is None:
        return _unsearched(question, progress)
    if best is not None:
        sure = f"{min(best.sure, 0.999):.1%} sure" if best.sure > 0.99 else f"{best.sure:.0%} sure"
        size = f"{best.effect:+.4g} of {progress.difference.size:+.4g}"
        interval = f"95 % interval {best.low:+.4g} … {best.high:+.4g}"
        return (
            f"{telling.cause_told(question, best)}, {sure}: {question.metric} {size} ({interval})"
        )
    if progress.found.unexplained >= _LIKELY:
        return (
            "not found: no cause that was thought of (one factor, two in some way, three together, "
            "a little of each) explains what the probes reached"
        )
    first = progress.found.causes[0]
    likely = f"{telling.cause_named(question, first)} {first.sure:.0%}"
    return f"not sure after {counted(len(progress.found.probes), 'probe')}: likeliest is {likely}"


def _unsearched(question: "Question", progress: "Progress") -> str:
    factors = question.apart.factors
    if not factors:
        return "nothing that can be exchanged differs between A and B but the seed"
    if len(factors) == 1:
        return f"{factors[0].name} alone differs ({factors[0].shown[0]} → {factors[0].shown[1]})"
    if progress.drained:
        return "interrupted before A and B had been run with enough seeds"
    return _not_real(question, progress)


def _not_real(question: "Question", progress: "Progress") -> str:
    found = progress.difference
    p = "" if found.p_value is None else f" (p = {found.p_value:.2g})"
    more = 2 * max(found.seeds)
    return (
        f"the difference of {question.metric}, {found.size:+.4g}, is not more than seeds make{p}: "
        f"nothing is searched; seeds={more} looks closer, force=true searches all the same"
    )


def _table(
    question: "Question", found: "Found | None", runs: "list[Run]", progress: "Progress"
) -> list[str]:
    lines = [telling.of_difference(question, progress.difference)]
    if found is not None:
        shown = [one for one in found.causes if one.sure >= _SHOWN] or found.causes[:1]
        width = max(len(telling.cause_named(question, one)) for one in shown)
        lines += ["", f"{'cause':{width}}  {'sure':>6}  {'effect':>10}  95 % interval"]
        lines += [
            f"{telling.cause_named(question, one):{width}}  {one.sure:6.1%}  {one.effect:+10.4g}  "
            f"{one.low:+.4g} … {one.high:+.4g}"
            for one in shown
        ]
        if found.unexplained >= _SHOWN:
            lines.append(f"{'none of these':{width}}  {found.unexplained:6.1%}")
    made = [run for run in runs if run.job.cached_from is None]
    if runs:
        probed = len(found.probes) if found is not None else 0
        told = f"{counted(probed, 'probe')}, {counted(len(runs) - probed, 'run')} of A and B"
        cached = len(runs) - len(made)
        known = f", {cached} of them known before" if cached else ""
        lines += ["", f"{told}{known}, in {duration(progress.seconds)}"]
    if progress.failed:
        lines.append(f"{counted(len(progress.failed), 'probe')} failed and count for nothing")
    return lines


def _check(question: "Question", best: "Cause | None") -> str | None:
    """The command that trains A with the cause alone taken from B, or shows what it is made of."""
    if best is None or best.kind == "spread":
        return None
    kinds = {question.apart.factors[number].kind for number in best.factors}
    sides = (question.a, question.b)
    if "code" in kinds:
        return f"git diff {' '.join(side.facts.code.commit[:9] for side in sides)}"
    if "data" in kinds:
        return command_line("data", ["diff", *(str(side.digest)[:8] for side in sides)])
    if len(question.apart.factors) < 2:
        return None  # B is that
    words = [*question.apart.fixed, *question.apart.own(frozenset(best.factors))]
    return command_line("train", words)


def _candidate(question: "Question", one: "Cause") -> dict[str, Any]:
    return {
        "factors": [question.apart.factors[number].name for number in one.factors],
        "kind": one.kind,
        "sure": one.sure,
        "effect": one.effect,
        "low": one.low,
        "high": one.high,
    }


def _probe(question: "Question", run: "Run") -> dict[str, Any]:
    return {
        "from_b": [question.apart.factors[number].name for number in sorted(run.mixture)],
        "seed": run.job.seed,
        "value": run.value,
        "run_id": run.job.run_id,
        "cached": run.job.cached_from is not None,
    }
