"""Reads a pinned package's pickle of plain arrays; anything else in it is refused."""

import pickle
from pathlib import Path
from typing import Any

from xinzhi.errors import DataError

_PLAIN = {
    ("numpy.core.multiarray", "_reconstruct"),
    ("numpy._core.multiarray", "_reconstruct"),
    ("numpy", "ndarray"),
    ("numpy", "dtype"),
}


def read_plain(path: Path) -> Any:  # noqa: ANN401 - whatever plain thing it holds
    """Read the one object of a .npy file: dicts, lists, texts, numbers and arrays of these.

    Args:
        path: a file whose checksum was compared with a pin.

    Raises:
        DataError: it names anything else, which unpickling would call.
    """
    import numpy as np

    with path.open("rb") as stream:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise DataError(f"{path} must be a NumPy file of version 1.0, was {version}")
        np.lib.format.read_array_header_1_0(stream)
        try:
            held = _Plain(stream, encoding="latin1").load()
        except DataError:
            raise
        except (pickle.UnpicklingError, EOFError, ValueError, TypeError, KeyError) as error:
            raise DataError(f"{path} must hold plain arrays: {error}") from error
    return held.item() if isinstance(held, np.ndarray) and held.ndim == 0 else held


class _Plain(pickle.Unpickler):  # noqa: S301 - restricted below
    """Knows arrays and what they are made of, and no other class or function."""

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - as pickle has it
        """Give a class or function by name.

        Args:
            module: where it is.
            name: of it.

        Raises:
            DataError: it is not among the plain ones.
        """
        if (module, name) == ("_codecs", "encode"):
            return _encoded
        if (module, name) not in _PLAIN:
            raise DataError(f"a pickle must name nothing but arrays, it names {module}.{name}")
        import numpy as np

        return {"ndarray": np.ndarray, "dtype": np.dtype, "_reconstruct": _empty}[name]


def _empty(kind: type, shape: tuple[int, ...], dtype: str) -> Any:  # noqa: ANN401, ARG001
    """An array that is about to be filled, as NumPy's `_reconstruct` gives it."""
    import numpy as np

    return np.ndarray(shape, dtype)


def _encoded(text: str, codec: str = "latin1") -> bytes:
    """As Python 3 writes bytes into pickles that Python 2 can read."""
    return text.encode("latin1" if codec == "latin1" else "utf-8")
