"""A package index of one's own, and the real archives fetched once."""

import hashlib
import io
import os
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from xinzhi.data import archives, pins, pip_settings
from xinzhi.data.engine import Engine, open_engine
from xinzhi.data.pins import Archive

REPOSITORY = Path(__file__).resolve().parents[3]


class Index:
    """A simple index that serves one file, and can misbehave."""

    def __init__(self, file: str, content: bytes) -> None:
        self.file, self.content = file, content
        self.requests: list[tuple[str, str | None]] = []  # path, Range
        self.break_after: list[int] = []  # how many bytes each of the next answers gives
        self.ignore_range = False
        handler = type("Handler", (_Handler,), {"index": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"

    @property
    def downloads(self) -> list[str | None]:
        return [span for path, span in self.requests if path.endswith(self.file)]


class _Handler(BaseHTTPRequestHandler):
    index: Index

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        index = self.index
        span = self.headers.get("Range")
        index.requests.append((self.path, span))
        if self.path == "/simple/packed/":
            page = f'<a href="/files/{index.file}">{index.file}</a>'.encode()
            self._answer(200, page, "text/html")
        elif self.path == f"/files/{index.file}":
            start = int(span[6:-1]) if span and not index.ignore_range else 0
            self._answer(206 if start else 200, index.content[start:], "application/gzip")
        else:
            self._answer(404, b"", "text/html")

    def _answer(self, status: int, body: bytes, form: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", form)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        cut = (
            self.index.break_after.pop(0)
            if status < 400 and form != "text/html" and (self.index.break_after)
            else len(body)
        )
        self.wfile.write(body[:cut])
        if cut < len(body):
            self.close_connection = True


def packed(members: dict[str, bytes]) -> bytes:
    """A tar.gz of the members."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            tar.addfile(info, io.BytesIO(content))
    return out.getvalue()


CONTENT = os.urandom(50_000)  # does not compress, so that cuts fall where they are meant to


@pytest.fixture
def package_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Index]:
    """An index that pip is configured with, and the pin `packed` for its one file."""
    archive = packed({"packed-1.0/inner.tar.gz": packed({"data/a.bin": CONTENT})})
    index = Index("packed-1.0.tar.gz", archive)
    pin = Archive(
        package="packed",
        file=index.file,
        sha256=hashlib.sha256(archive).hexdigest(),
        size_bytes=len(archive),
        members={"a.bin": "packed-1.0/inner.tar.gz!data/a.bin"},
        licence="ours",
        about="for tests",
    )
    monkeypatch.setitem(pins.ARCHIVES, "packed", pin)
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_INDEX_URL", index.url)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("xinzhi.data.download.time.sleep", lambda _: None)
    monkeypatch.setattr(  # asking pip takes half a second; test_pip_settings does
        archives,
        "pip_configuration",
        lambda: pip_settings.configuration(pip_settings.environment_settings(os.environ)),
    )
    thread = threading.Thread(target=index.server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield index
    index.server.shutdown()
    index.server.server_close()


@pytest.fixture
def real_archive(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Gives the folder of a real archive, fetched once for all tests."""
    if "XINZHI_CACHE" not in os.environ:
        monkeypatch.setenv("XINZHI_CACHE", str(REPOSITORY / "data"))
    return archives.fetch


@pytest.fixture(scope="session")
def spark() -> Iterator[None]:
    """A Spark session for all tests of this process; they skip where there is no Java."""
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        if os.environ.get("XINZHI_CI"):
            pytest.fail("CI must have Java 17 for the tests on Spark")
        pytest.skip("needs Java 17: apt-get install openjdk-17-jre-headless")
    from pyspark.sql import SparkSession

    yield
    if session := SparkSession.getActiveSession():
        session.stop()


@pytest.fixture(params=["duckdb", "spark"])
def engine_name(request: pytest.FixtureRequest) -> str:
    """Each engine in turn."""
    if request.param == "spark":
        request.getfixturevalue("spark")
    return str(request.param)


@pytest.fixture
def engine(engine_name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Engine]:
    """Each engine in turn, open."""
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    with open_engine(engine_name) as opened:
        yield opened


@pytest.fixture
def duckdb_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Engine]:
    """DuckDB, open."""
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    with open_engine() as opened:
        yield opened
