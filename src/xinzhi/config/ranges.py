"""What numbers a key can mean: beyond them lies another unit, or a slip of the finger.

A range goes with the name of a key, with its group before it where the name means something else
elsewhere. `tests/conf` holds every number in `conf/` against this table.
"""

import math
from typing import Any, NamedTuple

_LARGEST_SEED = 2**32 - 1  # that NumPy takes


class Range(NamedTuple):
    """The numbers between two bounds.

    Attributes:
        low: the least.
        high: the greatest.
        open_low: whether the least itself is out.
        open_high: whether the greatest itself is out.
        also: numbers that mean something of their own.
        counts: whether whole numbers are counts, beyond the bounds: `limit_val_batches=10`.
        share: whether they are shares of something.
    """

    low: float
    high: float
    open_low: bool = False
    open_high: bool = False
    also: tuple[float, ...] = ()
    counts: bool = False
    share: bool = False

    def holds(self, value: float) -> bool:
        """Whether a number is one of them."""
        least = 1 if self.open_low else 0
        if value in self.also or (self.counts and isinstance(value, int) and value >= least):
            return True
        above = value > self.low if self.open_low else value >= self.low
        return above and (value < self.high if self.open_high else value <= self.high)

    def __str__(self) -> str:
        low, high = _short(self.low), _short(self.high)
        start = f"above {low}" if self.open_low else f"from {low}"
        end = f"to below {high}" if self.open_high else f"to {high}"
        text = f"{start} {end}" if math.isfinite(self.high) else start.replace("from", "at least")
        text = f"a share {text}" if self.share else text
        text += "".join(f", or {_short(one)}" for one in self.also)
        return f"{text}, or a whole number" if self.counts else text


def _short(number: float) -> str:
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:g}"


_SHARE = Range(0, 1, share=True)
_BELOW_1 = Range(0, 1, open_high=True, share=True)
_SOME_SHARE = Range(0, 1, open_low=True, share=True)
_INSIDE = Range(0, 1, open_low=True, open_high=True, share=True)
_RATE = Range(0, 1, open_low=True)
_WIDTH = Range(1, 100_000)
_WIDTH_OR_0 = Range(0, 100_000)
_FEW = Range(1, 500)
_EXAMPLES = Range(1, 1_000_000)
_COUNT = Range(1, 1e9)
_COUNT_OR_0 = Range(0, 1e9)
_SEED = Range(0, _LARGEST_SEED)
_SOME_OR_ALL = Range(0, 1, counts=True, share=True)
_NOT_NEGATIVE = Range(0, 1000)
_POSITIVE = Range(0, 1e6, open_low=True)

_BY_RANGE: tuple[tuple[Range, str], ...] = (
    (_BELOW_1, "dropout encoder_dropout word_dropout label_smoothing task.average "
               "optimizer.momentum optimizer.weight_decay optimizer.betas optimizer.alpha "
               "optimizer.dampening data.val_fraction data.test_fraction gate.gain gate.margin "
               "slice_margin calibration_margin fairness_margin robustness_margin"),
    (_SHARE, "scheduler.warmup data.max_dropped rules.min_confidence augmentation.flip "
             "augmentation.shift augmentation.cutout augmentation.cutout_probability "
             "augmentation.colour augmentation.zoom"),
    (_SOME_SHARE, "task.accept task.layer_decay task.precision data.near_duplicates"),
    (_INSIDE, "task.level baseline.level model.levels gate.power gate.alpha slice_alpha"),
    (_RATE, "lr sgd_lr optimizer.eps optimizer.rho"),
    (_WIDTH, "hidden embedding channels width stem dimension relation_dimension widths features "
             "rank kernel trend members size at_least at_most max_size"),
    (_WIDTH_OR_0, "pair_embedding bins summary model.frozen_blocks"),
    (_FEW, "ngram_range layers depth heads stride kernel_sizes orders dilations model.r"),
    (Range(0, 500), "blocks"),
    (_EXAMPLES, "max_examples batch_size batch_at_most max_length answers task.negatives "
                "trainer.accumulate_grad_batches trainer.num_nodes callbacks.save_every"),
    (_COUNT, "vocabulary_size min_frequency buckets min_pair_count max_val "
             "chunk_scores window horizon season datamodule.stride baseline.stride "
             "baseline.window max_rows neighbours max_degree min_support data.limit epochs "
             "trainer.check_val_every_n_epoch every_n_epochs every_n_train_steps every_n_steps "
             "trainer.log_every_n_steps min_count patience"),
    (_COUNT_OR_0, "pairs max_rules trainer.min_epochs trainer.min_steps data.min_count "
                  "datamodule.min_count trainer.reload_dataloaders_every_n_epochs"),
    (_SEED, "seed split_seed"),
    (_SOME_OR_ALL, "trainer.limit_train_batches trainer.limit_val_batches "
                   "trainer.limit_test_batches trainer.limit_predict_batches "
                   "trainer.overfit_batches"),
    (Range(0, 1, open_low=True, counts=True, share=True), "trainer.val_check_interval"),
    (Range(16, 1e9), "token_budget"),
    (_NOT_NEGATIVE, "n3 adversarial focal shrinkage trainer.gradient_clip_val min_delta "
                    "augmentation.mixup augmentation.cutmix task.noise task.scale task.drift "
                    "noise drift false_positive false_negative std margin model.start "
                    "trainer.fast_dev_run"),
    (_POSITIVE, "C gamma model.scale latency_ratio size_ratio"),
    (Range(0, 1e6), "latency_enough_ms size_enough_mb"),
    (Range(0, 10), "approvals"),
    (Range(0, 10_000), "probe"),
    (Range(-1e12, 1e12), "above mean"),
    (Range(0, 180), "augmentation.rotate"),
    (Range(0, 30), "data.round"),
    (Range(0, 3600, open_low=True), "tracking.every_n_seconds"),
    (Range(1, 10_000), "max_epochs"),
    (Range(1, 10_000, also=(-1,)), "trainer.max_epochs"),
    (Range(1, 1e10, also=(-1,)), "trainer.max_steps"),
    (Range(1, 10_000, also=(-1,)), "trainer.devices"),
    (Range(0, 1e6, also=(-1,)), "trainer.num_sanity_val_steps save_top_k"),
    (Range(1, 2), "norm"),
)  # fmt: skip
RANGES = {name: found for found, names in _BY_RANGE for name in names.split()}
# Names that mean the same in everybody's code.
_ANYWHERE = {"dropout", "lr", "label_smoothing", "max_epochs", "batch_size", "max_examples"}
_KNOWN_CODE = ("xinzhi.", "torch.", "lightning.")


