"""Look at versions, device, store, index, disk and fonts; say how to mend what is wrong.

Examples:
    xinzhi doctor
    xinzhi doctor offline=true report=json
"""

import logging
import shutil
from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.tracking.examination import Examination, Finding


def run(config: "DictConfig") -> "Examination":
    """Looks at one thing after the other.

    Args:
        config: checked, of conf/doctor.yaml.

    Returns:
        What was found.
    """
    from xinzhi.config import project
    from xinzhi.tracking import examination

    return examination.examination(
        [
            examination.python(),
            examination.versions(),
            device(),
            examination.git(),
            examination.store(config.tracking.uri),
            examination.room(project.store_folder(), "disk of runs"),
            examination.room(project.cache_folder(), "disk of caches"),
            *index(offline=config.offline, timeout_s=config.timeout_s),
            fonts(),
        ]
    )


def device() -> "Finding":
    """What training would run on."""
    import torch

    from xinzhi.tracking.examination import Finding
    from xinzhi.training.precision import choose_device

    chosen = choose_device("auto", "auto")
    said = f"{chosen.accelerator} in {chosen.precision}, {torch.get_num_threads()} threads"
    if chosen.accelerator == "cpu" and shutil.which("nvidia-smi"):
        return Finding(
            "device", "warn", f"{said}, though there is an NVIDIA driver", "make setup TORCH=cuda"
        )
    return Finding("device", "ok", said)


def index(*, offline: bool, timeout_s: float) -> "list[Finding]":
    """Whether the places that pip looks in answer.

    Args:
        offline: whether to leave the network alone.
        timeout_s: how long one answer may take.
    """
    from xinzhi.config.identity import redact
    from xinzhi.data.index import is_local, open_client
    from xinzhi.data.pip_settings import pip_configuration
    from xinzhi.tracking.examination import Finding

    configured = pip_configuration()
    if offline:
        return [Finding("package index", "ok", "not asked: offline=true")]
    findings = []
    with open_client(configured._replace(timeout_s=timeout_s)) as client:
        for place in filter(lambda place: not is_local(place), configured.indexes):
            try:
                answer = client.get(f"{place.rstrip('/')}/pip/", timeout=timeout_s)
                answer.raise_for_status()
                findings.append(Finding("package index", "ok", f"{redact(place)} answers"))
            except Exception as error:  # noqa: BLE001 - whatever is wrong with it is to be said
                said = redact(f"{place} does not answer: {type(error).__name__} {error}")
                mend = "correct `python -m pip config list` or the proxy; without: offline=true"
                findings.append(Finding("package index", "warn", said[:200], mend))
    return findings


def fonts() -> "Finding":
    """Whether figures can show Chinese names."""
    from xinzhi.evaluation.fonts import MEND, lettering
    from xinzhi.tracking.examination import Finding

    name = "差评"
    logging.disable(logging.WARNING)  # the finding says it
    written = lettering([name])
    logging.disable(logging.NOTSET)
    if written.names != (name,):
        return Finding("fonts", "warn", "none with Chinese: figures number such classes", MEND)
    return Finding("fonts", "ok", f"Chinese names are drawn with {written.families[-1]}")


if __name__ == "__main__":
    start("doctor")
