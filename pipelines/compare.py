"""Say what differs between runs, how far their metrics lie apart, and whether that is real.

Examples:
    xinzhi compare last~1 last
    xinzhi compare sweep:lr_and_width
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.registry.comparison_results import Comparison, Ranking


def run(config: "DictConfig") -> "Comparison | Ranking":
    """Compares runs, or the configurations of a sweep.

    Args:
        config: checked, of conf/compare.yaml.

    Returns:
        What differs and what is to be thought of it, or the ranking with its ties.
    """
    from xinzhi.config.loading import loading

    with loading():
        from xinzhi.config.targets import build
        from xinzhi.registry import comparison, comparison_ranking
        from xinzhi.sweeping import ranking
        from xinzhi.tracking.store import open_store

        store = open_store(config.tracking.uri)
    references = list(config.references)
    if name := ranking.named(references):
        return comparison_ranking.ranked(
            store,
            ranking.entrants(name, ledger=config.ledger),
            level=config.level,
            figure=config.figure,
        )
    return comparison.compare(
        store,
        references,
        build=build,
        data=config.data.test,
        split=config.split,
        metrics=config.metrics,
        seeds=config.seeds,
        level=config.level,
        resamples=config.resamples,
        code=config.code,
        figure=config.figure,
        offline=config.offline,
    )


if __name__ == "__main__":
    start("compare")
