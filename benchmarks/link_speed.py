"""Training speed of link prediction against PyKEEN's: same model, loss, batch, dimension, machine.

Both fit UMLS by 1-vs-all with binary cross-entropy on one thread, in processes of their own that
take turns. What counts are seconds of the processor, which other work on the machine changes less
than those of the clock: the median over all turns, loading and evaluation left out, of whole
epochs, and of steps within an epoch (PyKEEN collects garbage once an epoch, which takes longer than
the steps of so small a graph). Ours is the road of `xinzhi train`: datamodule, LightningModule,
Trainer. PyKEEN does not resolve beside our stack, so that it has an environment of its own, made on
the first run.

    python benchmarks/link_speed.py
    python benchmarks/link_speed.py --pykeen-python /another/venv/bin/python --models ComplEx
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
import venv
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

BATCH, DIMENSION, RATE, EPOCHS, TURNS = 256, 100, 1e-2, 6, 3
PYKEEN = "pykeen==1.11.1"
OURS = {"ComplEx": "complex", "DistMult": "distmult", "TransE": "transe", "RotatE": "rotate"}
ALIKE = {"ComplEx": ["model.reciprocal=true"], "DistMult": ["model.reciprocal=true"]}
ALIKE |= {name: ["model.reciprocal=true", "model.margin=0.0"] for name in ("TransE", "RotatE")}

THEIRS = """
import json, sys, time
import numpy as np, torch
from pykeen.models import ComplEx, DistMult, RotatE, TransE
from pykeen.training import LCWATrainingLoop
from pykeen.training.callbacks import TrainingCallback
from pykeen.triples import TriplesFactory

path, name, batch, dimension, rate, epochs = json.loads(sys.argv[1])
torch.set_num_threads(1)
rows = np.loadtxt(path, dtype=str, delimiter="\\t")
factory = TriplesFactory.from_labeled_triples(rows, create_inverse_triples=True)
kinds = {"ComplEx": ComplEx, "DistMult": DistMult, "RotatE": RotatE, "TransE": TransE}
model = kinds[name](
    triples_factory=factory, embedding_dim=dimension, loss="bcewithlogits", random_seed=1,
    **({"scoring_fct_norm": 1} if name == "TransE" else {}),
)
times, steps = [time.process_time()], []

class Clock(TrainingCallback):
    def post_batch(self, epoch, batch, **kwargs):
        steps.append((epoch, time.process_time()))

    def post_epoch(self, epoch, epoch_loss, **kwargs):
        times.append(time.process_time())

