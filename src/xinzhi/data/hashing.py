"""Hashes of content: the same on every machine, whatever the order of the rows."""

import hashlib
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


def content_hash(parts: Iterable[str], *, size_bytes: int = 8) -> bytes:
    """Hash a sequence of strings, told apart by their lengths.

    Args:
        parts: the strings; `["ab", "c"]` and `["a", "bc"]` differ.
        size_bytes: the length of the hash.
    """
    state = hashlib.blake2b(digest_size=size_bytes)
    for part in parts:
        encoded = part.encode("utf-8", "surrogatepass")
        state.update(len(encoded).to_bytes(8, "little"))
        state.update(encoded)
    return state.digest()


def uniform(texts: Iterable[str], seed: int) -> "NDArray[np.float64]":
    """Give every string a number in [0, 1) that depends on nothing but itself and the seed.

    Args:
        texts: what to hash.
        seed: another seed gives other numbers.
    """
    import numpy as np

    salt = str(seed)
    raw = b"".join(content_hash((salt, text)) for text in texts)
    return (np.frombuffer(raw, dtype="<u8") >> 11).astype(np.float64) / 2.0**53
