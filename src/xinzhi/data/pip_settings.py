"""How pip is configured: indexes, links, certificates, proxy, timeouts."""

import ast
import os
import subprocess
import sys
from collections.abc import Mapping
from typing import NamedTuple

_SECTIONS = ("global", "install", "download", ":env:")  # the later one wins, as in pip


class PipConfiguration(NamedTuple):
    """What pip was told about finding packages.

    Attributes:
        links: pages, folders and files to look through.
        indexes: simple indexes, the first one asked first.
        certificate: a file or folder of certificate authorities.
        client_certificate: a file with the client's certificate and key.
        proxy: a proxy for every request; without it the environment's proxies hold.
        trusted_hosts: hosts that need no valid certificate.
        timeout_s: how long one answer may take.
        retries: how often a broken download is taken up again.
    """

    links: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    certificate: str | None = None
    client_certificate: str | None = None
    proxy: str | None = None
    trusted_hosts: tuple[str, ...] = ()
    timeout_s: float = 15.0
    retries: int = 5


def read_settings(listing: str) -> dict[str, str]:
    r"""Read what `pip config list` prints.

    Args:
        listing: lines such as `global.index-url='https://…'`.

    Returns:
        Each setting once: the environment's before the command's before the global one.

    >>> read_settings("global.timeout='9'\n:env:.timeout='3'")
    {'timeout': '3'}
    """
    ranked: dict[str, tuple[int, str]] = {}
    for line in listing.splitlines():
        name, _, quoted = line.partition("=")
        section, _, key = name.rpartition(".")
        if section not in _SECTIONS:
            continue
        try:
            value = str(ast.literal_eval(quoted))
        except (SyntaxError, ValueError):
            value = quoted
        rank = _SECTIONS.index(section)
        if rank >= ranked.get(key, (-1, ""))[0]:
            ranked[key] = (rank, value)
    return {key: value for key, (_, value) in ranked.items()}


def environment_settings(environment: Mapping[str, str]) -> dict[str, str]:
    """Read pip's settings from the environment alone.

    Args:
        environment: variables such as `PIP_INDEX_URL`.

    >>> environment_settings({"PIP_INDEX_URL": "https://mirror.example/simple"})
    {'index-url': 'https://mirror.example/simple'}
    """
    return {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in environment.items()
        if name.startswith("PIP_") and value
    }


def default_index() -> str:
    """Give the index that is asked where pip was told of none."""
    from unearth import PackageFinder

    return str(PackageFinder().sources[0]["url"])


def configuration(settings: Mapping[str, str]) -> PipConfiguration:
    """Give pip's settings the form that the finder wants.

    Args:
        settings: keys as in pip's configuration files.
    """
    indexes: list[str] = []
    if settings.get("no-index", "").lower() not in {"1", "true", "yes", "on"}:
        first = settings.get("index-url") or default_index()
        indexes = [first, *settings.get("extra-index-url", "").split()]
    usual = PipConfiguration()
    return PipConfiguration(
        links=tuple(settings.get("find-links", "").split()),
        indexes=tuple(indexes),
        certificate=settings.get("cert") or os.environ.get("REQUESTS_CA_BUNDLE"),
        client_certificate=settings.get("client-cert"),
        proxy=settings.get("proxy") or None,
        trusted_hosts=tuple(settings.get("trusted-host", "").split()),
        timeout_s=float(settings.get("timeout", settings.get("default-timeout", usual.timeout_s))),
        retries=int(settings.get("retries", usual.retries)),
    )


def pip_configuration() -> PipConfiguration:
    """Ask pip how it is configured; without pip, the environment alone is read."""
    settings = environment_settings(os.environ)
    answer = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode == 0:
        settings = read_settings(answer.stdout) | settings
    return configuration(settings)
