"""Say what a model is worth: measures with intervals, slices, thresholds, mistakes, fairness.

Examples:
    xinzhi evaluate review_sentiment
    xinzhi evaluate tickets@champion data.test=new.csv
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.registry.evaluating import Evaluation


def run(config: "DictConfig") -> "Evaluation":
    """Finds the answers to the rows, or lets the model answer; judges them, keeps a page.

    Args:
        config: checked, of conf/evaluate.yaml.

    Returns:
        All that is said, and where the page is.
    """
    from xinzhi.config.compose import fully_resolved
    from xinzhi.config.loading import loading

    with loading():
        from xinzhi.config.targets import build
        from xinzhi.registry.evaluating import evaluate
        from xinzhi.tracking.store import open_store

        store = open_store(config.tracking.uri)
    return evaluate(
        store,
        config.reference,
        build=build,
        data=config.data.test,
        split=config.split,
        slices=fully_resolved(config)["slices"],
        sensitive=list(config.sensitive),
        output=config.output,
        offline=config.offline,
    )


if __name__ == "__main__":
    start("evaluate")
