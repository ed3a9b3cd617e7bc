import pytest

from xinzhi.errors import UnknownReference
from xinzhi.tracking.references import find_run


@pytest.fixture
def make(store):
    def make(name, *, experiment="demo", status="FINISHED", started=0, **tags):
        run = store.client.create_run(
            store.experiment(experiment), run_name=name, start_time=1000 + started, tags=tags
        )
        if status != "RUNNING":
            store.client.set_terminated(run.info.run_id, status)
        return run.info.run_id

    return make


def test_every_way_of_naming_a_run(store, make):
    first = make("cnn s1 7f3a", started=1)
    second = make("minilm lr=3e-5 s1 aa00", experiment="other", started=2)
    for reference in (first, first[:10], "cnn s1 7f3a", "last~1"):
        assert find_run(store, reference).run_id == first
    for reference in (second, "minilm lr=3e-5 s1 aa00", "last"):
        assert find_run(store, reference).run_id == second


def test_last_is_the_last_training_that_finished(store, make):
    trained = make("trained", started=1, pipeline="train")
    make("failed", started=2, status="FAILED")
    make("running", started=3, status="RUNNING")
    make("evaluated", started=4, pipeline="evaluate")
    assert find_run(store, "last").run_id == trained


def test_an_ambiguous_reference_lists_the_candidates(store, make):
    ids = {make("twice", started=1), make("twice", started=2)}
    with pytest.raises(UnknownReference, match="it names 2") as caught:
        find_run(store, "twice")
    assert {candidate[:8] for candidate in caught.value.candidates} == {i[:8] for i in ids}


def test_an_unknown_reference_names_the_near_match(store, make):
    make("cnn s1 7f3a")
    with pytest.raises(UnknownReference) as caught:
        find_run(store, "cnn s1 7f3b")
    assert caught.value.candidates == ("cnn s1 7f3a",)
    with pytest.raises(UnknownReference):
        find_run(store, "last~7")


def test_an_empty_store_says_what_to_do_first(store):
    with pytest.raises(UnknownReference, match="xinzhi train"):
        find_run(store, "last")


@pytest.mark.parametrize("odd", ["it's", 'say "hi"', "%", "", "工单 s1", "a" * 300])
def test_odd_references_are_unknown_and_nothing_worse(store, make, odd):
    make("cnn s1 7f3a")
    with pytest.raises(UnknownReference):
        find_run(store, odd)
