"""Questions to the user's own git."""

import os
import subprocess
from pathlib import Path

_TIMEOUT_S = 10.0


def ask(folder: Path, *words: str, **variables: str) -> str | None:
    """What git says; None where there is no git, no repository, or it refuses.

    Args:
        folder: any folder of a repository.
        words: of the command.
        variables: of the environment, such as GIT_INDEX_FILE.
    """
    try:
        done = subprocess.run(  # noqa: S603 - fixed words, no shell
            ["git", "-C", str(folder), *words],  # noqa: S607 - the user's own git
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
            env={**os.environ, "GIT_OPTIONAL_LOCKS": "0", **variables},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.decode("utf-8", errors="replace") if done.returncode == 0 else None
