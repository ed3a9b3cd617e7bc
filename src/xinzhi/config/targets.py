"""Which targets may run, and their construction from plain values."""

import ast
import functools
import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

from omegaconf import DictConfig, OmegaConf

from xinzhi.config import exported, project, sources
from xinzhi.errors import ConfigError, TargetError, XinzhiError

# Where a third-party class must be defined to be a target: optimizers, layers, the trainer and its
# parts. Nothing here runs code or loads a pickle that plain values could name.
THIRD_PARTY = (
    "lightning.pytorch.trainer",
    "lightning.pytorch.callbacks",
    "lightning.pytorch.profilers",
    "lightning.pytorch.strategies",
    "torch.optim",
    "torch.nn.modules",
    "torchmetrics.classification",
    "torchmetrics.regression",
)
_OURS = "xinzhi"
_NOT_OURS_TO_CALL = ("xinzhi.config", "xinzhi.cli", "xinzhi.pipelines")
_MEANT_FOR_HYDRA = {"_convert_", "_recursive_"}
_SAYS_WHAT_IS_WRONG = {"MisconfigurationException"}  # Lightning's word for a wrong argument
SPECIAL = {"_target_", "_partial_", "_args_", "_suggests_"} | _MEANT_FOR_HYDRA


def admit(path: object, *, where: str = "_target_") -> sources.Definition:
    """The definition behind a target's path, if it may run.

    Raises:
        TargetError: it is not defined there, or not in a package whose targets may run.
    """
    if not isinstance(path, str) or not all(part.isidentifier() for part in path.split(".")):
        raise TargetError(
            f"`{where}` must be the dotted path of a class or function, was {path!r}",
            candidates=exported.like(path) if isinstance(path, str) else (),
        )
    project.make_importable()
    user = project.allowed_packages()
    if path.partition(".")[0] not in {_OURS, *user, *(p.partition(".")[0] for p in THIRD_PARTY)}:
        _refuse(path, where)
    definition = sources.find(path)
    if definition is None:
        raise TargetError(
            f"`{where}: {path}` must name a class or function where it is defined or re-exported "
            "by `from … import`; nothing of that kind is there",
            candidates=exported.like(path),
        )
    if not _may_run(definition, user):
        _refuse(path, where, definition.path)
    return definition


def check_all(node: object, *, where: str = "") -> None:
    """Refuse a config of which any target, at any depth, may not run."""
    if isinstance(node, Mapping):
        if "_target_" in node:
            admit(node["_target_"], where=f"{where}._target_".lstrip("."))
        for key, value in node.items():
            check_all(value, where=f"{where}.{key}".lstrip("."))
    elif isinstance(node, list):
        for index, value in enumerate(node):
            check_all(value, where=f"{where}[{index}]")


def build(node: Mapping[str, Any] | DictConfig, **offered: Any) -> Any:  # noqa: ANN401 - any class
    """Call a node's target with its keys and those offered parts that the signature names.

    An offered part replaces the node's key of the same name. Nested targets are built first;
    `_partial_: true` gives a `functools.partial`.

    Raises:
        ConfigError: the node has no target.
    """
    plain = OmegaConf.to_container(node, resolve=True) if isinstance(node, DictConfig) else node
    if not isinstance(plain, Mapping) or "_target_" not in plain:
        raise ConfigError(f"a node with `_target_` is needed to build something, was {plain!r}")
    check_all(plain)
    called = _load(admit(plain["_target_"]))
    plain = {str(key): value for key, value in plain.items()}
    named = _named(called) if offered else frozenset()
    arguments = {name: part for name, part in offered.items() if name in named}
    kept = {key: value for key, value in plain.items() if key not in arguments}
    return _call(called, kept, arguments)


def load_class(path: str) -> type[Any]:
    """Import a class whose path is on the allow-list.

    Raises:
        TargetError: it may not run, or is no class.
    """
    definition = admit(path, where="class")
    loaded = _load(definition)
    if not isinstance(loaded, type):
        raise TargetError(f"`{path}` must be a class, was a {type(loaded).__name__}")
    return loaded


def _call(
    called: Callable[..., Any], node: Mapping[str, Any], offered: Mapping[str, Any]
) -> object:
    arguments = {key: _value(value) for key, value in node.items() if key not in SPECIAL}
    arguments.update(offered)
    positional = [_value(value) for value in node.get("_args_", ())]
    if node.get("_partial_", False):
        return functools.partial(called, *positional, **arguments)
    try:
        inspect.signature(called).bind(*positional, **arguments)
    except TypeError as error:
        raise ConfigError(f"{node['_target_']}: {error}, given {sorted(arguments)}") from None
    except ValueError:
        pass  # a few builtins have no signature; the call itself will tell
    try:
        return called(*positional, **arguments)
    except XinzhiError:
        raise
    except Exception as error:
        if not isinstance(error, ValueError) and type(error).__name__ not in _SAYS_WHAT_IS_WRONG:
            raise
        raise ConfigError(f"{node['_target_']}: {error}") from error


def _value(value: object) -> object:
    if isinstance(value, Mapping):
        if "_target_" in value:
            return _call(_load(admit(value["_target_"])), value, {})
        return {key: _value(inner) for key, inner in value.items()}
    return [_value(inner) for inner in value] if isinstance(value, list) else value


def _load(definition: sources.Definition) -> Callable[..., Any]:
    # by the path of the definition, so that what was judged is what runs
    loaded = getattr(importlib.import_module(definition.module), definition.node.name)
    called: Callable[..., Any] = (
        getattr(loaded, definition.method.name) if definition.method else loaded
    )
    return called


def _named(called: Callable[..., Any]) -> frozenset[str]:
    named = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    return frozenset(
        name for name, p in inspect.signature(called).parameters.items() if p.kind in named
    )


def _may_run(definition: sources.Definition, user: tuple[str, ...]) -> bool:
    if any(part.startswith("_") for part in definition.path.split(".")):
        return False
    if _beneath(definition.module, _NOT_OURS_TO_CALL):
        return False
    if _beneath(definition.module, (_OURS, *user)):
        return True
    return isinstance(definition.node, ast.ClassDef) and _beneath(definition.module, THIRD_PARTY)


def _beneath(module: str, roots: tuple[str, ...]) -> bool:
    return any(module == root or module.startswith(root + ".") for root in roots)


def _refuse(path: str, where: str, defined: str | None = None) -> NoReturn:
    at = f", which is {defined}," if defined and defined != path else ""
    package = path.partition(".")[0]
    may_be_admitted = project.may_admit(package)
    raise TargetError(
        f"`{where}: {path}`{at} must be in xinzhi, in one of {', '.join(THIRD_PARTY)}, or in a "
        "package that your xinzhi.yaml admits",
        candidates=[] if sources.find(path) else exported.like(path),
        mend=f"if {package} is yours and trusted:  allow: [{package}]  in xinzhi.yaml"
        if may_be_admitted
        else None,
    )
