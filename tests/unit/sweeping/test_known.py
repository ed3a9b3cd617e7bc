from xinzhi.sweeping.identity import Identity, parts
from xinzhi.sweeping.known import Known
from xinzhi.sweeping.records import Job


def whole(config="c", code="k", data="d", seed=0):
    return "-".join(parts(config, code, data, seed))


def job(identity, number=0, sweep="first"):
    return Job(sweep=sweep, number=number, trial=0, identity=identity, state="finished")


def test_why_a_training_is_new():
    known = Known([job(whole(), 3), job("final first-1a2b whatever", -1)])
    assert known.mark(whole()) == (True, "done by first/3")
    why = {
        "its config was never run": whole(config="other"),
        "code changed since first/3": whole(code="other"),
        "data changed since first/3": whole(data="other"),
        "data and code changed since first/3": whole(data="other", code="other"),
        "seed 1 of this config was never run": whole(seed=1),
        "its rows are not prepared": whole(data=None),
    }
    for reason, identity in why.items():
        assert known.mark(identity) == (False, f"new: {reason}")


def test_the_least_changed_one_is_named():
    known = Known([job(whole(data="x", code="y"), 1), job(whole(data="x"), 2)])
    assert known.mark(whole()).why == "new: data changed since first/2"


def test_an_identity_keeps_its_parts():
    assert Identity._fields == ("whole", "config", "code", "data", "seed")
    assert whole() == "c-k-d-0"
