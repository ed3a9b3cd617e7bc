"""What a run is called and how it is written down: names, flat params, commands, no secrets."""

import copy
import os
import re
import secrets
import shlex
import shutil
import sys
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote, unquote

from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from omegaconf.resolvers import oc

# no scheme is asked for: whatever it is made of, a password may follow
_IN_URLS = (
    re.compile(r"(?P<head>://[^\s/:@'\"]*:)(?P<secret>[^\s/'\"]+)(?P<tail>@)"),
    re.compile(  # SQLAlchemy takes a / in a password as it is
        r"(?P<head>(?:postgres|mysql|mariadb|mssql|oracle)[\w+]{0,20}://[^\s/:@'\"]*:)"
        r"(?P<secret>[^\s@'\"]{1,200})(?P<tail>@)"
    ),
    re.compile(r"(?P<head>://)(?P<secret>[^\s/:@'\"]{16,})(?P<tail>@)"),  # a token as the user
    re.compile(
        r"(?P<head>[?&][\w.-]{0,40}(?:token|secret|password|passwd|api_?key|signature|credential)"
        r"[\w.-]{0,40}=)(?P<secret>[^&\s'\"]+)(?P<tail>)",
        re.IGNORECASE,
    ),
)
_LOOKS_SECRET = re.compile(
    r"TOKEN|SECRET|PASSW|PASSPHRASE|CREDENTIAL|(?:^|_)(?:KEY|PWD|AUTH|PAT)(?:_|$)|APIKEY",
    re.IGNORECASE,
)
_SHORTEST_SECRET = 6
_HIDDEN = "***"
_ADVICE = ("://USER:", "PASSWORD")  # how an address is formed, in our own advice
_NOT_IN_A_NAME = {"model", "experiment", "name", "seed", "tags", "report", "offline", "register",
                  "refresh", "ckpt_path", "tracking", "debug"}  # fmt: skip
_LONGEST_NAME, _LONGEST_NUMBER = 120, 9  # characters


def redact(text: str) -> str:
    """The text without passwords in URLs and without secrets that the environment holds.

    Those are the values of secret-looking variables and the passwords in URLs of any variable.

    >>> redact("postgresql://ana:s3cret@db/mlflow")
    'postgresql://ana:***@db/mlflow'
    """
    for value in _secret_values():
        if value.isalpha() or value.isdigit():  # not the `postgres` in `postgresql`
            text = re.sub(rf"(?<!\w){re.escape(value)}(?!\w)", _HIDDEN, text)
        else:
            text = text.replace(value, _HIDDEN)
    for pattern in _IN_URLS:
        text = pattern.sub(_hidden, text)
    return text


def _hidden(found: re.Match[str]) -> str:
    return found[0] if _is_advice(found) else f"{found['head']}{_HIDDEN}{found['tail']}"


def _is_advice(found: re.Match[str]) -> bool:
    return found["head"].endswith(_ADVICE[0]) and found["secret"] == _ADVICE[1]


def config_text(config: DictConfig) -> str:
    """The config as YAML, interpolations unresolved, redacted."""
    return redact(OmegaConf.to_yaml(without_asked(config), resolve=False))


def without_asked(config: DictConfig) -> DictConfig:
    """The config without the record of what was typed."""
    copied = copy.deepcopy(config)
    OmegaConf.set_struct(copied, value=False)
    copied.pop("asked", None)
    return copied


def flat(config: DictConfig) -> dict[str, str]:
    """Every value under its dotted key, as text, what names the environment unresolved."""
    return {key: redact(_text(value)) for key, value in leaves(resolved(config)) if key}


def leaves(node: object, prefix: str = "") -> Iterator[tuple[str, object]]:
    """Every value of a plain config under its dotted key.

    Args:
        node: the config or a part of it.
        prefix: the part's own key.

    Yields:
        Key and value; of an empty mapping the mapping.
    """
    if isinstance(node, Mapping) and node:
        for key, value in node.items():
            yield from leaves(value, f"{prefix}.{key}" if prefix else str(key))
    else:
        yield prefix, node


