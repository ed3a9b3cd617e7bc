"""Image files as arrays of one size and number of colours, the same in training and in answering.

Shapes: H = W = size, C colours.
"""

import base64
import binascii
import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from xinzhi.errors import DataError

if TYPE_CHECKING:
    from PIL.Image import Image

_DATA_URI = "data:"
_LITTLE = 32  # pixels of a side that show whether an image has colours
_PILLOW_SAYS = (OSError, SyntaxError, ValueError, EOFError, IndexError)
Source = str | Path | bytes | np.ndarray


class Form(NamedTuple):
    """What every image is brought to.

    Attributes:
        size: pixels of a side.
        colours: 1 for grey, 3 for red, green and blue.
        fit: crop cuts the middle out of what is longer, pad adds borders to what is shorter,
            stretch changes the proportions.
    """

    size: int
    colours: int
    fit: Literal["crop", "pad", "stretch"]


class Sight(NamedTuple):
    """What a look at an image tells: pixels of its shorter side, and whether it has colours."""

    side: int
    coloured: bool


def decoded(source: Source, form: Form, *, name: str | None = None) -> np.ndarray:
    """Gives an image, shape (H, W, C), uint8.

    The orientation that a camera noted is applied, transparent parts become white.

    Args:
        source: a path, a data URI, the bytes of a file, or an array (H, W) or (H, W, 3) of bytes.
        form: size, colours and how it is fitted in.
        name: of the image, for messages.

    Raises:
        DataError: it is no image that can be read as a whole.
    """
    called = name or _called(source)
    with _named(called):
        image = _fitted(_plain(_opened(source, form.size).image, form.colours), form)
        pixels = np.asarray(image)
    return pixels if pixels.ndim == 3 else pixels[:, :, None]


def sight(source: Source, *, name: str | None = None) -> Sight:
    """Looks at an image in little: JPEG noise between the colours is not taken for colour.

    Raises:
        DataError: it is no image that can be read as a whole.
    """
    with _named(name or _called(source)):
        image, side = _opened(source, _LITTLE)
        if image.mode in {"1", "L", "LA", "F", "I"} or image.mode.startswith("I;16"):
            return Sight(side, coloured=False)
        small = _plain(image, 3).resize((_LITTLE, _LITTLE))
    pixels = np.asarray(small, dtype=np.int16)
    return Sight(side, coloured=bool(np.ptp(pixels, axis=2).max() > 12))


@contextmanager
def _named(called: str) -> Iterator[None]:
    from PIL import Image, UnidentifiedImageError

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of odd metadata
            yield
    except DataError:
        raise
    except Image.DecompressionBombError as error:
        msg = f"{called}: an image must have at most {2 * (Image.MAX_IMAGE_PIXELS or 0):,} pixels"
        raise DataError(msg) from error
    except UnidentifiedImageError as error:
        raise DataError(f"{called} must be an image, such as JPEG or PNG; it is none") from error
    except FileNotFoundError as error:
        raise DataError(f"there is no image {called}") from error
    except _PILLOW_SAYS as error:
        raise DataError(
            f"{called} must be a complete image: {error}",
            mend="copy the file anew, or leave it out",
        ) from error


def _called(source: Source) -> str:
    if isinstance(source, str | Path) and not str(source).startswith(_DATA_URI):
        return str(source)
    return "the image that was given"


class _Opened(NamedTuple):
    """An image, upright, and the shorter side of what is in the file."""

    image: "Image"
    side: int


def _opened(source: Source, size: int) -> _Opened:
    """Opens an image; of a JPEG far larger than what is wanted, only what is needed."""
    from PIL import Image, ImageOps

    if isinstance(source, np.ndarray):
        return _Opened(Image.fromarray(source), min(source.shape[:2]))
    file: Any = source
    if isinstance(source, bytes):
        file = io.BytesIO(source)
    elif isinstance(source, str) and source.startswith(_DATA_URI):
        file = io.BytesIO(_from_uri(source))
    elif isinstance(source, str):
        file = Path(source).expanduser()
    with Image.open(file) as image:
        side = max(1, min(image.size))
        longest = round(2 * size * max(image.size) / side)
        image.draft(None, (longest, longest))
        image.load()
        upright: Image.Image | None = ImageOps.exif_transpose(image)
    return _Opened(image if upright is None else upright, side)


def _from_uri(uri: str) -> bytes:
    head, _, body = uri.partition(",")
    if not head.endswith(";base64"):
        raise DataError(f"a data URI must be in base64, began with {head[:40]!r}")
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error as error:
        raise DataError(f"a data URI must hold base64: {error}") from error


def _plain(image: "Image", colours: int) -> "Image":
    """Gives the image in grey or in red, green and blue, eight bits each, nothing transparent."""
    from PIL import Image

    if image.mode.startswith("I;16") or image.mode in {"I", "F"}:
        image = Image.fromarray(_eight_bits(np.asarray(image, dtype=np.float64)))
    if "A" in image.getbands() or "transparency" in image.info:
        layer = image.convert("RGBA")
        image = Image.new("RGBA", layer.size, "white")
        image.alpha_composite(layer)
    return image.convert("L" if colours == 1 else "RGB")


def _eight_bits(values: np.ndarray) -> np.ndarray:
    """Scales 16 bits to 8; numbers that are in 8 bits already, or are from 0 to 1, by their range.

    >>> _eight_bits(np.array([0.0, 65535.0])).tolist(), _eight_bits(np.array([0.0, 7.0])).tolist()
    ([0, 255], [0, 7])
    """
    most = float(values.max(initial=0.0))
    factor = 255.0 if most <= 1.0 else 1.0 if most <= 255.0 else 255.0 / 65535.0
    scaled: np.ndarray = np.clip(np.rint(values * factor), 0, 255).astype(np.uint8)
    return scaled


def _fitted(image: "Image", form: Form) -> "Image":
    from PIL import Image, ImageOps

    goal = (form.size, form.size)
    if image.size == goal:
        return image
    if form.fit == "stretch":
        return image.resize(goal, Image.Resampling.BICUBIC)
    if form.fit == "crop":
        return ImageOps.fit(image, goal, Image.Resampling.BICUBIC)
    if form.fit == "pad":
        grey = 255 if _edge(image) > 127 else 0
        return ImageOps.pad(image, goal, Image.Resampling.BICUBIC, color=(grey,) * form.colours)
    raise ValueError(form.fit)


def _edge(image: "Image") -> float:
    """The mean brightness of the border: what is added should not look like an edge."""
    pixels = np.asarray(image.convert("L"))
    return float(np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]]).mean())
