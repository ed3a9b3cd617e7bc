"""The GPUs of this machine, and trainings that take several of them."""

import os
import subprocess
from itertools import takewhile

from omegaconf import DictConfig, OmegaConf

_NAMES = ("GPU-", "MIG-")  # beside numbers
_ALL = ("auto", -1, "-1")
_ONE = (1, "1", None)


def gpus() -> list[str]:
    """Gives the GPUs that this process may use, by number or name, asked without loading torch."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:  # what follows something that is none is hidden, as CUDA has it
        return list(takewhile(_is_gpu, (one.strip() for one in visible.split(","))))
    try:
        told = subprocess.run(
            ["nvidia-smi", "--query-gpu=index", "--format=csv,noheader"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
            timeout=20,
        )
    except (OSError, subprocess.SubprocessError):
        return []
    return told.stdout.split()


def wanted(config: DictConfig) -> int:
    """Gives how many devices a training takes that names their number; 1 where it takes what is.

    Args:
        config: of the training.
    """
    devices = OmegaConf.select(config, "trainer.devices")
    if devices in (*_ALL, *_ONE):
        return 1
    if OmegaConf.is_list(devices):
        return len(devices)
    text = str(devices)
    return int(text) if text.isdecimal() else len(text.split(","))


def on_several(config: DictConfig) -> bool:
    """Whether Lightning would start this program anew for each device.

    Args:
        config: of the training.
    """
    nodes = OmegaConf.select(config, "trainer.num_nodes") or 1
    spawned = str(OmegaConf.select(config, "trainer.strategy") or "auto")
    if wanted(config) > 1 or nodes != 1 or spawned not in {"auto", "single_device"}:
        return True
    takes_all = OmegaConf.select(config, "trainer.devices") in _ALL
    return takes_all and not on_cpu(config) and len(gpus()) > 1


def on_cpu(config: DictConfig) -> bool:
    """Whether a training keeps to the processor.

    Args:
        config: of the training.
    """
    return str(OmegaConf.select(config, "trainer.accelerator")) == "cpu"


def _is_gpu(name: str) -> bool:
    return name.isdecimal() or name.startswith(_NAMES)
