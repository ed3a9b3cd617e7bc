"""Which checkpoint a reference means, and what is said of one that means none."""

import pytest

from xinzhi.errors import UnknownReference
from xinzhi.tracking import unfinished
from xinzhi.tracking.unfinished import has_checkpoint, last_checkpoint


@pytest.fixture
def make(store, tmp_path):
    """Makes a run that ended, by default cut short and with a checkpoint that holds its name."""

    def make(name, *, status="KILLED", started=0, kept=True):
        run = store.client.create_run(
            store.experiment("demo"), run_name=name, start_time=1000 + started
        )
        if kept:
            file = tmp_path / "last.ckpt"
            file.write_text(name)
            store.client.log_artifact(run.info.run_id, str(file), "checkpoints")
        store.client.set_terminated(run.info.run_id, status)
        return run.info.run_id

    return make


def test_every_way_of_naming_it(store, make):
    first, second = make("cnn s1 7f3a", started=1), make("cnn s2 aa00", status="FAILED", started=2)
    make("finished", status="FINISHED", started=3)
    for reference in (first, first[:8], "cnn s1 7f3a", "last~1"):
        assert last_checkpoint(store, reference).read_text() == "cnn s1 7f3a"
    for reference in (second, "cnn s2 aa00", "last"):
        assert last_checkpoint(store, reference).read_text() == "cnn s2 aa00"


def test_an_unknown_one_lists_the_runs_that_were_cut_short(store, make):
    run_id = make("cnn s1 7f3a")
    make("done", status="FINISHED")
    for reference in ("nothing alike", "last~1"):
        with pytest.raises(UnknownReference, match="names none") as caught:
            last_checkpoint(store, reference)
        assert caught.value.candidates == (f"{run_id[:8]} (cnn s1 7f3a)",)
    with pytest.raises(UnknownReference) as caught:
        last_checkpoint(store, "cnn s1 7f3b")
    assert caught.value.candidates == ("cnn s1 7f3a",)


def test_a_run_without_a_checkpoint_is_said_and_not_offered_again(store, make):
    other, bare = make("cnn s1 7f3a"), make("bare", kept=False, started=1)
    assert (has_checkpoint(store, other), has_checkpoint(store, bare)) == (True, False)
    with pytest.raises(UnknownReference, match=r"\(bare\), which kept no checkpoint") as caught:
        last_checkpoint(store, "last")
    assert caught.value.candidates == (f"{other[:8]} (cnn s1 7f3a)",)


def test_what_waits_in_the_working_folder_counts(store, make):
    run_id = make("cnn s1 7f3a", kept=False)
    folder = store.folder / "work" / run_id / "checkpoints"
    folder.mkdir(parents=True)
    (folder / "last.ckpt").write_text("here")
    assert last_checkpoint(store, run_id).read_text() == "here"


def test_one_that_lies_elsewhere_is_downloaded(store, make, monkeypatch, tmp_path):
    monkeypatch.setenv("XINZHI_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(unfinished, "local_path", lambda _: None)
    make("cnn s1 7f3a")
    found = last_checkpoint(store, "last")
    assert found.is_relative_to(tmp_path / "cache")
    assert found.read_text() == "cnn s1 7f3a"


def test_the_result_of_a_run_tells_what_it_cost(store, make):
    run_id, cut = make("done", status="FINISHED"), make("cut")
    store.client.log_metric(run_id, "val/f1", 0.5)
    assert unfinished.result_of(store, run_id) == {"val/f1": 0.5}
    store.client.set_tag(run_id, unfinished.COSTS, '{"wall_s": 3.5, "disk_mb": 2.0}')
    assert unfinished.result_of(store, run_id) == {"val/f1": 0.5, "wall_s": 3.5, "disk_mb": 2.0}
    assert unfinished.result_of(store, cut) is None
    assert unfinished.result_of(store, "0" * 32) is None
