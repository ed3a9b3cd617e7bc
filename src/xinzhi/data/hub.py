"""Data sets in Hugging Face's layout: a local folder, or a name on the hub."""

import re
from pathlib import Path

from xinzhi.data.files import FORMS, FileSource, tables_inside
from xinzhi.errors import DataError, FetchError

_SERVED = (".csv", ".tsv", ".jsonl", ".ndjson", ".parquet", ".conll")
ALIASES = {
    "train": ("train", "training"),
    "val": ("validation", "valid", "val", "dev"),
    "test": ("test", "testing", "eval", "evaluation"),
}


def find_split(spec: str, split: str, *, offline: bool) -> FileSource | None:
    """Find the files of one split.

    Args:
        spec: a local folder, or a data set's name on the hub such as `stanfordnlp/imdb`.
        split: train, val or test.
        offline: take what is in the hub's cache, and open no outward socket.

    Returns:
        None where the data set has no such split.
    """
    folder = Path(spec).expanduser()
    if not folder.is_dir():
        folder = _download(spec, offline=offline)
    files = [path for path in tables_inside(folder) if path.is_file()]
    mine = tuple(path for path in files if _split_of(path.relative_to(folder)) == split)
    if split == "train" and not mine:  # a data set of one part names none
        mine = tuple(path for path in files if _split_of(path.relative_to(folder)) is None)
    if not mine:
        return None
    short = re.sub(r"\W+", "_", spec.rstrip("/").rsplit("/", 1)[-1])
    return FileSource(mine, f"hf:{spec}", short or "hf")


def require_split(spec: str, split: str, *, offline: bool) -> FileSource:
    """Find the files of a split that must be there.

    Args:
        spec: as in `find_split`.
        split: train, val or test.
        offline: open no outward socket.

    Raises:
        DataError: the data set has no such split.
    """
    found = find_split(spec, split, offline=offline)
    if found is None:
        names = ", ".join(ALIASES[split])
        raise DataError(
            f"hf:{spec} must hold files of the split {split} (named {names}; "
            f"{', '.join(FORMS)}), it has none"
        )
    return found


def _split_of(path: Path) -> str | None:
    """Tell the split from folder and file name.

    >>> _split_of(Path("data/train-00000-of-00001.parquet")), _split_of(Path("dev.csv"))
    ('train', 'val')
    """
    words = [word for part in path.parts[::-1] for word in re.split(r"[^a-z]+", part.lower())]
    for word in words:
        for split, aliases in ALIASES.items():
            if word in aliases:
                return split
    return None


def _download(spec: str, *, offline: bool) -> Path:
    from huggingface_hub import snapshot_download

    try:
        return Path(
            snapshot_download(
                spec,
                repo_type="dataset",
                allow_patterns=[f"*{suffix}{end}" for suffix in _SERVED for end in ("", ".gz")],
                local_files_only=offline,
            )
        )
    except Exception as error:
        reason = str(error).strip().splitlines()[0]
        raise FetchError(
            f"hf:{spec} must be a folder, or a data set that the hub serves: {reason}",
            mend="name a local folder, or set HF_ENDPOINT to a mirror, HF_TOKEN if it is private",
        ) from error
