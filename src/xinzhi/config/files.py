"""Files that a config names: they must be there before anything starts."""

import glob
from collections.abc import Mapping
from pathlib import Path

from xinzhi.config.near import near
from xinzhi.errors import ConfigError

_NAMES_DATA = ("train", "val", "test")
_NAMES_A_FILE = ("input",)
_NAMES_A_FILE_OR_RUN = ("ckpt_path",)
_NAMES_A_FOLDER = ("encoder", "weights")
_ELSEWHERE = ("package:", "hf:", "env:")


def check_files(plain: Mapping[str, object]) -> None:
    """Refuse a config that names a file, folder or glob that is not there.

    Args:
        plain: the resolved config.
    """
    data = plain.get("data")
    if isinstance(data, Mapping):
        for split in _NAMES_DATA:
            # what judges takes a snapshot too, and has no rows to learn from
            if "train" in data or is_source(data.get(split)):
                _check(f"data.{split}", data.get(split))
        sources = data.get("sources")
        for name, source in (sources if isinstance(sources, Mapping) else {}).items():
            _check(f"data.sources.{name}", source)
    model = plain.get("model")
    for key in _NAMES_A_FOLDER if isinstance(model, Mapping) else ():
        value = model.get(key) if isinstance(model, Mapping) else None
        if isinstance(value, str) and value.startswith((".", "/", "~")):
            _check(f"model.{key}", value)
    _check_address(plain.get("tracking"))
    for key in _NAMES_A_FILE:
        _check(key, plain.get(key))
    for key in _NAMES_A_FILE_OR_RUN:
        if is_path(plain.get(key)):
            _check(key, plain.get(key))


def _check_address(tracking: object) -> None:
    """Refuse a folder where the address of a database or a server is meant.

    Raises:
        ConfigError: such a folder.
    """
    uri = tracking.get("uri") if isinstance(tracking, Mapping) else None
    if not isinstance(uri, str) or "://" in uri or uri.startswith(("databricks", "uc:", "${")):
        return
    raise ConfigError(
        f"`tracking.uri` must be the address of a database or a server, was {uri}",
        candidates=[f"sqlite:///{uri.rstrip('/')}/mlflow.db"],
        mend=f"tracking.uri=sqlite:///{Path(uri).expanduser().absolute()}/mlflow.db",
    )


def is_path(value: object) -> bool:
    """Whether a value can only be meant as a path, and not as the name of a run.

    >>> is_path("runs/last.ckpt"), is_path("last"), is_path("textcnn lr=1e-3 s1 7f3a")
    (True, False, False)
    """
    return isinstance(value, str) and ("/" in value or value.endswith((".ckpt", ".pt")))


def is_source(value: object) -> bool:
    """Whether a value can only be meant as rows to be read, and not as the name of a snapshot.

    >>> is_source("new.csv"), is_source("package:digits"), is_source("tickets~1")
    (True, True, False)
    """
    if not isinstance(value, str):
        return isinstance(value, list)
    marked = value.startswith(_ELSEWHERE) or any(one in value for one in "*/\\")
    path = Path(value).expanduser()
    return marked or path.exists() or path.suffix[1:].isalpha()


def like(value: str) -> list[str]:
    """Gives the files of this folder that a value may have been meant as.

    Args:
        value: that names no file.
    """
    names = sorted(file.name for file in Path().iterdir() if not file.name.startswith("."))
    return near(value, names) or [name for name in names if Path(name).stem == value]


def _check(key: str, value: object) -> None:
    if isinstance(value, list):
        for element in value:
            _check(key, element)
        return
    if not isinstance(value, str) or not value or value.startswith(_ELSEWHERE):
        return
    if "://" in value or "${" in value:
        return
    path = Path(value).expanduser()
    if path.exists():
        return
    if glob.has_magic(value):
        if glob.glob(str(path), recursive=True):  # noqa: PTH207 - an absolute pattern too
            return
        raise ConfigError(f"`{key}={value}` must match at least one file, matched none")
    raise _not_there(key, value, path)


def _not_there(key: str, value: str, path: Path) -> ConfigError:
    folder = path.parent
    while not folder.is_dir():
        path, folder = folder, folder.parent
    names = sorted(file.name for file in folder.iterdir() if not file.name.startswith("."))
    # a typed stem is enough: `tickets` finds `tickets.csv`
    close = near(path.name, names) or [n for n in names if Path(n).stem == path.name]
    written = [str(folder / name) for name in close]
    missing = f"there is no {path.name} in {folder.resolve()}"
    return ConfigError(
        f"`{key}={value}` must be a file or folder that exists; {missing}",
        candidates=written,
        mend=f"{key}={written[0]}" if written else None,
    )
