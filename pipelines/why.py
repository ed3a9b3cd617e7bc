"""Find what makes two runs differ: the key, the data, the code, or which two of them together.

Examples:
    xinzhi why last~1 last
    xinzhi why tickets/3 tickets@challenger minutes=30 probe.max_epochs=5
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.sweeping.why.result import Why


def run(config: "DictConfig") -> "Why":
    """Takes two runs apart and tries mixtures of them.

    Args:
        config: checked, of conf/why.yaml.

    Returns:
        The cause, how sure it is and what it makes; or that none was found.
    """
    from xinzhi.config.loading import loading

    with loading():
        from xinzhi.pipelines import train  # whose work is heavy, not its import
        from xinzhi.sweeping.why.start import why
        from xinzhi.tracking.store import open_store

        store = open_store(config.tracking.uri)
    return why(store, config, train=train.run)


if __name__ == "__main__":
    start("why")
