"""A snapshot as one page of HTML that needs no network: what became of the rows, and what they are.

Whatever stands in the data is shown as text: the template escapes it, and the page forbids scripts.
"""

from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from xinzhi.data import plots
from xinzhi.data.age import created, in_words
from xinzhi.data.legible import shown
from xinzhi.data.profile import QUANTILES, profile
from xinzhi.data.replacing import replacing

if TYPE_CHECKING:
    from xinzhi.data.snapshot import Snapshot

PAGE = "report.html"
_MOST_LABELS = 40
_BOX = tuple(QUANTILES.index(share) for share in (0.05, 0.25, 0.5, 0.75, 0.95))


def page(snapshot: "Snapshot") -> str:
    """Draw the page.

    Args:
        snapshot: with or without what today's manifests hold; what is missing is left out.
    """
    from jinja2 import Environment, StrictUndefined

    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters |= {
        "shown": shown,
        "number": "{:,}".format,
        "share": "{:.1%}".format,
        "brief": _brief,
        "listed": lambda value: value if isinstance(value, (list, tuple)) else [value],
        "moment": lambda text: text.removesuffix("+00").removesuffix(" 00:00:00"),
    }
    template = environment.from_string(
        files("xinzhi.data").joinpath("page.html.j2").read_text(encoding="utf-8")
    )
    return template.render(_facts(snapshot))


def write(snapshot: "Snapshot") -> Path:
    """Write the page beside the rows where it is not there yet, and say where it is.

    Args:
        snapshot: complete; those of older versions came without a page.
    """
    path = snapshot.folder / PAGE
    if not path.exists():
        with replacing(path) as fresh:  # others may write it just now
            fresh.write_text(page(snapshot), encoding="utf-8")
    return path


def _brief(value: float) -> str:
    """Write four digits, and all of those before the point."""
    return f"{value:,.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.4g}"


def _facts(snapshot: "Snapshot") -> dict[str, Any]:
    """Collect all that the template shows."""
    manifest = snapshot.manifest
    known = manifest.get("profile") or profile(snapshot.folder)
    when = created(snapshot.folder, manifest)
    return {
        "name": snapshot.name,
        "digest": snapshot.digest,
        "when": f"{when:%Y-%m-%d %H:%M} UTC",
        "age": in_words(when),
        "counts": snapshot.counts,
        "total": sum(snapshot.counts.values()),
        "split": manifest["split"],
        "engine": manifest.get("engine"),
        "notes": manifest["notes"],
        "warnings": manifest["warnings"],
        "steps": _steps(manifest["steps"]),
        "examples": manifest.get("examples") or [],
        "labels": _labels(known.get("labels"), snapshot.counts),
        "measured": _measured(known.get("measured")),
        "lengths": _lengths(known.get("lengths")),
        "columns": _columns(manifest.get("columns", {}), known),
        "violations": manifest.get("violations") or [],
        "quarantined": manifest.get("quarantined") or 0,
        "fitted": _fitted(manifest.get("fitted") or {}),
        "leakage": _leakage(manifest.get("leakage")),
        "sources": manifest["sources"],
        "declaration": _declaration(manifest.get("declaration", {})),
    }


def _steps(steps: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    most = max((step["rows_in"] for step in steps), default=0) or 1
    return [
        {
            **step,
            "gone": step["rows_in"] - step["rows_out"],
            "kept_percent": 100 * min(step["rows_out"], step["rows_in"]) / most,
            "gone_percent": 100 * max(step["rows_in"] - step["rows_out"], 0) / most,
        }
        for step in steps
    ]


def _labels(labels: Mapping[str, Any] | None, counts: Mapping[str, int]) -> dict[str, Any] | None:
    if not labels or not labels["counts"]:
        return None
    table = list(labels["counts"].items())
    most = max(sum(numbers.values()) for _, numbers in table)
    rows = [
        {
            "label": label,
            "total": sum(numbers.values()),
            "parts": [(split, n, 100 * n / most) for split, n in numbers.items() if n],
            "shares": {s: numbers[s] / counts[s] for s in counts if counts[s] and s in numbers},
        }
        for label, numbers in table[:_MOST_LABELS]
    ]
    return {"rows": rows, "classes": labels["classes"], "more": labels["classes"] - len(rows)}


def _lengths(lengths: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not lengths:
        return None
    drawn = plots.histogram(lengths["histogram"], width=lengths["width"])
    heads = ["least", *(f"{share:.0%}" for share in QUANTILES[1:-1]), "most"]
    return {"plot": drawn, "heads": heads, "splits": lengths["splits"], "unit": lengths["unit"]}


def _measured(label: Mapping[str, Any] | None) -> str | None:
    if not label:
        return None
    return plots.histogram(label["histogram"], width=label["width"], low=label["low"])


def _columns(types: Mapping[str, str], known: Mapping[str, Any]) -> list[dict[str, Any]]:
    rows = sum(known["rows"].values()) or 1
    return [
        {
            "name": name,
            "type": type_,
            "missing": sum(known["missing"].get(name, {}).values()),
            "missing_share": sum(known["missing"].get(name, {}).values()) / rows,
            "boxes": _boxes(known["numbers"].get(name, {})),
            "moments": known["moments"].get(name, {}),
            "values": known["values"].get(name),
            "lists": known.get("lists", {}).get(name),
        }
        for name, type_ in types.items()
        if name != "row"
    ]


def _boxes(number: Mapping[str, Any]) -> list[dict[str, Any]]:
    inner = {split: [own["quantiles"][i] for i in _BOX] for split, own in number.items()}
    least = min((five[0] for five in inner.values()), default=0.0)
    most = max((five[-1] for five in inner.values()), default=0.0)
    return [
        {
            "split": split,
            "plot": plots.box(inner[split], least, most, split=split),
            "mean": own["mean"],
            "least": own["quantiles"][0],
            "median": inner[split][2],
            "most": own["quantiles"][-1],
        }
        for split, own in number.items()
    ]


def _fitted(fitted: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    names = {"outliers": "outliers: kept between", "missing": "missing: filled with"}
    return [
        (names.get(kind, kind), column, value)
        for kind, values in fitted.items()
        for column, value in (values or {}).items()
    ]


def _leakage(leakage: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not leakage:
        return None
    kinds = {"exact": "equal rows", "near": "near-duplicates", "groups": "groups"}
    found = [
        (what, pair, number)
        for kind, what in kinds.items()
        for pair, number in (leakage.get(kind) or {}).items()
        if number
    ]
    grades = {"equal rows": " bad", "groups": " bad", "near-duplicates": " some"}
    return {
        "grade": min((grades[what] for what, _, _ in found), default=""),
        "sentence": leakage["sentence"],
        "found": found,
        "examples": leakage.get("examples") or [],
    }


def _declaration(declared: Mapping[str, Any]) -> str:
    import yaml

    given = {key: value for key, value in declared.items() if value not in (None, [], {}, ())}
    body = yaml.safe_dump(given, allow_unicode=True, sort_keys=False, width=100)
    return f"_target_: xinzhi.data.declaration.Declaration\n{body}"
