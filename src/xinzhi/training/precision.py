"""Which device and number format a run gets: probed, not assumed."""

from pathlib import Path
from typing import Literal, NamedTuple

Accelerator = Literal["auto", "cpu", "gpu", "cuda", "mps"]


class Device(NamedTuple):
    """What a run computes on, and what was asked for but is not there."""

    accelerator: str
    precision: str
    note: str | None


def choose_device(accelerator: str, precision: str) -> Device:
    """Gives an accelerator and a precision that this machine has.

    Args:
        accelerator: auto, cpu, gpu or mps.
        precision: auto, or one of Lightning's such as bf16-mixed, 16-mixed, 32-true.

    Returns:
        Both as Lightning takes them; where something is missing, the next best with a note.
    """
    import torch

    cuda, mps = torch.cuda.is_available(), torch.backends.mps.is_available()
    present = "cuda" if cuda else "mps" if mps else "cpu"
    wanted = {"auto": present, "gpu": "cuda" if not mps else "mps"}.get(accelerator, accelerator)
    note = None
    if wanted not in {"cpu", present}:
        note = f"no {wanted} device on this machine: runs on {present}"
        wanted = present
    fast = fast_precision(wanted)
    if precision == "auto":
        return Device(wanted, fast, note)
    if precision.startswith("bf16") and wanted != "cpu" and not fast.startswith("bf16"):
        return Device(wanted, fast, f"no bf16 on this {wanted} device: runs in {fast}")
    if precision == "16-mixed" and wanted == "cpu":
        return Device(wanted, fast, f"no 16-mixed on a CPU: runs in {fast}")
    return Device(wanted, precision, note)


def fast_precision(accelerator: str) -> str:
    """Gives the fastest precision that trains without loss of accuracy on a device."""
    import torch

    if accelerator == "cuda":
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        return "bf16-mixed" if native else "16-mixed"
    if accelerator == "cpu" and _cpu_multiplies_bf16():
        return "bf16-mixed"
    return "32-true"


def _cpu_multiplies_bf16() -> bool:
    """Whether the processor has instructions for bf16 (emulated, it is slower than float32)."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return False
    return "avx512_bf16" in flags or "amx_bf16" in flags
