"""From a pipeline's name and what was typed to one config: choices, experiment, overrides."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

from hydra._internal.defaults_list import DefaultsList, create_defaults_list
from hydra.core.default_element import ConfigDefault, GroupDefault
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from xinzhi.config import choices, grammar, keys, project, uncomposed
from xinzhi.config.homes import check_homes
from xinzhi.config.near import UnknownNameError
from xinzhi.config.provenance import Layer, layers
from xinzhi.config.repository import EXPERIMENT, Repository

ASKED = "asked"


class Places(NamedTuple):
    """What a pipeline's YAML declares a place for."""

    groups: tuple[str, ...]
    keys: tuple[str, ...]


def compose(pipeline: str, overrides: Sequence[str], *, multirun: bool = False) -> DictConfig:
    """The whole config of a pipeline, with what was asked for under `asked`.

    Args:
        pipeline: the name of a YAML at the top of `conf/`.
        overrides: as typed: `model=minilm`, `data.train=~/工单.csv`.
        multirun: whether this is one job of several.

    Raises:
        ConfigError: something is unknown or does not fit, with the near match.
    """
    return explained(pipeline, overrides, multirun=multirun)[0]


def explained(
    pipeline: str, overrides: Sequence[str], *, multirun: bool = False
) -> tuple[DictConfig, list[Layer]]:
    """The same config, and the files that it is made of, in the order of merging.

    Args:
        pipeline: the name of a YAML at the top of `conf/`.
        overrides: as typed.
        multirun: whether this is one job of several.

    Raises:
        ConfigError: something is unknown or does not fit, with the near match.
    """
    places = _places(pipeline)
    parsed = [grammar.parse(override) for override in overrides]
    for override in parsed:
        keys.refuse_foreign(override, {*places.groups, *places.keys})
    in_groups = [o for o in parsed if _names_group(o, places)]
    on_keys = [o for o in parsed if not _names_group(o, places)]
    try:
        ground = _ground(pipeline, tuple(o.input_line or "" for o in in_groups))
        config, merged = _compose(ground, places, in_groups, on_keys)
    except (HydraException, OmegaConfBaseException, YAMLError) as error:
        uncomposed.refuse(error, project.conf_folders(), places.groups)
    config[ASKED]["pipeline"] = pipeline
    config[ASKED]["overrides"] = list(overrides)
    config[ASKED]["multirun"] = multirun
    OmegaConf.set_struct(config, value=True)
    return config, merged


def fully_resolved(config: DictConfig) -> dict[str, Any]:
    """The config as plain values, every interpolation resolved; not to be written anywhere."""
    plain = OmegaConf.to_container(config, resolve=True)
    return {str(key): value for key, value in plain.items()} if isinstance(plain, dict) else {}


def open_repository(pipeline: str) -> Repository:
    """The search path, the user's own folder first.

    Raises:
        UnknownNameError: no YAML of that pipeline is on it.
    """
    folders = project.conf_folders()
    repository = Repository(folders)
    if not repository.config_exists(pipeline):
        there = {file.stem for folder in folders for file in folder.glob("*.yaml")}
        raise UnknownNameError("the pipeline", pipeline, there, mend="xinzhi --help")
    return repository


def declared(repository: Repository, pipeline: str) -> Places:
    """The groups and keys that a pipeline's YAML declares."""
    loaded = repository.load_config(pipeline)
    defaults = (loaded.defaults_list if loaded is not None else None) or []
    groups = [d.group for d in defaults if isinstance(d, GroupDefault) and d.group]
    keys_there = [str(key) for key in repository.body(pipeline) or () if key != "defaults"]
    for base in (d.path for d in defaults if isinstance(d, ConfigDefault) and not d.is_self()):
        below = declared(repository, str(base))  # `plan` takes whatever `train` takes
        groups += below.groups
        keys_there += below.keys
    return Places(tuple(groups), tuple(keys_there))


def leaves_name_open(pipeline: str, experiment: str | None) -> bool:
    """Whether a training by this experiment must be given a name."""
    return experiment is None or _leaves_name_open(open_repository(pipeline), experiment)


class _Ground(NamedTuple):
    """What the choices of a command line make, before its values are set."""

    config: DictConfig
    merged: list[Layer]
    replaced: dict[str, Any]
    chosen: dict[str, str | None]
    name: str


@contextmanager
def unchanging() -> Iterator[None]:
    """Takes the files of `conf/` as they are: they are read once for each choice of options.

    Yields:
        Nothing; inside, the jobs of a sweep are composed several times as fast.
    """
    global _kept  # noqa: PLW0603 - how long files are held for unchanging is the caller's affair
    before, _kept = _kept, {} if _kept is None else _kept
    try:
        yield
    finally:
        _kept = before


