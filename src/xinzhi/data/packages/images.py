"""Packaged images: handwritten digits."""

from xinzhi.data.packages.held import Held
from xinzhi.data.pixels import EXTRAS, Pixels, listed

_BRIGHTEST = 16


def digits() -> Held:
    """Read 1,797 handwritten digits of 8 × 8 pixels; their 17 shades are spread over 0 to 255.

    Alpaydin and Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998.
    """
    import numpy as np
    from sklearn import datasets

    loaded = datasets.load_digits()
    shades = np.rint(loaded.images * (255 / _BRIGHTEST)).astype(np.uint8)
    rows, content = listed(Pixels(shades, [str(code) for code in loaded.target]), "digits")
    return Held(rows, extras=EXTRAS, files=(content,))
