"""Sweeps that nobody ran, as a ledger would hold them: numbers of a plausible size."""

import math
import random

from xinzhi.sweeping.records import Axis, Job, Sweep

BEGUN = 1_790_000_000.0
AXES = (
    Axis(key="optimizer.lr", low=1e-5, high=1e-1, log=True),
    Axis(key="model.width", low=32, high=512, step=32, integer=True),
    Axis(key="model.dropout", low=0.0, high=0.6),
    Axis(key="model", choices=("textcnn", "bilstm", "minilm")),
)
CHINESE = Axis(key="data.columns.text", choices=("'标题'", "'正文'", "'标题与正文'"))


_EPOCHS = {"finished": 10, "pruned": 3}


def sweep(name="lr_and_width", **changes):
    settings = {
        "experiment": "review_sentiment_zh",
        "fixed": ("experiment=review_sentiment_zh",),
        "axes": AXES,
        "seeds": (0, 1, 2),
        "method": "tpe",
        "trials": 30,
        "created": BEGUN,
    }
    return Sweep(name=name, **(settings | changes))


def drawn(axis, chance):
    if axis.choices:
        return chance.choice(axis.choices)
    if axis.log:
        return math.exp(chance.uniform(math.log(axis.low), math.log(axis.high)))
    value = chance.uniform(axis.low, axis.high)
    value = axis.low + round((value - axis.low) / axis.step) * axis.step if axis.step else value
    return int(value) if axis.integer else value


def quality(params):
    """The best is near lr=3e-3; some models are better, too much dropout is worse."""
    far = math.log10(params.get("optimizer.lr", 3e-3) / 3e-3)
    kind = {"textcnn": 0.0, "bilstm": 0.02, "minilm": 0.035}.get(params.get("model"), 0.0)
    width = 0.01 * math.log2(float(params.get("model.width", 64)) / 64)
    worse = 0.15 * max(params.get("model.dropout", 0.2) - 0.3, 0)
    column = {"'标题与正文'": 0.02, "'标题'": -0.02}.get(params.get("data.columns.text"), 0.0)
    return 0.86 - 0.05 * far**2 + kind + width - worse + column


def overrides(params, seed):
    return (*(f"{key}={value}" for key, value in params.items()), f"seed={seed}")


def reports(value, upto, chance):
    return {
        k: value - 0.35 * math.exp(-0.6 * k) + chance.gauss(0, 0.004) for k in range(1, upto + 1)
    }


def job(of, number, trial, seed, params, state, chance):
    value = max(quality(params), 0.5) + chance.gauss(0, 0.006)
    begun = BEGUN + 40 * number
    waits = state == "waiting"
    latency = 4 + 0.02 * float(params.get("model.width", 64)) * (
        1 + (params.get("model") == "minilm")
    )
    values = (value, latency + chance.gauss(0, 0.2))[: len(of.objectives)]
    return Job(
        sweep=of.name, number=number, trial=trial, seed=seed, params=params,
        identity=f"{number:064x}", overrides=overrides(params, seed), state=state,
        attempts=0 if waits else 1,
        worker=None if waits else "node1:boot:77:1",
        run_id=f"{number:032x}" if state != "waiting" else None,
        values=values if state == "finished" else (),
        reports={} if waits else reports(value, _EPOCHS.get(state, 5), chance),
        progress={"finished": 1.0, "pruned": 0.3, "running": 0.45}.get(state, 0.0),
        error="OutOfMemoryError: CUDA out of memory. Tried to allocate 2.00 GiB\n"
              "  mend: datamodule.max_examples=16" if state == "failed" else None,
        log=f"mlruns/sweeps/{of.name}/{number}.log" if not waits else None,
        started=None if waits else begun,
        ended=begun + chance.uniform(15, 75) if state in ("finished", "pruned", "failed") else None,
    )  # fmt: skip


def jobs(of, trials=None, *, seed=0, pruned=0.2, failed=0.05, running=0, waiting=0):
    """All jobs of the trials; the last ones run or wait; of pruned trials only one was begun."""
    chance = random.Random(seed)  # noqa: S311
    made = []
    for trial in range(trials or of.trials):
        params = {axis.key: drawn(axis, chance) for axis in of.axes}
        cut = chance.random() < (pruned if quality(params) < 0.84 else 0)
        for one in of.seeds or (None,):
            state = "pruned" if cut else "failed" if chance.random() < failed else "finished"
            made.append(job(of, len(made), trial, one, params, state, chance))
            if cut:
                break
    for place in range(len(made) - waiting - running, len(made)):
        old = made[place]
        state = "waiting" if place >= len(made) - waiting else "running"
        made[place] = job(of, old.number, old.trial, old.seed, old.params, state, chance)
    return made
