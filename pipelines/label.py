"""Take rows to people who label them and back, measure their agreement, find doubtful labels.

Examples:
    xinzhi label export tickets.csv text=description label=queue output=tasks.json
    xinzhi label agreement anna.jsonl ben.jsonl output=disputed.jsonl
"""

from typing import TYPE_CHECKING, Any

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.data.labelling.told import Agreed, Exported, Imported, Suspicious


def run(config: "DictConfig") -> "Exported | Imported | Agreed | Suspicious":
    """Does what the first word says.

    Args:
        config: checked, of conf/label.yaml.

    Returns:
        What was written, how far people agree, or which labels are doubtful.
    """
    from xinzhi.config.identity import resolved
    from xinzhi.data.labelling.asked import Asked
    from xinzhi.data.labelling.command import act

    given = dict[str, Any](resolved(config))
    return act(Asked(**{key: given[key] for key in Asked.__dataclass_fields__}))


if __name__ == "__main__":
    start("label")
