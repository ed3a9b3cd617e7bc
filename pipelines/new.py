"""Write a model, a task or an experiment of your own: code, YAML and a passing test.

Examples:
    xinzhi new model wide_cnn
    xinzhi new task defects
    xinzhi new experiment tickets
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.config.scaffold import Written


def run(config: "DictConfig") -> "Written":
    """Write what the first word says, under the name that the second gives.

    Args:
        config: checked, of conf/new.yaml.
    """
    from xinzhi.config import scaffold

    if config.action == "experiment":
        return scaffold.new_experiment(config.reference, task=config.task)
    if config.action == "task":
        return scaffold.new_task(config.reference, package=config.package)
    return scaffold.new_model(config.reference, task=config.task, package=config.package)


if __name__ == "__main__":
    start("new")
