"""Words without `=`: actions and references, made into the keys that a pipeline has for them."""

from collections.abc import Collection, Sequence
from typing import NoReturn

from hydra.core.override_parser.types import Quote, QuotedString

from xinzhi.config import catalog, project
from xinzhi.config.near import near
from xinzhi.config.repository import EXPERIMENT
from xinzhi.errors import ConfigError

# In the order in which words are given out; `references` takes all that are left.
ACTION, ONE, MANY = TAKE_WORDS = ("action", "reference", "references")


def as_overrides(pipeline: str, words: Sequence[str], keys: Collection[str]) -> list[str]:
    """The overrides that the words stand for.

    Args:
        pipeline: the command.
        words: what stood before the overrides.
        keys: the keys of the pipeline's YAML; `action`, `reference` and `references` take words.
    """
    left = list(words)
    overrides = [f"{key}={_quoted(left.pop(0))}" for key in (ACTION, ONE) if key in keys and left]
    if left and MANY in keys:
        overrides.append(f"{MANY}=[{','.join(map(_quoted, left))}]")
        left = []
    if left:
        _refuse(pipeline, left[0])
    return overrides


def _refuse(pipeline: str, word: str) -> NoReturn:
    folders = project.conf_folders()
    for group in (EXPERIMENT, *catalog.groups(folders)):
        if word in catalog.options(folders, group):
            raise ConfigError(
                f"`{word}` must be key=value", mend=f"xinzhi {pipeline} {group}={word}"
            )
    close = near(word, catalog.groups(folders))
    raise ConfigError(
        f"`{word}` must be key=value: {pipeline} takes no further word",
        candidates=[f"{group}=" for group in close],
        mend=f"xinzhi {pipeline} --help",
    )


def _quoted(word: str) -> str:
    # as text, or the run 7e10 would become a number
    return QuotedString(text=word, quote=Quote.single).with_quotes()