loop = LCWATrainingLoop(
    model=model, triples_factory=factory,
    optimizer=torch.optim.Adam(model.get_grad_params(), lr=rate),
)
loop.train(
    triples_factory=factory, num_epochs=epochs, batch_size=batch, use_tqdm=False,
    use_tqdm_batch=False, callbacks=Clock(), num_workers=0,
)
parameters = sum(p.numel() * (2 if p.is_complex() else 1) for p in model.parameters())
inside = [b - a for (e, a), (f, b) in zip(steps, steps[1:]) if e == f]
print(json.dumps({"epochs": np.diff(times).tolist(), "steps": inside, "parameters": parameters}))
"""


def settings(name: str) -> dict[str, Any]:
    """Gives the config of `xinzhi train` for one model."""
    from omegaconf import OmegaConf

    from xinzhi.config.entry import prepare

    words = ["experiment=umls_links", f"model={OURS[name]}", f"model.dimension={DIMENSION}"]
    words += ["datamodule.training=bce", f"datamodule.max_examples={BATCH}", "task.n3=0.0"]
    words += ["model.dropout=0.0", *ALIKE[name], f"optimizer.lr={RATE}", "trainer=cpu"]
    words += ["callbacks.best=null", "callbacks.last=null", "trainer.limit_val_batches=0"]
    words += ["trainer.precision=32-true", f"trainer.max_epochs={EPOCHS}"]
    words += ["callbacks.progress=null"]
    composed: dict[str, Any] = OmegaConf.to_container(prepare("train", words), resolve=True)
    return composed


def xinzhi(name: str) -> dict[str, Any]:
    """Fits a model as `xinzhi train` does, without a store."""
    import lightning as L
    import torch

    from xinzhi.config.targets import build
    from xinzhi.training.assembly import assemble, make_trainer
    from xinzhi.training.fit import seed_everything

    torch.set_num_threads(1)
    seed_everything(1)
    chosen = settings(name)
    times: list[float] = []
    steps: list[tuple[int, float]] = []

    class Clock(L.Callback):
        def on_train_start(self, *_: Any) -> None:
            times.append(time.process_time())

        def on_train_batch_end(self, trainer: L.Trainer, *_: Any) -> None:
            steps.append((trainer.current_epoch, time.process_time()))

        def on_train_epoch_end(self, *_: Any) -> None:
            times.append(time.process_time())

    with tempfile.TemporaryDirectory() as scratch:
        snapshot = build(chosen["data"]).prepare()
        parts = assemble(chosen, build, snapshot, cache_folder=Path(scratch))
        trainer = make_trainer(chosen, build, logger=False, folder=Path(scratch))
        trainer.callbacks.append(Clock())
        trainer.fit(parts.module, datamodule=parts.datamodule)
    parameters = sum(p.numel() for p in parts.module.model.parameters())
    inside = [b - a for (e, a), (f, b) in pairwise(steps) if e == f]
    return {"epochs": np.diff(times).tolist(), "steps": inside, "parameters": parameters}


def training_triples(path: Path) -> int:
    """Writes the training triples for PyKEEN; gives the number of queries of an epoch."""
    from xinzhi.config.targets import build

    snapshot = build(settings("ComplEx")["data"]).prepare()
    columns = [snapshot.table("train")[c].to_pylist() for c in ("head", "relation", "tail")]
    rows = list(zip(*columns, strict=True))
    path.write_text("".join("\t".join(row) + "\n" for row in rows), encoding="utf-8")
    return len({(h, r) for h, r, _ in rows}) + len({(r, t) for _, r, t in rows})


def pykeens_python(named: str | None) -> str:
    """Gives a Python that has PyKEEN: the one named, or that of an environment made here."""
    if named:
        return named
    from xinzhi.config.project import cache_folder

    folder = cache_folder() / "benchmarks" / PYKEEN
    python = folder / "bin" / "python"
    if not (folder / "ready").exists():
        print(f"installing {PYKEEN} into {folder}", file=sys.stderr)
        venv.create(folder, clear=True, with_pip=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", PYKEEN], check=True)
        (folder / "ready").touch()  # written last: the environment is whole
    return str(python)


def turn(command: list[str]) -> dict[str, Any]:
    """Runs a contender on one thread and reads its last line.

    Raises:
        SystemExit: it failed; says how.
    """
    threads = dict.fromkeys(("OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    ended = subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **threads}, check=False
    )
    if ended.returncode:
        raise SystemExit(ended.stderr[-2000:])
    result: dict[str, Any] = json.loads(ended.stdout.splitlines()[-1])
    return result


def compared(name: str, python: str, path: Path, queries: int) -> None:
    """Prints the speed of both on one model."""
    asked = json.dumps([str(path), name, BATCH, DIMENSION, RATE, EPOCHS])
    commands = {
        "xinzhi": [sys.executable, __file__, "--only", name],
        "PyKEEN": [python, "-c", THEIRS, asked],
    }
    results: dict[str, list[dict[str, Any]]] = {who: [] for who in commands}
    for _ in range(TURNS):
        for who, command in commands.items():
            results[who].append(turn(command))
    epoch, step = {}, {}
    for who, turns in results.items():
        # the first epoch warms up
        epoch[who] = float(np.median([second for one in turns for second in one["epochs"][1:]]))
        step[who] = float(np.median([second for one in turns for second in one["steps"]]))
        print(
            f"{name:<9}{who:<8}{queries / epoch[who]:>9,.0f} queries/s{1e3 * epoch[who]:>8.1f} ms "
            f"an epoch{1e3 * step[who]:>8.2f} ms a step{turns[0]['parameters']:>9,} parameters"
        )
    ratios = [times["PyKEEN"] / times["xinzhi"] for times in (epoch, step)]
    print(f"{name:<9}ours: {ratios[0]:.1f} × by epoch, {ratios[1]:.1f} × by step", flush=True)


def main() -> None:
    """Measures every model, or one of ours alone."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", choices=OURS)
    parser.add_argument("--models", nargs="+", choices=OURS, default=list(OURS))
    parser.add_argument("--pykeen-python", help="a Python that has PyKEEN installed")
    chosen = parser.parse_args()
    if chosen.only:
        print(json.dumps(xinzhi(chosen.only)))
        return
    python = pykeens_python(chosen.pykeen_python)
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "train.tsv"
        queries = training_triples(path)
        for name in chosen.models:
            compared(name, python, path, queries)


if __name__ == "__main__":
    main()
