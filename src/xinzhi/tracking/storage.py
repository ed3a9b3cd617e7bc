"""What takes room in the store."""

from dataclasses import dataclass
from pathlib import Path

from xinzhi.tracking import recovery
from xinzhi.tracking.store import Store


@dataclass(frozen=True)
class Room:
    """What one part of the store takes.

    Args:
        what: the part.
        count: of files.
        mb: in megabytes.
    """

    what: str
    count: int
    mb: float


def measure(store: Store, caches: Path) -> list[Room]:
    """What each part takes, largest first.

    Args:
        store: a local one.
        caches: folder of snapshots, archives and token caches.
    """
    parts: dict[str, list[Path]] = {}
    for path in files_in(store.folder):
        inside = path.relative_to(store.folder).parts
        parts.setdefault(_part(inside), []).append(path)
    for folder in sorted(caches.iterdir()) if caches.is_dir() else ():
        parts[f"cache: {folder.name}"] = list(files_in(folder)) if folder.is_dir() else [folder]
    rooms = [Room(what, len(paths), megabytes(paths)) for what, paths in parts.items()]
    return sorted(rooms, key=lambda room: -room.mb)


def files_in(folder: Path | None) -> list[Path]:
    """Files at any depth; none where there is no such folder.

    Args:
        folder: a folder, perhaps.
    """
    if folder is None or not folder.is_dir():
        return []
    return [path for path in folder.rglob("*") if path.is_file()]


def megabytes(files: list[Path]) -> float:
    """What files take together, to a tenth.

    Args:
        files: all there.
    """
    return round(sum(path.stat().st_size for path in files) / 1e6, 1)


def _part(inside: tuple[str, ...]) -> str:
    if inside[0] == "artifacts" and len(inside) > 2:
        if inside[2] == "models":
            return f"{inside[1]}: models"
        rest = inside[4:] if len(inside) > 5 else ("other",)
        return f"{inside[1]}: {'checkpoints' if rest[0] == 'checkpoints' else 'artifacts'}"
    if inside[0] == recovery.WORK:
        return "runs in the making"
    return "database" if inside[0].startswith("mlflow.db") else "other"