def resolved(config: DictConfig) -> dict[str, object]:
    """The plain config, every interpolation resolved but those that name the environment."""
    own = without_asked(config)
    OmegaConf.register_new_resolver("oc.env", _unresolved_variable, replace=True)
    try:
        plain = OmegaConf.to_container(own, resolve=True)
    except OmegaConfBaseException:
        plain = OmegaConf.to_container(own, resolve=False)
    finally:
        OmegaConf.register_new_resolver("oc.env", oc.env, replace=True)
    return {str(key): value for key, value in plain.items()} if isinstance(plain, dict) else {}


def _unresolved_variable(*words: object) -> str:
    return "${oc.env:" + ",".join(map(str, words)) + "}"


def run_name(model: str, overrides: Sequence[str], seed: int) -> str:
    """A name that says what was varied: `minilm lr=3e-5 s1 7f3a`."""
    varied = {}
    for override in overrides:
        key, _, value = override.lstrip("+~").partition("=")
        if key not in _NOT_IN_A_NAME and not key.startswith(("data.", "tracking.")):
            varied[key] = Path(value).name if "/" in value else _short(value)  # the last one counts
    words = [f"{key.rpartition('.')[2]}={value}" for key, value in varied.items()]
    name = " ".join([model.rpartition("/")[2], *words])
    return f"{redact(name)[:_LONGEST_NAME].strip()} s{seed} {secrets.token_hex(2)}"


def _short(value: str) -> str:
    """A number without the digits that nobody compares runs by.

    >>> _short("0.001436245988431478"), _short("0.0003"), _short("abc")
    ('0.001436', '0.0003', 'abc')
    """
    if len(value) <= _LONGEST_NUMBER:
        return value
    try:
        return f"{float(value):.4g}"
    except ValueError:
        return value


def command_line(pipeline: str, overrides: Sequence[str]) -> str:
    """The command that asks for the same again, to be pasted into bash or zsh."""
    words = [program(), pipeline, *map(redact, overrides)]
    return " ".join(shlex.quote(word) for word in words)


def python() -> str:
    """The Python that has xinzhi, as it can be called: `python`, `.venv/bin/python`."""
    here = Path(sys.executable)
    found = shutil.which("python")
    if found is not None and Path(found).parent == here.parent:
        return "python"
    inside = here.is_relative_to(Path.cwd())
    return str(here.relative_to(Path.cwd()) if inside else here)


def program() -> str:
    """The path by which the program can be called again: `xinzhi`, `.venv/bin/xinzhi`."""
    called = Path(sys.argv[0])
    if called.name != "xinzhi":  # python pipelines/train.py, a notebook
        called = Path(sys.executable).parent / "xinzhi"
    found = shutil.which("xinzhi")
    if found is not None and Path(found) == called.absolute():
        return "xinzhi"
    inside = called.absolute().is_relative_to(Path.cwd())
    shown = called.absolute().relative_to(Path.cwd()) if inside else called
    return str(shown) if called.exists() else "xinzhi"


def _secret_values() -> list[str]:
    return _secrets_in(tuple(os.environ.items()))


@lru_cache(maxsize=1)  # a config has hundreds of values, each looked at
def _secrets_in(environment: tuple[tuple[str, str], ...]) -> list[str]:
    values = set()
    for name, value in environment:
        if _LOOKS_SECRET.search(name) and not _is_path(value):
            values.add(value)
        if "://" in value:
            values.update(*map(_spellings, _in_urls(value)))
    long = {value for value in values if len(value) >= _SHORTEST_SECRET}
    return sorted(long, key=len, reverse=True)  # a secret may contain another


def _in_urls(text: str) -> Iterator[str]:
    for pattern in _IN_URLS:
        for found in pattern.finditer(text):
            if not _is_advice(found):
                yield found["secret"]


def _spellings(secret: str) -> set[str]:
    """As it stands in a URL, and as it is; libraries write either."""
    plain = unquote(secret)
    return {secret, plain, quote(plain, safe=""), quote(plain, safe=" +")}


def _is_path(value: str) -> bool:
    """Whether a value names a file or folder, as `PWD` and `SSH_AUTH_SOCK` do."""
    try:
        return Path(value).is_absolute() and Path(value).exists()
    except OSError:  # longer than any path
        return False


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return "null" if value is None else str(value)
