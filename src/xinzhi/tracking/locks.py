"""Whether a folder's file system can carry a database: its kind, and whether its locks hold."""

import subprocess
import sys
from pathlib import Path

NETWORK_KINDS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "lustre", "glusterfs", "ceph", "9p", "beegfs",
     "gpfs", "afs", "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.gcsfuse", "fuse.juicefs",
     "afpfs", "webdav"}
)  # fmt: skip
_LOCAL_LOCKS = frozenset({"nolock", "local_lock=all", "local_lock=posix", "nobrl"})

# Another process tries for a lock that this one holds. SQLite takes POSIX record locks, which
# never exclude two handles of one process, so that a second process is needed to tell.
_TRY = """
import fcntl, sys
with open(sys.argv[1], "r+b") as file:
    try:
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        sys.exit(17)
"""


def locks_hold(folder: Path) -> bool:
    """Tell whether a lock taken on a file in `folder` keeps another process out.

    Args:
        folder: an existing folder that can be written to.
    """
    import fcntl  # not on Windows, where nothing of this is needed

    path = folder / f".lock-probe-{id(folder):x}"
    try:
        with path.open("w+b") as file:
            try:
                fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                return False  # a file system without locks refuses even the first one
            other = subprocess.run(  # noqa: S603 - our own interpreter and our own code
                [sys.executable, "-I", "-S", "-c", _TRY, str(path)], check=False, timeout=60
            )
            return other.returncode == 17
    finally:
        path.unlink(missing_ok=True)


def mount_of(folder: Path, mounts: str | None = None) -> tuple[str, frozenset[str]]:
    """Kind and options of the file system under `folder`; `("", frozenset())` where unknown.

    Args:
        folder: a folder; its nearest existing ancestor counts.
        mounts: the text of `/proc/mounts`; read from the machine by default.

    >>> table = "srv:/home /home nfs4 rw,local_lock=all 0 0"
    >>> mount_of(Path("/home/me"), table)[0]
    'nfs4'
    """
    if mounts is None:
        source = Path("/proc/self/mounts")
        mounts = source.read_text(errors="replace") if source.exists() else ""
    best, found = -1, ("", frozenset[str]())
    resolved = folder.resolve()
    for line in mounts.splitlines():
        _, point, kind, options, *_ = line.split(" ")
        mounted = Path(point.replace("\\040", " "))
        if len(mounted.parts) >= best and resolved.is_relative_to(mounted):
            best, found = len(mounted.parts), (kind, frozenset(options.split(",")))
    return found


def is_network(folder: Path, mounts: str | None = None) -> bool:
    """Tell whether `folder` is known to lie on a network file system."""
    return mount_of(folder, mounts)[0] in NETWORK_KINDS


def locks_stay_local(folder: Path, mounts: str | None = None) -> bool:
    """Tell whether a network mount keeps its locks to this machine, so that others walk in."""
    kind, options = mount_of(folder, mounts)
    return kind in NETWORK_KINDS and bool(options & _LOCAL_LOCKS)
