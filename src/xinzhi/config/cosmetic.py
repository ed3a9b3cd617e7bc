"""Keys of a config that change nothing of what is fitted, and what they do instead."""

from collections.abc import Mapping

COSMETIC: Mapping[str, str] = {
    "name": "where a run is filed",
    "tags": "words to find a run by",
    "slices": "which parts of the rows evaluations tell apart",
    "report": "how the answer is printed",
    "tracking": "where and how often a run is written down",
    "register": "what becomes of a finished run",
    "baseline": "what is measured beside the model",
    "offline": "whether sockets are opened",
    "refresh": "when sources are read, the rows count by their digest",
    "sweep": "how jobs are chosen and run",
    "callbacks.progress": "what is shown while it runs",
    "callbacks.curves": "how often the curves are written down",
    "data.train": "where rows lie, they count by their digest",
    "data.val": "where rows lie, they count by their digest",
    "data.test": "where rows lie, they count by their digest",
    "data.sources": "where rows lie, they count by their digest",
    "data.engine": "what reads rows, they count by their digest",
}
