"""What the figures of a sweep have in common: its configurations and how their names are drawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xinzhi.evaluation.canvas import shortened
from xinzhi.evaluation.fonts import lettering
from xinzhi.sweeping.records import Axis, Job, Sweep
from xinzhi.sweeping.search.final import searched
from xinzhi.sweeping.search.scores import Trial, trials, varied
from xinzhi.sweeping.show.wording import number, short_names

if TYPE_CHECKING:
    from xinzhi.sweeping.search.search import Standing

_LONGEST = 26


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What is drawn of a sweep.

    Attributes:
        sweep: it.
        trials: all configurations in the order in which they were chosen.
        standings: of those that reached something, the best first.
        axes: along which configurations differ.
        names: what each key is called.
        options: how each option of each key is written: itself, or `#2` where no font has it.
        families: fonts to draw with.
    """

    sweep: Sweep
    trials: Sequence[Trial]
    standings: Sequence["Standing"]
    axes: Sequence[Axis]
    names: Mapping[str, str]
    options: Mapping[str, Mapping[str, str]]
    families: Sequence[str]

    @property
    def reached(self) -> list[Trial]:
        """The configurations of which a seed was finished."""
        return [trial for trial in self.trials if trial.standing]

    def value(self, trial: Trial, objective: int = 0) -> float:
        """What a configuration reached, as a mean over its seeds.

        Args:
            trial: that reached something.
            objective: which one, from 0.
        """
        return trial.standing.values[objective] if trial.standing else float("nan")

    def written(self, axis: Axis, value: Any) -> str:  # noqa: ANN401 - a text or a number
        """A value of an axis as it is drawn.

        Args:
            axis: of the sweep.
            value: of it.
        """
        return self.options[axis.key].get(str(value)) or number(value)

    def setting(self, params: Mapping[str, Any]) -> str:
        """What sets a configuration apart, in one line.

        Args:
            params: value by key.
        """
        pairs = [(axis, params[axis.key]) for axis in self.axes if axis.key in params]
        return " ".join(f"{self.names[axis.key]}={self.written(axis, v)}" for axis, v in pairs)


def scene(
    sweep: Sweep, jobs: Sequence[Job], standings: Sequence["Standing"], *, offline: bool = True
) -> Scene:
    """Collect what is drawn.

    Args:
        sweep: whose configurations they are.
        jobs: all of them.
        standings: of the configurations, the best first.
        offline: where no installed font has the options' characters, take the packaged one only
            if it is in the cache.
    """
    axes = varied(sweep.axes, [job.params for job in searched(jobs)])
    names = short_names(axes)
    texts = [*names.values(), *sweep.objectives]
    texts += [number(choice) for axis in axes for choice in axis.choices]
    drawable = lettering(texts, offline=offline)
    drawn = dict(zip(texts, drawable.names, strict=True))
    return Scene(
        sweep=sweep,
        trials=trials(jobs, standings),
        standings=[one for one in standings if one.values],
        axes=axes,
        names={key: shortened(drawn[name], _LONGEST) for key, name in names.items()},
        options={axis.key: _options(axis, drawn) for axis in axes},
        families=drawable.families,
    )


def _options(axis: Axis, drawn: Mapping[str, str]) -> dict[str, str]:
    """An option without letters is called by its place among those of its key."""
    written = [drawn[number(choice)] for choice in axis.choices]
    return {
        choice: f"#{place}" if _nameless(number(choice), name) else shortened(name, _LONGEST)
        for place, (choice, name) in enumerate(zip(axis.choices, written, strict=True))
    }


def _nameless(text: str, name: str) -> bool:
    return name.startswith("#") and not text.startswith("#")
