"""Looks for a file of a package wherever pip is configured to look."""

import logging
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import unquote, urlsplit

from xinzhi.data.pip_settings import PipConfiguration
from xinzhi.errors import FetchError

if TYPE_CHECKING:
    from unearth.fetchers import Fetcher
    from unearth.fetchers.sync import PyPIClient


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

    >>> is_local("file:///srv/wheels"), is_local("/srv/wheels"), is_local("https://mirror.example")
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
