"""A comparison as plain text: who is compared, what differs, how far it takes them apart."""

import math
from collections.abc import Iterator, Mapping, Sequence
from io import StringIO
from typing import TYPE_CHECKING, Any

from xinzhi.evaluation.canvas import shortened
from xinzhi.registry import comparison_words as words

if TYPE_CHECKING:
    from rich.console import Console

    from xinzhi.registry.comparison_pairs import Pair
    from xinzhi.registry.comparison_results import Comparison
    from xinzhi.tracking.differences import Difference
    from xinzhi.tracking.differences_code import CodeDifference

_WIDTH = 110
_MOST = 12  # lines of a kind
_TARGET = "_target_"
# a change of these is more likely to tell than one of what they need
_FIRST = ("xinzhi", "torch", "lightning", "transformers", "numpy", "scikit-learn", "tokenizers")


def drawn(found: "Comparison", *, whole_diff: bool = False) -> str:
    """Draws a comparison.

    Args:
        found: it.
        whole_diff: whether what differs in the code is shown whole.
    """
    from rich.console import Console

    out = StringIO()
    console = Console(file=out, width=_WIDTH, no_color=True, highlight=False, markup=False)
    _runs(console, found)
    _differences(console, found, whole_diff=whole_diff)
    if found.pairs:
        _metrics(console, found)
    elif found.logged:
        _logged(console, found)
    for note in found.notes:
        console.print(f"note: {note}", soft_wrap=True)
    console.print()
    for line in found.told:
        console.print(line, soft_wrap=line.startswith(" "))  # a command stays on its line
    if found.figure:
        console.print(f"figure {found.figure}")
    return "\n".join(line.rstrip() for line in out.getvalue().splitlines()).strip("\n")


def _runs(console: "Console", found: "Comparison") -> None:
    rows = []
    for one in found.runs:
        seeds = ", ".join("?" if seed is None else str(seed) for seed in one.seeds)
        word = "seed" if len(one.seeds) == 1 else "seeds"
        status = "" if one.status == "FINISHED" else one.status.lower()
        name = f"{shortened(one.run_name, 60)} ({one.run_id[:8]})"
        rows.append((one.letter, one.version or "", name, f"{word} {seeds}", status))
    _grid(console, rows)


def _differences(console: "Console", found: "Comparison", *, whole_diff: bool) -> None:
    differ = found.differences
    letters = [one.letter for one in found.runs]
    rows: list[Sequence[str]] = [("what differs", *letters)]
    rows += _listed(folded(differ.config))
    if len(set(differ.seed)) > 1:
        rows.append(("seed", *map(_written, differ.seed)))
    rows += _listed(_known_first(differ.environment))
    rows += _listed(differ.hardware)
    console.print()
    if len(rows) > 1:
        _grid(console, rows)
    else:
        console.print("nothing differs in config, seed, packages and machine")
    for letter, code in zip(letters[1:], differ.code, strict=True):
        pair = f"code {letters[0]} → {letter}: " if len(letters) > 2 else "code: "
        console.print(pair + code.told, soft_wrap=True)
        _code(console, code, whole=whole_diff)
    for letter, data in zip(letters[1:], differ.data, strict=True):
        pair = f"data {letters[0]} → {letter}: " if len(letters) > 2 else "data: "
        console.print(pair + data.told, soft_wrap=True)
        for key, (before, after) in [*data.schema.items(), *data.declaration.items()][:_MOST]:
            console.print(f"  {key}: {_written(before)} → {_written(after)}")


def _code(console: "Console", code: "CodeDifference", *, whole: bool) -> None:
    if whole and code.diff:
        console.print(code.diff, soft_wrap=True)
        return
    for file in code.files[:_MOST]:
        lines = "binary" if file.added is None else f"+{file.added} −{file.removed}"
        console.print(f"  {file.path}  {lines}", soft_wrap=True)
    if len(code.files) > _MOST:
        console.print(f"  … {len(code.files) - _MOST} more")
    if code.diff:
        console.print("  (code=diff shows the lines)")


