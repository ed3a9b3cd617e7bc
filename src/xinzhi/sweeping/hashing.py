"""One short hash of plain values."""

import hashlib
import json

LENGTH = 16


def hashed(content: object) -> str:
    """Gives the hash of plain values.

    Args:
        content: what JSON can hold, or its text.
    """
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:LENGTH]
