"""Where pip would look for an archive: the configured indexes, links, certificates and proxies."""

import ast
import logging
import os
import ssl
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, cast
from urllib.parse import unquote, urlsplit

from xinzhi.errors import FetchError

if TYPE_CHECKING:
    from unearth.fetchers import Fetcher
    from unearth.fetchers.sync import PyPIClient

PYPI = "https://pypi.org/simple/"
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
    indexes: tuple[str, ...] = (PYPI,)
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


def _from_environment(environment: Mapping[str, str]) -> dict[str, str]:
    return {
        name.removeprefix("PIP_").lower().replace("_", "-"): value
        for name, value in environment.items()
        if name.startswith("PIP_") and value
    }


def configuration(settings: Mapping[str, str]) -> PipConfiguration:
    """Give pip's settings the form that the finder wants.

    Args:
        settings: keys as in pip's configuration files.
    """
    indexes: list[str] = []
    if settings.get("no-index", "").lower() not in {"1", "true", "yes", "on"}:
        indexes = [settings.get("index-url", PYPI), *settings.get("extra-index-url", "").split()]
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
    settings = _from_environment(os.environ)
    answer = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode == 0:
        settings = read_settings(answer.stdout) | settings
    return configuration(settings)


def open_client(config: PipConfiguration) -> "PyPIClient":
    """Open the HTTP client that asks the indexes and downloads.

    Args:
        config: certificates, proxy and timeouts.
    """
    from unearth.auth import MultiDomainBasicAuth
    from unearth.fetchers.sync import PyPIClient

    client = PyPIClient(
        trusted_hosts=config.trusted_hosts,
        verify=_authorities(config.certificate) if config.certificate else True,
        cert=config.client_certificate,
        timeout=config.timeout_s,
        follow_redirects=True,
        proxy=config.proxy,
    )
    client.auth = MultiDomainBasicAuth(prompting=False, index_urls=config.indexes)
    return client


def _authorities(certificate: str) -> ssl.SSLContext:
    path = Path(certificate).expanduser()
    try:
        if path.is_dir():
            return ssl.create_default_context(capath=str(path))
        return ssl.create_default_context(cafile=str(path))
    except OSError as error:  # ssl's own errors too
        raise FetchError(
            f"pip is configured with the certificates {path}, which cannot be read: {error}",
            mend="python -m pip config list, then correct `cert`",
        ) from error


def is_local(source: str) -> bool:
    """Tell whether a source can be read without a network.

    >>> is_local("file:///srv/wheels"), is_local("/srv/wheels"), is_local("https://pypi.org")
    (True, True, False)
    """
    return "://" not in source or source.startswith("file:")


def _exists(source: str) -> bool:
    path = unquote(urlsplit(source).path) if source.startswith("file:") else source
    return Path(path).expanduser().exists()


def find_links(
    client: "PyPIClient", config: PipConfiguration, *, package: str, file: str, offline: bool
) -> Iterator[tuple[str, str | Exception]]:
    """Look for one file of a package in every configured place, the local ones first.

    Args:
        client: asks the indexes.
        config: the places.
        package: the name of the package.
        file: the exact name of the wheel or source archive.
        offline: skip what needs a network.

    Yields:
        The place and the file's address there, or what went wrong with that place.
    """
    places = [(source, "find_links") for source in config.links]
    places += [(source, "index_urls") for source in config.indexes]
    for source, kind in sorted(places, key=lambda place: not is_local(place[0])):
        if (offline and not is_local(source)) or (is_local(source) and not _exists(source)):
            continue
        with _listening() as heard:
            try:
                urls = list(_urls(client, source, kind, package, file))
            except Exception as error:  # noqa: BLE001 - one broken index must not hide the others
                yield source, error
                continue
        yield from ((source, url) for url in urls)
        if heard and not urls:
            yield source, FetchError("; ".join(heard))


@contextmanager
def _listening() -> Iterator[list[str]]:
    """Hear what the finder logs instead of raising.

    Yields:
        Its messages.
    """
    heard: list[str] = []
    log = logging.getLogger("unearth.collector")
    handler = logging.Handler()
    handler.emit = lambda record: heard.append(record.getMessage())  # type: ignore[method-assign]
    passed_on, log.propagate = log.propagate, False
    log.addHandler(handler)
    try:
        yield heard
    finally:
        log.removeHandler(handler)
        log.propagate = passed_on


def _urls(client: "PyPIClient", source: str, kind: str, package: str, file: str) -> Iterator[str]:
    from unearth.finder import PackageFinder

    if "://" not in source:
        source = str(Path(source).expanduser().resolve())
    finder = PackageFinder(cast("Fetcher", client), ignore_compatibility=True)
    finder.sources.clear()  # it starts with PyPI, which may not be wanted
    (finder.add_find_links if kind == "find_links" else finder.add_index_url)(source)
    for found in finder.find_all_packages(package, allow_yanked=True):
        if found.link.filename == file:
            yield found.link.normalized