_kept: dict[Any, Any] | None = None


def _places(pipeline: str) -> Places:
    if _kept is None:
        return declared(open_repository(pipeline), pipeline)
    if pipeline not in _kept:
        _kept[pipeline] = declared(open_repository(pipeline), pipeline)
    places: Places = _kept[pipeline]
    return places


def _ground(pipeline: str, typed: tuple[str, ...]) -> _Ground:
    if _kept is None:
        return _laid(pipeline, typed)
    if (pipeline, typed) not in _kept:
        _kept[pipeline, typed] = _laid(pipeline, typed)
    ground: _Ground = _kept[pipeline, typed]
    return ground._replace(config=copy.deepcopy(ground.config))


def _laid(pipeline: str, typed: tuple[str, ...]) -> _Ground:
    repository, in_groups = open_repository(pipeline), [grammar.parse(word) for word in typed]
    places, folders = declared(repository, pipeline), project.conf_folders()
    first = [choices.settle(o, None, folders) for o in in_groups if o.key_or_group == EXPERIMENT]
    others = [o for o in in_groups if o.key_or_group != EXPERIMENT]
    proposed = _defaults(repository, pipeline, first)
    own = {o.key_or_group: str(o.value()) for o in others if "/" in str(o.value())}
    task = choices.task_of({**_chosen(proposed), **own})
    settled = [choices.settle(o, task, folders) for o in others]
    final = _defaults(repository, pipeline, [*first, *settled])
    chosen = dict(_chosen(final))
    choices.refuse_mixture(chosen)
    changed = [
        group
        for group in (o.key_or_group for o in others)
        if _chosen(proposed).get(group) != chosen.get(group)
    ]
    before = _merged(repository, proposed) if changed else OmegaConf.create({})
    repository.drop(changed)
    config = _merged(repository, final)
    _give_places(config, places)
    return _Ground(
        config,
        layers(repository, final),
        _plain(before, changed),
        chosen,
        _name(repository, chosen.get(EXPERIMENT)),
    )


def _compose(
    ground: _Ground, places: Places, in_groups: list[Override], on_keys: list[Override]
) -> tuple[DictConfig, list[Layer]]:
    config = ground.config
    OmegaConf.set_struct(config, value=True)
    for override in on_keys:
        keys.apply(config, override, ground.replaced)
    OmegaConf.set_struct(config, value=False)
    if "name" in config and (OmegaConf.is_missing(config, "name") or config.name is None):
        config.name = ground.name
    config[ASKED] = {"choices": {g: ground.chosen.get(g) for g in places.groups}}
    check_homes(config, ground.merged, on_keys, [o.key_or_group for o in in_groups])
    return config, ground.merged


def _defaults(repository: Repository, pipeline: str, overrides: list[Override]) -> DefaultsList:
    return create_defaults_list(
        repo=repository,
        config_name=pipeline,
        overrides_list=overrides,
        prepend_hydra=False,
        skip_missing=False,
    )


def _chosen(defaults: DefaultsList) -> dict[str, str | None]:
    return defaults.overrides.known_choices


def _merged(repository: Repository, defaults: DefaultsList) -> DictConfig:
    return repository.loader._compose_config_from_defaults_list(  # noqa: SLF001 - pinned
        defaults=defaults.defaults, repo=repository
    )


def _give_places(config: DictConfig, places: Places) -> None:
    """Null for groups that nothing was chosen of; refuse what no place was declared for.

    Raises:
        UnknownNameError: such a top-level key.
    """
    known = {*places.groups, *places.keys}
    for key in map(str, config):
        if key not in known:
            raise UnknownNameError(
                "the top-level key", key, known, mend="look into the experiment's YAML"
            )
    for group in places.groups:
        if group not in config and group != EXPERIMENT:
            config[group] = None


def _plain(config: DictConfig, groups: Iterable[str]) -> dict[str, Any]:
    whole = OmegaConf.to_container(config, resolve=False)
    return {group: whole.get(group) for group in groups} if isinstance(whole, dict) else {}


def _name(repository: Repository, experiment: str | None) -> str:
    """What a run is called after: its experiment, unless that leaves the name to the user."""
    left_open = experiment is None or _leaves_name_open(repository, experiment)
    return "???" if left_open else str(experiment).rpartition("/")[2]


def _leaves_name_open(repository: Repository, experiment: str) -> bool:
    body = repository.body(f"{EXPERIMENT}/{experiment}")
    return body is None or OmegaConf.is_missing(body, "name")


def _names_group(override: Override, places: Places) -> bool:
    return override.key_or_group in places.groups and not isinstance(override.value(), dict)
