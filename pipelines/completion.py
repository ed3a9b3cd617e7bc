"""Print what makes bash or zsh complete xinzhi's commands, groups, options and keys.

Examples:
    xinzhi completion bash >> ~/.bashrc
    xinzhi completion zsh >> ~/.zshrc
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig


def run(config: "DictConfig") -> str:
    """Give the code for the shell that was named.

    Args:
        config: checked, of conf/completion.yaml.
    """
    from xinzhi.config.completion import script

    return script(config.action)


if __name__ == "__main__":
    start("completion")
