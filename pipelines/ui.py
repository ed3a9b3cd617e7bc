"""Show runs, curves, figures, data and models in MLflow's pages, on this machine only.

Examples:
    xinzhi ui
    xinzhi ui port=5001
"""

import signal
from typing import TYPE_CHECKING

from xinzhi.config.entry import start

if TYPE_CHECKING:
    from omegaconf import DictConfig


def run(config: "DictConfig") -> str:
    """Serves the pages until Ctrl-C.

    Args:
        config: checked, of conf/ui.yaml.

    Returns:
        What to say at the end.
    """
    from xinzhi.config.report import say
    from xinzhi.tracking import server
    from xinzhi.tracking.store import open_store

    store = open_store(config.tracking.uri)
    if store.served:
        return f"the pages of this store are at {store.uri}"
    try:
        with server.serve(store, host=config.host, port=config.port) as address:
            say("\n".join([address, *server.pages(store, address), "Ctrl-C ends it"]))
            signal.pause()
    except KeyboardInterrupt:
        return "ended"
    return ""


if __name__ == "__main__":
    start("ui")