def range_of(path: str, target: str | None) -> Range | None:
    """The numbers that a key can mean, None where nothing is known.

    Args:
        path: `model.dropout`, `task.augmentation.flip`.
        target: what is called with it; in code of others few names are known.
    """
    parts = [part for part in path.split(".") if part != "_suggests_"]
    if target is not None and not target.startswith(_KNOWN_CODE) and parts[-1] not in _ANYWHERE:
        return None
    for qualified in (".".join(parts[-2:]), f"{parts[0]}.{parts[-1]}", parts[-1]):
        if qualified in RANGES:
            return RANGES[qualified]
    return None


def outside(path: str, value: object, target: str | None) -> Range | None:
    """The range of a key if a number, or one of a list of numbers, is outside of it."""
    found = range_of(path, target)
    if found is None:
        return None
    numbers = value if isinstance(value, list) else [value]
    if path.endswith(".devices") and isinstance(value, list):
        return None  # numbers of devices, from 0
    plain = [n for n in numbers if isinstance(n, int | float) and not isinstance(n, bool)]
    return found if any(not found.holds(number) for number in plain) else None


def meant_number(value: object, there: object, allowed: Range) -> object:
    """A number of the range that is near what came, or else what stood there before.

    Args:
        value: that came: 20 for a dropout.
        there: without it.
        allowed: the range.
    """
    if isinstance(value, list):
        befores = there if isinstance(there, list) else [there] * len(value)
        pairs = zip(value, [*befores, *[None] * len(value)], strict=False)
        return [v if _fits(v, allowed) else meant_number(v, b, allowed) for v, b in pairs]
    if not isinstance(value, int | float) or isinstance(value, bool):
        return there
    if allowed.share and 1 < value <= 100:
        return _share(value, there)
    if allowed.holds(-value) and value < 0:
        return -value
    if allowed is _RATE and value > 0 and isinstance(there, int | float) and there > 0:
        return _scaled(value, there)
    return there if _fits(there, allowed) else max(allowed.low, 1)


def _share(value: float, there: object) -> float:
    """A percentage as a share, or the slip of a point, whichever is nearer to what stood there."""
    tenths = round(value / 10, 6)
    percent = round(value / 100, 6)
    if value >= 10 or not isinstance(there, int | float) or there <= 0:
        return percent
    return min(percent, tenths, key=lambda one: abs(math.log(one / there)))


def _scaled(value: float, there: float) -> float:
    """The digits that came with the power of ten that stands there."""
    tens = round(math.log10(there) - math.log10(value))
    return float(f"{value * 10.0**tens:.6g}")


def _fits(value: Any, allowed: Range) -> bool:  # noqa: ANN401 - any value of a config
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and allowed.holds(value)
