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
        _add(state, part)
    return state.digest()


def _add(state: "hashlib.blake2b", part: str) -> None:
    encoded = part.encode("utf-8", "surrogatepass")
    state.update(len(encoded).to_bytes(8, "little") + encoded)


def draws(texts: Iterable[str], seed: int) -> "NDArray[np.int64]":
    """Give every string an integer below 2**53 that depends on nothing but itself and the seed.

    Args:
        texts: what to hash.
        seed: another seed gives other numbers.
    """
    import numpy as np

    salted = hashlib.blake2b(digest_size=8)
    _add(salted, str(seed))

    def one(text: str) -> bytes:
        state = salted.copy()
        _add(state, text)
        return state.digest()

    return (np.frombuffer(b"".join(map(one, texts)), dtype="<u8") >> 11).astype(np.int64)


def uniform(texts: Iterable[str], seed: int) -> "NDArray[np.float64]":
    """Give every string a number in [0, 1) that depends on nothing but itself and the seed.

    Args:
        texts: what to hash.
        seed: another seed gives other numbers.
    """
    import numpy as np

    return draws(texts, seed).astype(np.float64) / 2.0**53
