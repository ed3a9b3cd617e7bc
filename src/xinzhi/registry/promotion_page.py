"""A promotion as one page of HTML that needs no network: the sentence, the gates, the forest."""

import hashlib
import math
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from xinzhi.config.identity import redact
from xinzhi.evaluation.canvas import shortened
from xinzhi.registry.files import artifact
from xinzhi.registry.gate_results import GateResult, said
from xinzhi.registry.promotion_result import REFUSED, Promotion
from xinzhi.registry.receipt_account import account
from xinzhi.tracking.store import Store

if TYPE_CHECKING:
    from xinzhi.registry.gates import Gate

FOLDER = "promotion"  # among the artifacts of the challenger's run
_WIDTH, _ROW, _LEFT, _RIGHT = 640, 30, 205, 60  # of the forest, in units of the drawing


class Kept(NamedTuple):
    """A page that is kept with a run.

    Attributes:
        inside: its path among the run's artifacts.
        digest: sha256 of the file.
        place: where it lies, for a person.
    """

    inside: str
    digest: str
    place: str


class Asked(Protocol):
    """What of a person's wish the page shows."""

    @property
    def gate(self) -> "Gate":
        """What was asked of the challenger."""

    @property
    def text(self) -> str:
        """What the person added."""


def write(store: Store, run_id: str, found: Promotion, asked: Asked) -> Kept:
    """Writes the page and keeps it with the challenger's run.

    Args:
        store: where that is.
        run_id: the run.
        found: what the gates came to.
        asked: by whom and how.
    """
    now = datetime.now(UTC)
    dry = "-dry" if found.decision.startswith("would") else ""
    name = f"{now:%Y%m%d-%H%M%S}-{found.gate}{dry}.html"
    text = page(found, asked, at=f"{now:%Y-%m-%d %H:%M} UTC")
    with tempfile.TemporaryDirectory() as scratch, store.explaining():
        path = Path(scratch) / name
        path.write_text(text, encoding="utf-8")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        store.client.log_artifact(run_id, str(path), FOLDER)
    inside = f"{FOLDER}/{name}"
    return Kept(inside, digest, str(artifact(store, run_id, inside) or inside))


def page(found: Promotion, asked: Asked, *, at: str) -> str:
    """Gives the page.

    Args:
        found: what the gates came to.
        asked: how.
        at: when.
    """
    from jinja2 import Environment

    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    source = (files("xinzhi.registry") / "promotion.html.j2").read_text(encoding="utf-8")
    text = environment.from_string(source).render(
        found=found,
        text=asked.text,
        override=found.override,
        gate=vars(asked.gate),
        by=account(),
        at=at,
        forest=forest(found.gates),
        yes=found.exit_code != REFUSED,
    )
    return redact(text)


def forest(gates: Sequence[GateResult]) -> dict[str, Any] | None:
    """Gives the places of a forest plot: each gain with its bounds, and the bound it must pass.

    Args:
        gates: those with an interval and a margin are drawn.
    """
    drawn = [gate for gate in gates if {"gain", "low", "high", "margin"} <= set(gate.figures)]
    drawn = [gate for gate in drawn if all(_finite(gate.figures[n]) for n in ("low", "high"))]
    if not drawn:
        return None
    ends = [gate.figures[name] for gate in drawn for name in ("low", "high")]
    ends += [-gate.figures["margin"] for gate in drawn]
    low, high = min([*ends, 0.0]), max([*ends, 0.0])
    span = (high - low) * 1.1 or 1.0
    start = low - 0.05 * (high - low)

    def x(value: float) -> float:
        return float(round(_LEFT + (value - start) / span * (_WIDTH - _LEFT - _RIGHT), 1))

    rows = [
        {
            "name": shortened(gate.name),
            "passed": gate.passed,
            "y": 22 + number * _ROW,
            "low": x(gate.figures["low"]),
            "high": x(gate.figures["high"]),
            "gain": x(gate.figures["gain"]),
            "bound": x(-gate.figures["margin"]),
            "told": said(gate.figures["gain"], relative=gate.figures["relative"], signed=True),
        }
        for number, gate in enumerate(drawn)
    ]
    ticks = [
        {"x": x(value), "told": f"{100 * value:+g}" if value else "0"}
        for value in _ticks(start, start + span)
    ]
    height = 22 + len(rows) * _ROW
    return {"rows": rows, "ticks": ticks, "zero": x(0.0), "width": _WIDTH, "height": height}


def _ticks(low: float, high: float) -> list[float]:
    """Round numbers between two ends, in steps of 1, 2 or 5 of a power of ten."""
    step = next(
        base * 10.0**power
        for power in range(-6, 6)
        for base in (1, 2, 5)
        if (high - low) / (base * 10.0**power) <= 6
    )
    first = -int(-low // step) if low < 0 else int(low // step) + 1
    numbers = range(first, int(high // step) + 1)
    return [round(number * step, 9) for number in numbers]


def _finite(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