def _metrics(console: "Console", found: "Comparison") -> None:
    letters = [one.letter for one in found.runs]
    console.print(f"\non {found.rows}")
    if len(letters) == 2:
        _grid(console, [_head(found), *map(_line, found.pairs)], right=True)
        return
    rows: list[Sequence[str]] = [("metric", *letters)]
    rows += [
        (name, *(f"{values[letter]:.4f}" for letter in letters))
        for name, values in found.metrics.items()
    ]
    _grid(console, rows, right=True)
    main = next(iter(found.metrics))
    own = [one for one in found.pairs if one.metric == main or one.better]
    rows = [("pair", *_head(found))]
    rows += [(f"{one.a} {one.b}", *_line(one)) for one in own]
    console.print(f"\n{main} of each two, and the other measures where a difference is real")
    _grid(console, rows, right=True)


def _head(found: "Comparison") -> tuple[str, ...]:
    two = ("A", "B", "B − A") if len(found.runs) == 2 else ("first", "second", "difference")
    level = f"{found.level:.0%}".replace("%", " %")
    return ("metric", *two, level, "p", "p (Holm)", "")


def _line(one: "Pair") -> tuple[str, ...]:
    def told(value: float) -> str:
        return words.amount(one.metric, value, sign=True)

    span = "–" if math.isnan(one.low) else f"{told(one.low)} … {told(one.high)}"
    verdict = f"{one.better} is better" if one.better else ""
    return (
        one.metric,
        f"{one.value_a:.4f}",
        f"{one.value_b:.4f}",
        told(one.difference),
        span,
        _chance(one.p_value),
        _chance(one.p_holm),
        verdict,
    )


def _logged(console: "Console", found: "Comparison") -> None:
    letters = [one.letter for one in found.runs]
    rows: list[Sequence[str]] = [("as they logged it", *letters)]
    for name, values in found.logged.items():
        cells = (f"{values[one]:.4f}" if one in values else "–" for one in letters)
        rows.append((name, *cells))
    console.print()
    _grid(console, rows, right=True)


def folded(config: Sequence["Difference"]) -> list["Difference"]:
    """Puts what only one class of a node has into the line of that class.

    Args:
        config: what differs, by dotted key.
    """
    from xinzhi.tracking.differences import Difference

    nodes = [one.key.removesuffix(f".{_TARGET}") for one in config if one.key.endswith(_TARGET)]
    found: list[Difference] = []
    own: dict[str, list[list[str]]] = {}
    for one in config:
        node = next((n for n in nodes if one.key.startswith(f"{n}.")), None)
        if node is None or (None not in one.values and not one.key.endswith(_TARGET)):
            found.append(one)
            continue
        name = one.key.removeprefix(f"{node}.")
        cells = own.setdefault(node, [[] for _ in one.values])
        for cell, value in zip(cells, one.values, strict=True):
            if name == _TARGET:
                cell.insert(0, str(value).rpartition(".")[2] if value else "–")
            elif value is not None:
                cell.append(f"{name}={_written(value)}")
    whole = [Difference(node, [" ".join(cell) for cell in cells]) for node, cells in own.items()]
    return sorted([*found, *whole], key=lambda one: one.key)


def _known_first(environment: Sequence["Difference"]) -> list["Difference"]:
    return sorted(environment, key=lambda one: (one.key not in _FIRST, one.key.lower()))


def _listed(found: Sequence["Difference"]) -> Iterator[Sequence[str]]:
    for one in found[:_MOST]:
        yield (one.key, *map(_written, one.values))
    if len(found) > _MOST:
        yield (f"… {len(found) - _MOST} more (report=json)",)


def _written(value: Any) -> str:  # noqa: ANN401 - of a config
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping) and not value:
        return "{}"
    return shortened(" ".join(str(value).split()), 40)


def _chance(p_value: float) -> str:
    return "< 0.0001" if p_value < 1e-4 else f"{p_value:.2g}"


def _grid(console: "Console", rows: Sequence[Sequence[str]], *, right: bool = False) -> None:
    from rich.table import Table

    table = Table(box=None, show_header=False, pad_edge=False)
    for column in range(max(map(len, rows))):
        numbers = right and column > 0 and column < len(rows[0]) - (rows[0][-1] == "")
        table.add_column(justify="right" if numbers else "left", overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
