"""The config of a finished run as words that compose it again."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import yaml
from omegaconf import OmegaConf

from xinzhi.config.compose import compose
from xinzhi.config.identity import leaves, resolved, without_asked
from xinzhi.config.written import telling
from xinzhi.errors import ConfigError
from xinzhi.sweeping.composing import PIPELINE
from xinzhi.sweeping.search import axes
from xinzhi.tracking import kept

if TYPE_CHECKING:
    from xinzhi.tracking.differences_facts import Facts
    from xinzhi.tracking.store import Store

EXPERIMENT = "experiment"
UNTOLD = ("test", "register")  # what was judged or made of the weights, not how they came about
# of no fit, or said by whoever runs the probe
_LEFT_OUT = ("seed", "report", "tags", "tracking", "offline", "refresh", "ckpt_path", "asked",
             "baseline", "callbacks.progress", "callbacks.curves", *UNTOLD)  # fmt: skip
_HIDDEN = "***"


@dataclass(frozen=True, kw_only=True)
class Written:
    """How a run was asked for.

    Attributes:
        choices: option by group.
        leaves: value by dotted key, interpolations as they were written.
        plain: what can change the fit, by dotted key, interpolations resolved.
    """

    choices: Mapping[str, str | None]
    leaves: Mapping[str, Any]
    plain: Mapping[str, Any]


def read(store: "Store", facts: "Facts") -> Written:
    """Reads how a run was asked for.

    Args:
        store: where it is.
        facts: what it has kept.

    Raises:
        ConfigError: it did not keep that.
    """
    with store.explaining():
        text = kept.text_of(store, store.client.get_run(facts.run_id), "config.yaml")
    if text is None or facts.overrides is None:
        raise ConfigError(
            f"{facts.title} must have kept its config and its command, so that mixtures of it can "
            "be trained; it kept none",
            mend="train it again, and name the new run",
        )
    typed = [word for word in facts.overrides if word.lstrip("+~").partition("=")[0] != "-m"]
    choices = compose(PIPELINE, typed).asked.choices
    return Written(
        choices={str(group): choices[group] for group in choices},
        leaves=matters(dict(leaves(yaml.safe_load(text)))),
        plain={key: value for key, value in facts.config.items() if key not in UNTOLD},
    )


def of_words(words: Sequence[str]) -> Written:
    """Gives what words compose.

    Args:
        words: overrides of a training, with seed 0 for all that follows the seed.
    """
    config = compose(PIPELINE, [*words, "seed=0"])
    whole = OmegaConf.to_container(without_asked(config), resolve=False)
    told = telling(resolved(config))
    return Written(
        choices={str(group): config.asked.choices[group] for group in config.asked.choices},
        leaves=matters(dict(leaves(whole))),
        plain={key: value for key, value in told.items() if key not in UNTOLD},
    )


def matters(every: Mapping[str, Any]) -> dict[str, Any]:
    """Gives the leaves that a training is asked for by.

    Args:
        every: value by dotted key.
    """
    return {key: value for key, value in every.items() if not is_within(key, _LEFT_OUT)}


def is_within(key: str, nodes: Sequence[str]) -> bool:
    """Whether a dotted key is one of some nodes or below one.

    Args:
        key: dotted.
        nodes: dotted keys.
    """
    return any(key == node or key.startswith(f"{node}.") for node in nodes)


def choosing(choices: Mapping[str, str | None], groups: Sequence[str]) -> list[str]:
    """Gives the words that choose options otherwise than the experiment does.

    Args:
        choices: option by group, the experiment among them.
        groups: that are chosen.
    """
    first = [f"{EXPERIMENT}={choices[EXPERIMENT]}"] if choices.get(EXPERIMENT) else []
    there = compose(PIPELINE, first).asked.choices
    return [*first, *(option(g, choices[g]) for g in groups if choices[g] != there.get(g))]


def option(group: str, chosen: str | None) -> str:
    """Gives the word that chooses an option.

    Args:
        group: of options.
        chosen: one of them; None for none.
    """
    return f"{group}={'null' if chosen is None else chosen}"


def setting(
    there: Mapping[str, Any],
    wanted: Mapping[str, Any],
    *,
    of: Callable[[str], bool] = lambda key: True,  # noqa: ARG005
) -> dict[str, str]:
    """Gives the words, by key, that set what is there otherwise than it is wanted.

    Args:
        there: value by dotted key, as composed.
        wanted: value by dotted key, as written.
        of: which keys are looked at; all by default.

    Raises:
        ConfigError: a value was hidden as a secret when the run was written down.
    """
    found: dict[str, str] = {}
    for key in sorted({*wanted, *there}):
        if not of(key) or (key in wanted and key in there and wanted[key] == there[key]):
            continue
        if key not in wanted:
            if not any(other.startswith(f"{key}.") for other in wanted):
                found[key] = f"~{key}"
        elif wanted[key] != {}:  # whatever is to be gone below it is taken away by itself
            if _HIDDEN in str(wanted[key]):
                raise ConfigError(f"`{key}` holds a secret, which the run did not write down")
            found[key] = f"{'' if key in there else '+'}{key}={axes.text(wanted[key])}"
    return found
