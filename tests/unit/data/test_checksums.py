"""Checksums are kept, and never outlive a change."""

import hashlib
import os

import pytest

from xinzhi.data import checksums


@pytest.fixture
def counted(monkeypatch, tmp_path):
    """Files that were really read."""
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(checksums, "_KEPT_FROM_BYTES", 4)
    read, original = [], checksums.sha256_of
    monkeypatch.setattr(checksums, "sha256_of", lambda path: read.append(path) or original(path))
    return read


def settle(path, age_s=60):
    then = path.stat().st_mtime_ns - age_s * 10**9
    os.utime(path, ns=(then, then))


def test_a_file_is_read_once_until_it_changes(tmp_path, counted):
    path = tmp_path / "a.csv"
    for content in (b"first", b"other", b"longer than before"):
        path.write_bytes(content)
        settle(path, len(content) + content[0])
        expected = hashlib.sha256(content).hexdigest()
        assert [checksums.checksum(path) for _ in range(3)] == [expected] * 3
    assert len(counted) == 3


def test_what_was_written_just_now_is_not_kept(tmp_path, counted):
    path = tmp_path / "a.csv"
    path.write_bytes(b"first")
    checksums.checksum(path)
    checksums.checksum(path)
    assert len(counted) == 2


def test_a_damaged_or_forbidden_cache_is_no_error(tmp_path, counted):
    path = tmp_path / "a.csv"
    path.write_bytes(b"first")
    settle(path)
    first = checksums.checksum(path)
    for kept in (tmp_path / "cache" / "checksums").iterdir():
        kept.write_text("[]")
    assert checksums.checksum(path) == first
    (tmp_path / "cache").rename(tmp_path / "gone")
    (tmp_path / "cache").write_text("no folder")
    assert checksums.checksum(path) == first
    assert len(counted) == 3
