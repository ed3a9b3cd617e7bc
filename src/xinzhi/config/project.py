"""The user's project: the nearest folder upwards that holds a `xinzhi.yaml`."""

import os
import re
import sys
from pathlib import Path
from typing import Any

from xinzhi.errors import ConfigError

MARKER = "xinzhi.yaml"
_PACKAGE_NAME = re.compile(r"[A-Za-z_]\w*\Z")
# Admitting one of these would admit everything that the allow-list is there to keep out.
_NEVER_ADMITTED = frozenset(sys.stdlib_module_names) | {"torch", "hydra", "omegaconf", "xinzhi"}


def marked_folder() -> Path | None:
    """The nearest folder upwards that holds a `xinzhi.yaml`, if there is one."""
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / MARKER).is_file()), None)


def user_folder() -> Path:
    """The user's project, or the current folder where no project is marked."""
    return marked_folder() or Path.cwd()


def cache_folder() -> Path:
    """Where archives, snapshots and token caches are kept: `XINZHI_CACHE` or `data/`."""
    named = os.environ.get("XINZHI_CACHE")
    return Path(named).expanduser() if named else user_folder() / "data"


def store_folder() -> Path:
    """Where runs are kept: `mlruns/` of the user's project."""
    return user_folder() / "mlruns"


def packaged_conf() -> Path:
    """The folder of YAML that comes with xinzhi."""
    return Path(__file__).resolve().parent.parent / "conf"


def packaged_pipelines() -> Path:
    """The folder of pipelines, one module per command."""
    return Path(__file__).resolve().parent.parent / "pipelines"


def conf_folders() -> list[Path]:
    """Where YAML is looked for, the user's own folder first."""
    packaged = packaged_conf()
    marked = marked_folder()
    own = [marked / "conf"] if marked is not None and (marked / "conf").is_dir() else []
    return [folder for folder in own if folder.resolve() != packaged.resolve()] + [packaged]


def conf_file(name: str) -> Path | None:
    """The YAML at the top of `conf/` that has a name, the user's own first."""
    files = (folder / f"{name}.yaml" for folder in conf_folders())
    return next((file for file in files if file.is_file()), None)


def allowed_packages() -> tuple[str, ...]:
    """The packages that the user's `xinzhi.yaml` admits for a `_target_`.

    Raises:
        ConfigError: `allow` is not a list of names of top-level packages.
    """
    marked = marked_folder()
    if marked is None:
        return ()
    allow = _settings(marked / MARKER).get("allow") or []
    if not isinstance(allow, list):
        raise ConfigError(
            f"`allow` in {marked / MARKER} must be a list of packages, was {allow!r}",
            mend="write  allow: [acme]",
        )
    for name in allow:
        if not isinstance(name, str) or not may_admit(name):
            raise ConfigError(
                f"`allow` in {marked / MARKER} must name top-level packages of your own or of a "
                f"library that you trust, was {name!r}"
            )
    return tuple(allow)


def may_admit(name: str) -> bool:
    """Whether a package is one that a user may admit: not Python's own, not torch."""
    return _PACKAGE_NAME.match(name) is not None and name not in _NEVER_ADMITTED


def make_importable() -> None:
    """Put the user's project on the import path, after everything that is installed."""
    marked = marked_folder()
    if marked is not None and str(marked) not in sys.path:
        # last, so that no file of the project can stand in for an installed package
        sys.path.append(str(marked))
        from xinzhi.config import sources

        sources.forget()


def _settings(file: Path) -> dict[str, Any]:
    import yaml

    try:
        settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} must be YAML, but: {error}") from None
    if settings is None:
        return {}
    if not isinstance(settings, dict):
        raise ConfigError(f"{file} must hold keys such as `allow: [acme]`, was {settings!r}")
    unknown = sorted(set(settings) - {"allow"})
    if unknown:
        raise ConfigError(f"{file} knows the key `allow`, was {', '.join(map(str, unknown))}")
    return settings
