"""Which runs become versions, why others do not, and what their next commands say."""

import pytest

from xinzhi.training import assembly
from xinzhi.training.outcome import TrainResult


class Bundled:
    """A module that can be registered."""

    def bundle(self, folder):
        """Writes nothing here."""


def settings(*, register=None, debug=None, limit=None, test=True, **limits):
    batches = {f"limit_{split}_batches": 1.0 for split in ("train", "val", "test")}
    return {
        "register": register,
        "trainer": batches | limits,
        "data": {"limit": limit},
        "asked": {"choices": {"debug": debug}},
        "test": test,
        "baseline": {"_target_": "made"},
    }


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"limit": 5}, "data.limit"),
        ({"debug": "fdr", "register": False}, "debug=fdr"),
        ({"register": False}, "register=false"),
        ({"test": False}, "test rows"),
        ({"limit_val_batches": 2}, "batches"),
        ({"fast_dev_run": True}, "batches"),
    ],
)
def test_a_run_that_becomes_no_version_says_why(given, reason):
    assert reason in assembly.why_unregistered(settings(**given), Bundled())


def test_a_single_run_on_all_data_becomes_one_and_any_run_that_asks():
    assert assembly.why_unregistered(settings(), Bundled()) is None
    asked = settings(register=True, limit=5, debug="fdr")
    assert assembly.why_unregistered(asked, Bundled()) is None


@pytest.mark.parametrize("register", [None, True])
def test_what_cannot_be_registered_says_why_and_is_not_to_be_asked(register):
    asked = settings(register=register, debug="fdr")
    assert "no step" in assembly.why_unregistered(asked, Bundled(), steps=0)
    unregistered = assembly.why_unregistered(asked, object())
    result = TrainResult(
        run_id="a1", run_name="r", model_name="tickets", model_version=None, metrics={},
        wall_s=1.0, fit_s=1.0, disk_mb=1.0, unregistered=unregistered,
    )  # fmt: skip
    assert "version  not registered: the task has no bundle()" in result.table()
    assert "predict" not in result.table()


@pytest.mark.parametrize("limits", [{"limit_test_batches": 2}, {"fast_dev_run": True}])
def test_a_part_of_the_test_rows_is_not_set_beside_the_baseline_on_all(limits, tmp_path):
    def build(_node):
        raise AssertionError

    given = settings(**limits)
    assert assembly.baseline(given, build, object(), folder=tmp_path) == {}
