"""Show what takes room in the store, clean it, mend it after its folder was moved.

Examples:
    xinzhi store
    xinzhi store clean older=30d
"""

from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from xinzhi.tracking.housekeeping import Cleaned, Relocated, Shown


def run(config: "DictConfig") -> "Shown | Cleaned | Relocated":
    """Does what the first word says.

    Args:
        config: checked, of conf/store.yaml.

    Returns:
        What takes room, what may go or went, or how many paths were rewritten.

    Raises:
        UnknownNameError: there is no such action.
    """
    from xinzhi.config import identity, project
    from xinzhi.config.near import UnknownNameError
    from xinzhi.tracking import housekeeping

    uri, caches = config.tracking.uri, project.cache_folder()
    match config.action:
        case "show":
            return housekeeping.show(uri, caches)
        case "clean":
            return housekeeping.clean(
                uri, caches, older=config.older, yes=config.yes, program=identity.program()
            )
        case "relocate":
            return housekeeping.relocate(uri)
        case unknown:
            raise UnknownNameError("the action", str(unknown), ["show", "clean", "relocate"])


if __name__ == "__main__":
    start("store")
